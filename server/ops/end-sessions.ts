// Ends sessions of one server on one load balancer: tunnels only, or all. Counted again before anything is sent and read
// again after it; sessions in old workers are reached one by one through the master CLI.

import type { RuntimeCommand } from "#lib/haproxy/command.ts";
import { commandLine } from "#lib/haproxy/command.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { stateReply } from "#lib/haproxy/reply.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import { countOf } from "#lib/maintenance/sight.ts";
import { plural } from "#lib/util/format.ts";
import { listSessions, NotListed } from "#server/fleet/list-sessions.ts";
import type { Poller } from "#server/fleet/poller.ts";
import { RuntimeError } from "#server/runtime/errors.ts";
import type { AuditResult } from "#server/store/audit.ts";
import { NotWanted } from "./job-set-state.ts";
import { ProblemError } from "./problem-error.ts";
import type { Plan, Verb } from "./verb.ts";

export interface EndSessionsInput {
  server: ServerId;
  lb: string;
  which: "tunnels" | "all";
  /** sessions that were counted when it was decided, for the audit */
  expectCount: number;
  inOldWorkers: number;
  why: string;
  isStillWanted: () => boolean;
}

export interface EndSessionsOutcome {
  outcome: "done" | "refused" | "unknown";
  command: string;
  /** counted right before */
  found: number;
  /** counted again after */
  remain: number | null;
  message: string;
}

/** An id is a memory address that is soon used for somebody else: act at once, or list again. */
const ID_LIVES_MS = 700;
const LISTINGS = 4;
/** HAProxy answers at once and ends the sessions a little later (under 0.3 s seen). */
const LOOKS = 5;
const LOOK_AGAIN_AFTER_MS = 150;

export const endSessions: Verb<EndSessionsInput, EndSessionsOutcome> = {
  action: "sessions:end",
  permission: "sessions:end",
  backendOf: (input) => splitServerId(input.server)?.backend ?? "",
  targetOf: (input) => input.server,
  reasonOf: (input) => input.why,
  isOverridden: () => true,
  async plan({ fleet }, input): Promise<Plan<EndSessionsOutcome>> {
    const poller = fleet.poller(input.lb);
    await poller?.pollNow();
    const row = poller?.row(input.server);
    if (poller === undefined || row === undefined)
      throw new ProblemError("unknown-name", `${input.lb} has no server ${input.server}.`);
    if (poller.view.head.error !== null) throw new NotWanted(`${input.lb} does not answer now`);
    if (!input.isStillWanted()) throw new NotWanted("looked at again, it is not due any more");
    const found = countOf(row);
    const { which, expectCount } = input;
    const command = commandText(input);
    return {
      findings: [],
      detail: { which, expectCount, found, inOldWorkers: row.oldScur },
      steps: [
        {
          facts: { lb: input.lb, before: plural(found, "session"), command },
          act: async () => {
            const release = poller.holdFast();
            try {
              return await act(poller, input, command, found, row.oldScur);
            } finally {
              release();
            }
          },
          // The job counts again with every poll; there is nothing more to find out here.
          resolved: () => new Promise(() => {}),
        },
      ],
    };
  },
};

function target(input: EndSessionsInput): { backend: string; server: string } {
  const parts = splitServerId(input.server);
  if (parts === null) throw new ProblemError("unknown-name", `${JSON.stringify(input.server)} is not BACKEND/SERVER.`);
  return parts;
}

function commandText(input: EndSessionsInput): string {
  return input.which === "all"
    ? commandLine({ kind: "shutdown-server-sessions", ...target(input) })
    : `shutdown session ID, for each tunnel of ${input.server}`;
}

async function act(
  poller: Poller,
  input: EndSessionsInput,
  command: string,
  found: number,
  inOldWorkers: number,
): Promise<{ outcome: EndSessionsOutcome; audit: Omit<AuditResult, "at"> }> {
  const said: string[] = [];
  let outcome: EndSessionsOutcome["outcome"] = "done";
  try {
    said.push(input.which === "all" ? await endAll(poller, input) : await endTunnels(poller, input));
    if (inOldWorkers > 0) said.push(await endInOldWorkers(poller, input));
  } catch (error) {
    if (error instanceof RuntimeError) outcome = error.outcome;
    else if (error instanceof Refused || error instanceof NotListed || error instanceof UnreadableReply)
      outcome = "refused";
    else throw error;
    said.push(error.message);
  }
  const remain = await countAgain(poller, input);
  const message = said.filter((text) => text !== "").join(" ");
  return {
    outcome: { outcome, command, found, remain, message },
    audit: {
      outcome,
      after: remain === null ? null : plural(remain, "session"),
      answer: message,
      detail: { found, remain, which: input.which },
    },
  };
}

class Refused extends Error {}

/** True: it ended now. False: it had ended by itself. */
async function send(poller: Poller, command: RuntimeCommand): Promise<boolean> {
  const reply = stateReply(await poller.client.send(command));
  if (reply.ok) return true;
  if (/^No such session/.test(reply.message)) return false;
  throw new Refused(`HAProxy refused: ${reply.message}`);
}

async function endAll(poller: Poller, input: EndSessionsInput): Promise<string> {
  await send(poller, { kind: "shutdown-server-sessions", ...target(input) });
  return "";
}

async function endTunnels(poller: Poller, input: EndSessionsInput): Promise<string> {
  const ended = new Set<string>();
  for (let i = 0; i < LISTINGS; i++) {
    const tunnels = (await listSessions(poller, target(input))).filter((one) => one.isTunnel && !ended.has(one.id));
    const untilMs = performance.now() + ID_LIVES_MS;
    let isAll = true;
    for (const { id } of tunnels) {
      if (performance.now() > untilMs) {
        isAll = false;
        break;
      }
      if (await send(poller, { kind: "shutdown-session", id })) ended.add(id);
    }
    if (isAll) break;
  }
  return `${plural(ended.size, "tunnel")} ended.`;
}

async function endInOldWorkers(poller: Poller, input: EndSessionsInput): Promise<string> {
  const { backend, server } = target(input);
  if (poller.oldWorkers === null) return "";
  const ended = await poller.oldWorkers.endSessions(
    (one) => one.backend === backend && one.server === server && (input.which === "all" || one.isTunnel),
  );
  return `${plural(ended, "session")} in old processes ended.`;
}

async function countAgain(poller: Poller, input: EndSessionsInput): Promise<number | null> {
  let count: number | null = null;
  for (let i = 0; i < LOOKS; i++) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_AFTER_MS));
    await poller.pollNow();
    const row = poller.row(input.server);
    count = row === undefined || poller.view.head.error !== null ? null : countOf(row);
    if (count === 0) break;
  }
  return count;
}
