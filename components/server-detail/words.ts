// What the page of one server says, in words of ui.md section 5. Pure.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { LoadBalancerStatus, ServerView } from "#lib/fleet/merge.ts";
import { takesNewUsers } from "#lib/fleet/taking.ts";
import { weightRange } from "#lib/fleet/weight.ts";
import { listOf, plural } from "#lib/util/format.ts";

/** The status line while everything is live: which state, and where new users go. */
export function serverSentence(view: ServerView, loadBalancers: readonly LoadBalancerStatus[]): string {
  if (view.adminState === "split") {
    const each = view.cells.map((cell) => `${cell.adminState} on ${cell.lb}`);
    return `${view.server} is not the same everywhere: ${listOf(each)}.`;
  }
  const state = view.adminState === "ready" ? "ready" : `in ${view.adminState}`;
  const { length } = view.cells;
  const where =
    length === 1 ? `on ${view.cells[0]?.lb}` : `on ${length === 2 ? "both" : `all ${length}`} load balancers`;
  const goes = view.adminState === "ready" ? "" : ` ${newUsersWords(view, loadBalancers)}`;
  return `${view.server} is ${state} ${where}.${goes}`;
}

/** On the load balancer where the fewest others are left. */
function newUsersWords(view: ServerView, loadBalancers: readonly LoadBalancerStatus[]): string {
  const others = view.cells.flatMap((cell) => {
    const lb = loadBalancers.find((one) => one.name === cell.lb);
    const row = lb?.view.backends.find((one) => one.backend === view.backend);
    if (row === undefined || !countsAsLive(cell.link)) return [];
    const own = takesNewUsers(cell.row) ? 1 : 0;
    return [{ active: row.act - (cell.row.isBackup ? 0 : own), backup: row.bck - (cell.row.isBackup ? own : 0) }];
  });
  if (others.length === 0) return "";
  const worst = others.reduce((a, b) => (b.active < a.active ? b : a));
  if (worst.active > 0) return `New users go to ${plural(worst.active, "other server")} of ${view.backend}.`;
  if (worst.backup > 0) return `New users go to ${plural(worst.backup, "backup server")} of ${view.backend}.`;
  return `No other server of ${view.backend} takes new users.`;
}

/** "10.20.4.12:8080, cookie SRVID=s2, weight 100": what HAProxy tells of it, and nothing else. */
export function aboutServer(view: ServerView, cookieName: string): string {
  const cookie = view.cookie === "" ? "" : `cookie ${cookieName === "" ? "" : `${cookieName}=`}${view.cookie}`;
  return [view.address, cookie, `weight ${view.uweight ?? view.weight}`, view.isBackup ? "backup" : ""]
    .filter(Boolean)
    .join(", ");
}

export interface Fact {
  readonly term: string;
  readonly text: string;
}

/** One line each; a fact that HAProxy does not tell has no line. Where load balancers differ, each says its own. */
export function factsOf(view: ServerView): readonly Fact[] {
  const cells = view.cells.filter((cell) => countsAsLive(cell.link));
  const told = (term: string, of: (row: (typeof cells)[number]["row"]) => string): Fact[] => {
    const texts = cells.map((cell) => of(cell.row));
    const [first] = texts;
    if (first === undefined || texts.every((text) => text === "")) return [];
    if (texts.every((text) => text === first)) return [{ term, text: first }];
    return [{ term, text: cells.map((cell, at) => `${cell.lb} ${texts[at] || "none"}`).join(", ") }];
  };
  return [
    ...told("Weight", ({ weight, uweight, iweight }) => {
      const wanted = uweight ?? iweight;
      const now = wanted === null || wanted === weight ? `${weight}` : `${weight} of ${wanted} now`;
      return iweight === null || iweight === (wanted ?? weight) ? now : `${now}, ${iweight} in haproxy.cfg`;
    }),
    ...told("Slowstart", ({ throttle }) => (throttle === null || throttle >= 100 ? "" : `${throttle}% so far`)),
    ...told("Maxconn", ({ slim }) => (slim === null ? "" : `${slim}`)),
    ...told("Queue", ({ qcur }) => (qcur === 0 ? "" : `${qcur}`)),
    ...told("Agent check", ({ agentStatus }) => agentStatus),
    ...told("Tracks", ({ tracked }) => tracked ?? ""),
    ...told("In old workers", ({ oldScur }) => (oldScur === 0 ? "" : plural(oldScur, "session"))),
    ...told("Check says", ({ checkText }) => checkText),
  ];
}

/** What a balance algorithm accepts as a weight at run time; null: anything. */
export function weightLimit(algo: string): string | null {
  switch (weightRange(algo)) {
    case "any":
      return null;
    case "all-or-nothing":
      return `balance ${algo} accepts 0% and 100% only: its map is made once, at start.`;
    case "by-hash-type":
      return `balance ${algo} accepts 0% and 100% only, unless haproxy.cfg says "hash-type consistent".`;
  }
}
