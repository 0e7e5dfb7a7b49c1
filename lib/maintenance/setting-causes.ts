// Settings that keep a server from draining as one expects, as far as the socket shows them.
import type { ServerId } from "#lib/haproxy/names.ts";
import { type CellEvidence, cause, names } from "./evidence.ts";

export function settingCauses(server: ServerId, live: readonly CellEvidence[]) {
  const [first] = live;
  const isOther = (cell: CellEvidence) =>
    first !== undefined && (cell.cookieName !== first.cookieName || cell.cookieValue !== first.cookieValue);
  const told = (cell: CellEvidence) =>
    cell.cookieName === "" ? "no cookie" : `${cell.cookieName}=${cell.cookieValue}`;
  return [
    cause(
      "cookie-mismatch",
      live,
      (cell) => (isOther(cell) ? 1 : 0),
      (_n, lbs) => ({
        title: "The load balancers use different cookies",
        detail: `${first?.lb} has ${first === undefined ? "" : told(first)} for ${server}, ${live
          .filter(isOther)
          .map((cell) => `${cell.lb} has ${told(cell)}`)
          .join(", ")}: who changes over loses the session.`,
        next: `Give ${server} the same cookie name and value on ${first?.lb} and ${lbs}, and reload.`,
      }),
    ),
    cause(
      "agent",
      live.filter((cell) => cell.hasAgent),
      () => 1,
      (_n, lbs) => ({
        title: `An agent check runs on ${lbs}`,
        detail:
          "An agent that answers ready, drain or maint sets that state within one interval, whatever was set by hand.",
        next: "If the state does not hold, disable the agent check, and enable it when you are done.",
        action: { kind: "disable-agent" },
      }),
    ),
    cause(
      "weight-zero",
      live.filter((cell) => cell.weight === 0 && cell.adminState === "ready"),
      () => 1,
      (_n, lbs) => ({
        title: `It has weight 0 instead of drain on ${lbs}`,
        detail:
          "Weight 0 brings no new users and keeps those with a cookie, but nothing shows that it is on its way out.",
        next: "Set it to drain, and give it its weight back at the end.",
        action: { kind: "set-state", adminState: "drain" },
      }),
    ),
    cause(
      "tracking",
      live.filter((cell) => cell.tracked !== null),
      () => 1,
      (_n, lbs) => ({
        title: `It follows ${names([...new Set(live.flatMap((cell) => cell.tracked ?? []))])}`,
        detail: `On ${lbs} its state comes from there as well as from what is set on itself.`,
        next: "Drain the one that it follows, if both are on the machine that is to be serviced.",
      }),
    ),
    cause(
      "trackers",
      live,
      (cell) => cell.trackers.length,
      (n) => ({
        title: `${n} ${n === 1 ? "server follows" : "servers follow"} it`,
        detail: `${names([...new Set(live.flatMap((cell) => cell.trackers))])} ${n === 1 ? "takes" : "take"} its state from ${server} and may have sessions on the same machine.`,
        next: "Look whether they are empty too.",
      }),
    ),
  ];
}
