// The sessions of one server as people choose among them: what kind each is, how long it has been silent, and a key that
// names this very session. HAProxy's own id is a memory address that the next session may get a millisecond later, so a key
// holds what another session would not share: process, client, frontend and the second it began.
import type { Session } from "#lib/haproxy/show-sess.ts";
import type { EndSessionsInput, SessionKind, SessionRow } from "#lib/wire/sessions.ts";

export interface Listed {
  lb: string;
  pid: number;
  isOldWorker: boolean;
  /** the backend is in TCP mode */
  isTcp: boolean;
  /** the app's clock when HAProxy answered */
  atMs: number;
  sessions: readonly Session[];
}

/** Oldest first; those of unknown age last. */
export function sessionRows(lists: readonly Listed[]): SessionRow[] {
  return lists.flatMap(rowsOf).sort((a, b) => (b.ageSec ?? -1) - (a.ageSec ?? -1));
}

export function countKinds(rows: readonly SessionRow[]): Record<SessionKind, number> {
  const counts = { http: 0, tunnel: 0, tcp: 0 };
  for (const row of rows) counts[row.kind]++;
  return counts;
}

function rowsOf(list: Listed): SessionRow[] {
  const timeouts = timeoutsOf(list);
  return list.sessions.map((one) => {
    const kind = kindOf(one, list.isTcp);
    const timeoutSec = timeouts.get(groupOf(one, kind)) ?? null;
    return {
      lb: list.lb,
      pid: list.pid,
      id: one.id,
      key: keyOf(list, one),
      client: one.client,
      ageSec: one.ageSec,
      idleSec: timeoutSec === null || one.expiresInSec === null ? null : Math.max(0, timeoutSec - one.expiresInSec),
      expiresInSec: one.expiresInSec,
      protocol: one.protocol,
      kind,
      frontend: one.frontend,
      path: one.path,
      isOldWorker: list.isOldWorker,
    };
  });
}

function kindOf(session: Session, isTcp: boolean): SessionKind {
  if (isTcp) return "tcp";
  return session.isTunnel ? "tunnel" : "http";
}

function groupOf({ frontend }: Session, kind: SessionKind): string {
  return `${frontend} ${kind}`;
}

/** What people write into a configuration, the likeliest first. */
const ROUND_SEC = [86_400, 3_600, 1_800, 600, 300, 60, 30, 10, 5, 1];

/**
 * HAProxy tells how long until a timeout, not the timeout itself. Of sessions that share one, it is at least the longest
 * time that is left, and at most the shortest sum of that and an age: nobody has been silent for longer than he exists.
 * Between the two it is taken for the only round number; where there are several, nobody knows.
 */
function timeoutsOf({ sessions, isTcp }: Listed): Map<string, number | null> {
  const bounds = new Map<string, { least: number; most: number }>();
  for (const one of sessions) {
    if (one.expiresInSec === null || one.ageSec === null) continue;
    const group = groupOf(one, kindOf(one, isTcp));
    const known = bounds.get(group) ?? { least: 0, most: Number.POSITIVE_INFINITY };
    bounds.set(group, {
      least: Math.max(known.least, one.expiresInSec),
      // both are whole seconds, cut off
      most: Math.min(known.most, one.expiresInSec + one.ageSec + 2),
    });
  }
  return new Map([...bounds].map(([group, { least, most }]) => [group, roundBetween(least, most)]));
}

function roundBetween(least: number, most: number): number | null {
  for (const step of ROUND_SEC) {
    const first = Math.ceil(least / step) * step;
    if (first === 0 || first > most) continue;
    return first + step > most ? first : null;
  }
  return null;
}

/** HAProxy and the app round to whole seconds, and a reply takes its time. */
const START_SLACK_SEC = 3;

/** HAProxy prints the two largest units of an age: from an hour on its seconds are lost, from a day on its minutes. */
function grainSec(ageSec: number): number {
  if (ageSec >= 86_400) return 3_600;
  return ageSec >= 3_600 ? 60 : 0;
}

function keyOf({ lb, pid, atMs }: Listed, { id, client, frontend, ageSec }: Session): string {
  const startedAt = ageSec === null ? "-" : `${Math.floor(atMs / 1_000) - ageSec}~${grainSec(ageSec)}`;
  return [lb, pid, id, startedAt, frontend, client].join("/");
}

interface Key {
  lb: string;
  pid: string;
  id: string;
  /** epoch seconds, and how much of them was rounded off */
  startedAt: { sec: number; grainSec: number } | null;
  frontend: string;
  client: string;
}

function parseKey(key: string): Key | null {
  const [lb, pid, id, startedAt, frontend, ...client] = key.split("/");
  if (lb === undefined || pid === undefined || id === undefined || startedAt === undefined || frontend === undefined)
    return null;
  const start = /^(\d+)~(\d+)$/.exec(startedAt);
  return {
    ...{ lb, pid, id, frontend, client: client.join("/") },
    startedAt: start === null ? null : { sec: Number(start[1]), grainSec: Number(start[2]) },
  };
}

/** Whether two keys, made at different times, name one session. */
export function isSameSession(a: string, b: string): boolean {
  const one = parseKey(a);
  const other = parseKey(b);
  if (one === null || other === null) return false;
  for (const part of ["lb", "pid", "id", "frontend", "client"] as const) if (one[part] !== other[part]) return false;
  if (one.startedAt === null || other.startedAt === null) return one.startedAt === other.startedAt;
  const slackSec = START_SLACK_SEC + Math.max(one.startedAt.grainSec, other.startedAt.grainSec);
  return Math.abs(one.startedAt.sec - other.startedAt.sec) <= slackSec;
}

export type Selection = Pick<EndSessionsInput, "ids" | "kind" | "olderThanSec" | "all">;

/** The sessions that are meant. With `ids` a key names one; a bare id of HAProxy's names every session that has it. */
export function selected(rows: readonly SessionRow[], selection: Selection): SessionRow[] {
  const { ids, kind, olderThanSec } = selection;
  if (ids === undefined)
    return rows.filter(
      (row) =>
        (kind === undefined || row.kind === kind) &&
        (olderThanSec === undefined || (row.ageSec !== null && row.ageSec >= olderThanSec)),
    );
  const byId = new Map<string, string[]>();
  for (const wanted of ids) {
    const id = parseKey(wanted)?.id ?? wanted;
    byId.set(id, [...(byId.get(id) ?? []), wanted]);
  }
  return rows.filter((row) => byId.get(row.id)?.some((wanted) => wanted === row.id || isSameSession(wanted, row.key)));
}

/**
 * Whether what is there now is what somebody agreed to end. A few less are always fine: sessions end by themselves while a
 * person reads. More than a tenth above, or less than half, is another situation than the one that was confirmed.
 */
export function isAsExpected(found: number, expectCount: number): boolean {
  if (found === 0) return true;
  return found <= expectCount + Math.floor(expectCount / 10) && found >= Math.min(expectCount - 2, expectCount / 2);
}
