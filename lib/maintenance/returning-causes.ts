// What brings new sessions to a server that is out of service.
import type { ServerId } from "#lib/haproxy/names.ts";
import { type CellEvidence, cause, names } from "./evidence.ts";

/** Sessions that come although it is out of service: what brings them. */
export function returningCauses(server: ServerId, live: readonly CellEvidence[]) {
  const came = (cell: CellEvidence) => (cell.adminState === "ready" ? 0 : (cell.arrivals ?? 0));
  const hasCookie = (cell: CellEvidence) => cell.cookieName !== "" && cell.cookieValue !== "";
  const entries = (cell: CellEvidence) => (cell.stick ?? []).reduce((sum, one) => sum + one.entries, 0);
  const tables = names([
    ...new Set(
      live
        .flatMap((cell) => cell.stick ?? [])
        .filter((one) => one.entries > 0)
        .map((one) => one.table),
    ),
  ]);
  const isShared = live.some((cell) => cell.stick?.some((one) => one.isShared && one.entries > 0));
  const draining = live.filter((cell) => cell.adminState === "drain");
  const cookie = draining.filter(hasCookie);
  const other = draining.filter((cell) => !hasCookie(cell) && cell.stick !== null && entries(cell) === 0);
  const inMaint = live.filter((cell) => cell.adminState === "maint" && !cell.isInherited);
  const first = cookie[0];
  return [
    cause("cookie-users", cookie, came, (n) => ({
      title: `${n} ${n === 1 ? "request" : "requests"} with its cookie in the last minute`,
      detail: `Drain keeps users who hold ${first?.cookieName}=${first?.cookieValue}: each of their requests comes back here.`,
      next: "Wait until they sign out or their session ends; maint sends them to other servers, where they start anew.",
    })),
    cause("stick-entries", live, entries, (n) => ({
      title: `${n} stick-table ${n === 1 ? "entry points" : "entries point"} to it`,
      detail: `In ${tables}: these clients come back here while it drains, until their entry expires.${isShared ? " A table that several backends use cannot tell whose server it means." : ""}`,
      next: "Wait until they expire, or clear the entries: those clients are then balanced anew.",
      action: { kind: "clear-stick-entries" },
    })),
    cause("persist-rule", [...other, ...inMaint], came, (n, lbs) => ({
      title: `${n} ${n === 1 ? "session" : "sessions"} came in the last minute for another reason`,
      detail: inMaint.some((cell) => came(cell) > 0)
        ? `It is in maint on ${lbs} and sessions still arrive: option persist or force-persist in haproxy.cfg sends them.`
        : `No cookie and no stick-table entry leads to ${server} on ${lbs}: a use-server or force-persist rule does.`,
      next: "Look for these rules in haproxy.cfg; only a changed configuration stops them.",
    })),
  ];
}
