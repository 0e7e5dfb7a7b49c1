// What a backend's persistence means for draining, in one honest sentence, from what the sockets of its load balancers show
// (behaviour: haproxy.md 3.1). What they do not show is said too.
import { listOf, plural, span } from "#lib/util/format.ts";
import type { BackendPersistence, LoadBalancerPersistence, PersistenceKind } from "#lib/wire/persistence.ts";

/** They pick by something of the request, so the same user meets the same server until the set of servers changes. */
const HASHES = new Set(["source", "uri", "url_param", "hdr", "rdp-cookie", "hash"]);

const MAINT_MOVES = "maint sends them to other servers at once, where they start anew";

type Judged = Pick<BackendPersistence, "kind" | "drain" | "lasts" | "warnings" | "unseen">;

/** Load balancers that do not answer take part with what was last seen of them. */
export function judgePersistence(backend: string, lbs: readonly LoadBalancerPersistence[]): Judged {
  const live = lbs.filter((one) => one.isLive);
  const seen = live.length > 0 ? live : lbs;
  const kinds = seen.map(kindOf);
  // The kind that keeps users longest is what a drain has to reckon with.
  const kind = order.find((one) => kinds.includes(one)) ?? "hidden";
  return {
    kind,
    ...wordsOf(kind, backend, seen),
    warnings: warningsOf(seen, kinds),
    unseen: unseenOf(kind, seen),
  };
}

const order: readonly PersistenceKind[] = ["cookie-and-stick-table", "cookie", "stick-table", "hash", "hidden", "none"];

function kindOf({ mode, balance, cookie, stickTables }: LoadBalancerPersistence): PersistenceKind {
  const hasTable = ownTables(stickTables).length > 0;
  if (cookie !== null && mode !== "tcp") return hasTable ? "cookie-and-stick-table" : "cookie";
  if (hasTable) return "stick-table";
  if (balance === "") return "hidden";
  return HASHES.has(balance) ? "hash" : "none";
}

function ownTables(tables: LoadBalancerPersistence["stickTables"]) {
  return (tables ?? []).filter((one) => !one.isShared);
}

function wordsOf(
  kind: PersistenceKind,
  backend: string,
  lbs: readonly LoadBalancerPersistence[],
): Pick<Judged, "drain" | "lasts"> {
  const cookie = lbs.find((one) => one.cookie !== null)?.cookie?.name ?? "";
  const tables = [...new Set(lbs.flatMap((one) => ownTables(one.stickTables).map(({ name }) => name)))];
  const isTcp = lbs.every((one) => one.mode === "tcp");
  const longest = Math.max(
    -1,
    ...lbs.flatMap((one) => ownTables(one.stickTables)).map((one) => one.longestLeftSec ?? -1),
  );
  const entries =
    longest < 0
      ? `An entry of ${listOf(tables)} lasts as long as the table's expire, and each visit begins it anew`
      : `The entry that lasts longest has ${span(longest * 1_000)} left, and each visit begins it anew`;
  switch (kind) {
    case "cookie":
      return {
        drain: `Drain keeps new users away, but whoever holds cookie ${cookie} keeps coming back to the same server, on new connections too; ${MAINT_MOVES}.`,
        lasts:
          "They come for as long as they hold the cookie: until the browser closes, or its maxidle or maxlife ends.",
      };
    case "cookie-and-stick-table":
      return {
        drain: `Drain keeps new users away, but whoever holds cookie ${cookie} or has an entry in ${listOf(tables)} keeps coming back to the same server; ${MAINT_MOVES}.`,
        lasts: `They come for as long as they hold the cookie. ${entries}.`,
      };
    case "stick-table":
      return {
        drain: `Drain keeps new users away, but whoever has an entry in ${listOf(tables)} ${isTcp ? "is connected" : "comes back"} to the same server until the entry ends or is cleared; ${MAINT_MOVES}, and their entry is rewritten.`,
        lasts: `${entries}.`,
      };
    case "hash": {
      const balance = lbs.find((one) => HASHES.has(one.balance))?.balance ?? "";
      return {
        drain: `Nothing keeps users: balance ${balance} only picks the same server again while all are there, so drain moves its users with their next ${isTcp ? "connection" : "request"}, and what the server alone knows of them is lost.`,
        lasts: "Nobody comes back to a server that drains; only what is open ends.",
      };
    }
    case "none":
      return {
        drain: isTcp
          ? "Nothing keeps users: in drain nobody new comes, and open TCP sessions stay until they end by themselves."
          : "Nothing keeps users: in drain nobody new comes, and requests that are open are answered.",
        lasts: isTcp
          ? "As long as the longest connection; the timeouts in haproxy.cfg bound idle ones only."
          : "As long as the longest request or tunnel.",
      };
    case "hidden":
      return {
        drain: `Whether users of ${backend} come back to a server that drains cannot be told: the socket's level hides cookies and stick tables.`,
        lasts: "Not known. Give the app a socket of level operator or admin to see it.",
      };
  }
}

