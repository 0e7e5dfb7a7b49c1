// Ends the sessions of one server that a person chose, over the load balancers and their old workers. They are read again
// before anything is sent, and refused when it is another situation than the one that was confirmed; then read again.
//
// `shutdown sessions server` names the server and can hit nobody else. One by one HAProxy knows only memory addresses, and
// the next session gets the same one: so each round lists anew, compares each session with the one that was chosen, and
// sends within ENDS_WITHIN_MS of that list, many in one line. Requests come and go in milliseconds; one is ended by its
// address only when it has lasted for a second, so that it is likely to last for one more.

import { countsAsLive } from "#lib/fleet/link.ts";
import { commandLine, SESSIONS_A_LINE } from "#lib/haproxy/command.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { stateReply } from "#lib/haproxy/reply.ts";
import { socketFindings } from "#lib/maintenance/guard.ts";
import { isAsExpected, isSameSession, type Selection, selected, sessionRows } from "#lib/maintenance/session-list.ts";
import { plural } from "#lib/util/format.ts";
import type { Finding } from "#lib/wire/problem.ts";
import type { EndedSessions, EndSessionsInput, SessionRow } from "#lib/wire/sessions.ts";
import type { Poller } from "#server/fleet/poller.ts";
import type { LoadBalancerLists, SessionLists } from "#server/fleet/session-lists.ts";
import { RuntimeError } from "#server/runtime/errors.ts";
import type { AuditResult } from "#server/store/audit.ts";
import { ProblemError } from "./problem-error.ts";
import type { OpsContext, Plan, Step, Verb } from "./verb.ts";

const ENDS_WITHIN_MS = 150;
const REQUEST_LASTED_SEC = 1;
/** Enough for thousands; what is not reached is said to remain. */
const ROUNDS = 12;
const ROUND_AFTER_MS = 350;
/** HAProxy answers at once and ends the sessions a little later (under 0.3 s seen). */
const LOOKS = 5;
const LOOK_AGAIN_AFTER_MS = 150;

export function endListedSessions(lists: SessionLists): Verb<EndSessionsInput, EndedSessions> {
  return {
    action: "sessions:end",
    permission: "sessions:end",
    backendOf: (input) => splitServerId(input.server)?.backend ?? "",
    targetOf: (input) => input.server,
    reasonOf: (input) => input.reason ?? null,
    isOverridden: () => false,
    plan: (context, input) => plan(context, lists, input),
  };
}

async function plan({ fleet }: OpsContext, lists: SessionLists, input: EndSessionsInput): Promise<Plan<EndedSessions>> {
  const server = fleet.view().servers.get(input.server);
  if (server === undefined) throw new ProblemError("unknown-name", `No load balancer has a server ${input.server}.`);
  const chosen = input.loadBalancers ?? null;
  for (const lb of chosen ?? [])
    if (!server.cells.some((cell) => cell.lb === lb))
      throw new ProblemError("unknown-name", `Load balancer ${JSON.stringify(lb)} has no server ${input.server}.`);
  await fleet.pollNow(server.cells.filter((cell) => countsAsLive(cell.link)).map((cell) => cell.lb));
  const parts = await listNow(lists, input, chosen);
  const findings = parts.flatMap((part) => findingsOf(fleet.poller(part.lb), part, chosen !== null));
  const isPossible = parts.some(({ told }) => told.count !== null);
  const all = sessionRows(parts.flatMap((part) => part.lists));
  const found = selected(all, input);
  refuseAmbiguous(input, found);
  const detail = { selection: selectionText(input), expectCount: input.expectCount, found: found.length, findings };
  if (!isPossible)
    return { findings: findings.map((one) => ({ ...one, severity: "block" as const })), detail, steps: [] };
  if (!isAsExpected(found.length, input.expectCount))
    throw new ProblemError(
      "state-changed",
      `${plural(found.length, "session")} of ${input.server} would end now, not ${input.expectCount}. Nothing was ended; look again.`,
      { findings },
    );
  const steps: Step<EndedSessions>[] = [];
  for (const part of parts) {
    const poller = fleet.poller(part.lb);
    const mine = found.filter((row) => row.lb === part.lb);
    if (poller === undefined || mine.length === 0) continue;
    steps.push({
      facts: { lb: part.lb, before: plural(mine.length, "session"), command: commandText(input, mine) },
      act: async () => {
        const release = poller.holdFast();
        try {
          return await act(poller, lists, input, mine);
        } finally {
          release();
        }
      },
      resolved: () => seenLater(poller, lists, input, mine),
    });
  }
  return { findings, detail, steps };
}

