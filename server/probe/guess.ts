// Where a probe could ask, guessed from the frontends of the load balancers. Only a guess: HAProxy does not tell which
// frontend leads to which backend, and a listener's address only with `option socket-stats`.
import { countsAsLive } from "#lib/fleet/link.ts";
import { parseShowStat, RowType, type StatRow } from "#lib/haproxy/show-stat.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import { type ProbeGuess, probeSettingSchema } from "#lib/wire/persistence.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import type { Poller } from "#server/fleet/poller.ts";
import { RuntimeError } from "#server/runtime/errors.ts";

const TLS_PORTS = new Set(["443", "8443"]);

export async function guessProbe(fleet: Fleet, backend: string): Promise<ProbeGuess | null> {
  const names = fleet
    .view()
    .loadBalancers.filter(
      ({ link, view }) => countsAsLive(link) && view.backends.some((row) => row.backend === backend),
    )
    .map(({ name }) => name);
  let fallback: ProbeGuess | null = null;
  for (const name of names) {
    const poller = fleet.poller(name);
    const rows = poller === undefined ? null : await frontendRows(poller);
    if (poller === undefined || rows === null) continue;
    const guess = byListener(poller, backend, rows);
    if (guess !== null) return guess;
    fallback ??= byUsualPort(poller, rows);
  }
  return fallback;
}

async function frontendRows(poller: Poller): Promise<readonly StatRow[] | null> {
  try {
    return parseShowStat(await poller.client.send({ kind: "show-frontends" })).rows;
  } catch (error) {
    if (error instanceof RuntimeError || error instanceof UnreadableReply) return null;
    throw error;
  }
}

function byListener(poller: Poller, backend: string, rows: readonly StatRow[]): ProbeGuess | null {
  const listeners = rows.filter((row) => row.get("type") === RowType.listener && /:\d+$/.test(row.get("addr") ?? ""));
  const web = listeners.filter((row) => row.get("mode") !== "tcp");
  // A `listen` section has the name of its backend.
  const found = web.find((row) => row.get("pxname") === backend) ?? web[0];
  const addr = found?.get("addr");
  if (found === undefined || addr === undefined) return null;
  const frontend = found.get("pxname") ?? "";
  const address = addr.replace(/^(?:0\.0\.0\.0|\*|\[::\]|::)(?=:\d+$)/, bracketed(hostOf(poller)));
  const others = new Set(web.map((row) => row.get("pxname"))).size;
  const doubt =
    frontend === backend
      ? ""
      : `; whether ${frontend} leads to ${backend} is not known${others > 1 ? `, there are ${others} frontends` : ""}`;
  return guessOf(address, `A guess: frontend ${frontend} on ${poller.name} listens there${doubt}.`);
}

function byUsualPort(poller: Poller, rows: readonly StatRow[]): ProbeGuess | null {
  const hasFrontend = rows.some((row) => row.get("type") === RowType.frontend && row.get("mode") !== "tcp");
  if (!hasFrontend) return null;
  return guessOf(
    `${bracketed(hostOf(poller))}:80`,
    `A guess: HTTP's usual port on the machine of ${poller.name}, which does not tell where its frontends listen (option socket-stats would).`,
  );
}

function guessOf(address: string, why: string): ProbeGuess | null {
  const tls = TLS_PORTS.has(address.slice(address.lastIndexOf(":") + 1)) ? "verify" : "none";
  const setting = probeSettingSchema.safeParse({ address, tls });
  return setting.success ? { setting: setting.data, why } : null;
}

/** The machine that HAProxy runs on, as far as its own address tells. */
function hostOf({ client }: Poller): string {
  return client.address.kind === "unix" ? "127.0.0.1" : client.address.host;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