function warningsOf(lbs: readonly LoadBalancerPersistence[], kinds: readonly PersistenceKind[]): string[] {
  const warnings: string[] = [];
  const [first] = lbs;
  const differ = new Set(kinds).size > 1;
  if (differ)
    warnings.push(
      `The load balancers do not keep users the same way: ${lbs.map((one, i) => `${one.lb} ${kindWords[kinds[i] ?? "none"]}`).join(", ")}.`,
    );
  const named = lbs.filter((one) => one.cookie !== null);
  const names = new Set(named.map((one) => one.cookie?.name));
  if (names.size > 1)
    warnings.push(
      `The cookie has another name on each: ${named.map((one) => `${one.lb} ${one.cookie?.name}`).join(", ")}; who changes over loses the session.`,
    );
  for (const one of named) warnings.push(...valueWarnings(one));
  if (names.size === 1 && first !== undefined) warnings.push(...valueDifferences(named));
  for (const { lb, stickTables } of lbs)
    for (const { name, size, used } of stickTables ?? [])
      if (used >= size)
        warnings.push(
          `Stick table ${name} on ${lb} is full (${plural(size, "entry").replace("entrys", "entries")}): the oldest users lose their server.`,
        );
  return warnings;
}

const kindWords: Record<PersistenceKind, string> = {
  cookie: "by cookie",
  "stick-table": "by stick table",
  "cookie-and-stick-table": "by cookie and stick table",
  hash: "by its balance algorithm only",
  none: "not at all",
  hidden: "does not tell",
};

/** Within one load balancer: a server without a value keeps nobody, one value for two keeps users on the first. */
function valueWarnings({ lb, cookie }: LoadBalancerPersistence): string[] {
  const values = cookie?.values ?? [];
  const without = values.filter((one) => one.value === "").map((one) => one.server);
  const warnings: string[] = [];
  if (without.length > 0)
    warnings.push(
      `${listOf(without)} on ${lb} ${without.length === 1 ? "has" : "have"} no cookie value: users are not kept there.`,
    );
  const servers = new Map<string, string[]>();
  for (const { value, server } of values) if (value !== "") servers.set(value, [...(servers.get(value) ?? []), server]);
  for (const [value, same] of servers)
    if (same.length > 1)
      warnings.push(`${listOf(same)} on ${lb} have the same cookie value ${value}: users of one go to the other.`);
  return warnings;
}

function valueDifferences(lbs: readonly LoadBalancerPersistence[]): string[] {
  const byServer = new Map<string, { lb: string; value: string }[]>();
  for (const { lb, cookie } of lbs)
    for (const { server, value } of cookie?.values ?? [])
      byServer.set(server, [...(byServer.get(server) ?? []), { lb, value }]);
  return [...byServer]
    .filter(([, values]) => new Set(values.map((one) => one.value)).size > 1)
    .map(
      ([server, values]) =>
        `${server} has another cookie value on each: ${values.map((one) => `${one.lb} ${one.value || "none"}`).join(", ")}; who changes over loses the session.`,
    );
}

function unseenOf(kind: PersistenceKind, lbs: readonly LoadBalancerPersistence[]): string | null {
  const shared = [
    ...new Set(lbs.flatMap((one) => (one.stickTables ?? []).filter((t) => t.isShared).map((t) => t.name))),
  ];
  const unread = lbs.filter((one) => one.stickTables === null).map((one) => one.lb);
  const parts: string[] = [];
  if (kind === "cookie" || kind === "cookie-and-stick-table")
    parts.push(
      "The socket does not show the cookie's options (insert, indirect, postonly, maxidle, maxlife); the probe shows some of them",
    );
  if (shared.length > 0)
    parts.push(
      `${listOf(shared)} may send users here too: ${shared.length === 1 ? "it belongs" : "they belong"} to no backend with servers`,
    );
  if (unread.length > 0 && kind !== "hidden") parts.push(`The stick tables of ${listOf(unread)} could not be read`);
  if (parts.length === 0 && kind !== "hidden")
    parts.push("Rules such as use-server, force-persist and option persist are not shown by the socket");
  return parts.length === 0 ? null : `${parts.join(". ")}.`;
}