async function listNow(
  lists: SessionLists,
  { server, force = false }: Pick<EndSessionsInput, "server" | "force">,
  loadBalancers: readonly string[] | null,
): Promise<LoadBalancerLists[]> {
  return (await lists.list({ server, loadBalancers, isForced: force, isFresh: true })) ?? [];
}

function findingsOf(poller: Poller | undefined, { lb, told }: LoadBalancerLists, isChosen: boolean): Finding[] {
  const socket = poller === undefined || told.count === null ? [] : socketFindings(poller);
  if (told.why === null) return socket;
  if (told.reason === "old-workers-unseen")
    return [...socket, { code: "old-workers-unseen", severity: "note", lb, message: told.why }];
  // A silent one is said and holds up nothing; a busy one can be read all the same, so whoever asks decides first.
  const severity = isChosen || told.reason === "too-busy" ? "block" : "note";
  return [...socket, { code: told.reason === "too-busy" ? "too-busy" : "not-live", severity, lb, message: told.why }];
}

/** HAProxy's own id can be the same in two processes: then nobody knows which one was meant. */
function refuseAmbiguous({ ids = [] }: EndSessionsInput, found: readonly SessionRow[]): void {
  const bare = new Set(ids.filter((id) => !id.includes("/")));
  const twice = found.find((row) => bare.has(row.id) && found.some((other) => other !== row && other.id === row.id));
  if (twice === undefined) return;
  throw new ProblemError(
    "malformed",
    `ids: ${twice.id} is a session in more than one HAProxy process. Take its key from the list of sessions.`,
  );
}

function selectionText({ ids, kind, olderThanSec }: Selection): string {
  if (ids !== undefined) return `${plural(ids.length, "session")} by name`;
  const what = kind === undefined ? "sessions" : `${kind} sessions`;
  return olderThanSec === undefined ? `all ${what}` : `${what} older than ${olderThanSec} s`;
}

function isWhole({ all, loadBalancers: _, ...rest }: EndSessionsInput): boolean {
  return all === true && rest.ids === undefined;
}

function target(server: ServerId): { backend: string; server: string } {
  const parts = splitServerId(server);
  if (parts === null) throw new ProblemError("unknown-name", `${JSON.stringify(server)} is not BACKEND/SERVER.`);
  return parts;
}

function commandText(input: EndSessionsInput, mine: readonly SessionRow[]): string {
  if (isWhole(input)) return commandLine({ kind: "shutdown-server-sessions", ...target(input.server) });
  const [first] = mine;
  return mine.length === 1 && first !== undefined
    ? commandLine({ kind: "shutdown-session", id: first.id })
    : `shutdown session ID, for ${plural(mine.length, "session")} of ${input.server}`;
}

async function act(
  poller: Poller,
  lists: SessionLists,
  input: EndSessionsInput,
  mine: readonly SessionRow[],
): Promise<{ outcome: EndedSessions; audit: Omit<AuditResult, "at"> }> {
  let outcome: EndedSessions["outcome"] = "done";
  let message = "";
  try {
    await send(poller, lists, input, mine);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    outcome = error instanceof RuntimeError ? error.outcome : "refused";
    message = error.message;
  }
  const after = await readAgain(poller, lists, input, mine);
  if (after === null && outcome === "done") {
    outcome = "unknown";
    message = `Sent, but ${poller.name} could not be read again.`;
  }
  if (after !== null && after.ended < mine.length && message === "")
    message = `${plural(mine.length - after.ended, "session")} ${mine.length - after.ended === 1 ? "is" : "are"} still there.`;
  const counts = { found: mine.length, ended: after?.ended ?? null, remain: after?.remain ?? null };
  return {
    outcome: { lb: poller.name, outcome, ...counts, message },
    audit: {
      outcome,
      after: after === null ? null : `${plural(after.ended, "session")} ended, ${after.remain} remain`,
      answer: message,
      detail: counts,
    },
  };
}

class Refused extends Error {}

async function send(
  poller: Poller,
  lists: SessionLists,
  input: EndSessionsInput,
  mine: readonly SessionRow[],
): Promise<void> {
  if (isWhole(input)) {
    const reply = stateReply(await poller.client.send({ kind: "shutdown-server-sessions", ...target(input.server) }));
    if (!reply.ok) throw new Refused(`HAProxy refused: ${reply.message}`);
    const old = mine.filter((row) => row.isOldWorker);
    if (old.length > 0) await endOneByOne(poller, lists, input, old);
    return;
  }
  await endOneByOne(poller, lists, input, mine);
}

async function endOneByOne(
  poller: Poller,
  lists: SessionLists,
  input: EndSessionsInput,
  mine: readonly SessionRow[],
): Promise<void> {
  const sent = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) await pause(ROUND_AFTER_MS);
    const [part] = await listNow(lists, input, [poller.name]);
    if (part === undefined || part.told.count === null) throw new Refused(part?.told.why ?? "It is not listed.");
    const listedAtMs = performance.now();
    const left = stillThere(sessionRows(part.lists), mine).filter((row) => !sent.has(placeOf(row)));
    const due = left.filter((row) => row.kind !== "http" || (row.ageSec ?? 0) >= REQUEST_LASTED_SEC);
    for (const [pid, rows] of byProcess(due)) {
      for (let i = 0; i < rows.length && performance.now() - listedAtMs < ENDS_WITHIN_MS; i += SESSIONS_A_LINE) {
        const batch = rows.slice(i, i + SESSIONS_A_LINE);
        await endBatch(poller, pid, batch);
        for (const row of batch) sent.add(placeOf(row));
      }
    }
    if (left.every((row) => sent.has(placeOf(row)))) return;
  }
}

async function endBatch(poller: Poller, pid: number, batch: readonly SessionRow[]): Promise<void> {
  const ids = batch.map((row) => row.id);
  if (batch[0]?.isOldWorker === true) {
    await poller.oldWorkers?.endByIds(pid, ids);
    return;
  }
  // One line end for each that ended, a sentence for each that had ended by itself: reading again tells.
  const reply = await poller.client.send({ kind: "shutdown-sessions", ids });
  const said = reply.split("\n").find((line) => line !== "" && !line.startsWith("No such session"));
  if (said !== undefined) throw new Refused(`HAProxy refused: ${said}`);
}

function byProcess(rows: readonly SessionRow[]): Map<number, SessionRow[]> {
  const groups = new Map<number, SessionRow[]>();
  // Old workers last: the master CLI is slower, and ids of the others would grow old meanwhile.
  for (const row of rows.toSorted((a, b) => Number(a.isOldWorker) - Number(b.isOldWorker)))
    groups.set(row.pid, [...(groups.get(row.pid) ?? []), row]);
  return groups;
}

function placeOf({ pid, id }: SessionRow): string {
  return `${pid} ${id}`;
}

/** Those of the new list that are the chosen ones. */
function stillThere(now: readonly SessionRow[], chosen: readonly SessionRow[]): SessionRow[] {
  const byPlace = new Map(chosen.map((row) => [placeOf(row), row]));
  return now.filter((row) => {
    const before = byPlace.get(placeOf(row));
    return before !== undefined && isSameSession(before.key, row.key);
  });
}

/** Null: it could not be read. */
async function readAgain(
  poller: Poller,
  lists: SessionLists,
  input: EndSessionsInput,
  mine: readonly SessionRow[],
): Promise<{ ended: number; remain: number } | null> {
  let result: { ended: number; remain: number } | null = null;
  for (let i = 0; i < LOOKS; i++) {
    if (i > 0) await pause(LOOK_AGAIN_AFTER_MS);
    const [part] = await listNow(lists, input, [poller.name]);
    if (part === undefined || part.told.count === null) continue;
    const rows = sessionRows(part.lists);
    result = { ended: mine.length - stillThere(rows, mine).length, remain: selected(rows, input).length };
    if (result.ended === mine.length) break;
  }
  void poller.pollNow();
  return result;
}

/** After an unknown outcome: what the next list shows. */
async function seenLater(
  poller: Poller,
  lists: SessionLists,
  input: EndSessionsInput,
  mine: readonly SessionRow[],
): Promise<Omit<AuditResult, "at">> {
  await new Promise<void>((resolve) => {
    const stop = poller.onPublish(({ before, after }) => {
      if (after.head.error !== null || after.head.observedAtMs === before.head.observedAtMs) return;
      stop();
      resolve();
    });
  });
  const after = await readAgain(poller, lists, input, mine);
  if (after === null) return { outcome: "unknown", after: null, answer: "It could not be listed afterwards." };
  return {
    outcome: after.ended === mine.length ? "done" : "refused",
    after: `${plural(after.ended, "session")} ended, ${after.remain} remain`,
    answer: "Looked again.",
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
