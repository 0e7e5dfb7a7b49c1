// Forgets the stick-table entries that send users to one server: they are balanced anew, so a drain can take effect. Counted
// before and after; what came in between is said to remain.
import { commandLine } from "#lib/haproxy/command.ts";
import { splitServerId } from "#lib/haproxy/names.ts";
import { stateReply } from "#lib/haproxy/reply.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import { isAsExpected } from "#lib/maintenance/session-list.ts";
import type { Finding } from "#lib/wire/problem.ts";
import type { ClearStickInput, ControlOutcome } from "#lib/wire/server-control.ts";
import type { Poller } from "#server/fleet/poller.ts";
import { type StickEntries, serverState, stickEntries } from "#server/fleet/stick-entries.ts";
import { RuntimeError } from "#server/runtime/errors.ts";
import type { AuditResult } from "#server/store/audit.ts";
import { reachable } from "./control.ts";
import { ProblemError } from "./problem-error.ts";
import type { OpsContext, Plan, Step, Verb } from "./verb.ts";

export const clearStick: Verb<ClearStickInput, ControlOutcome> = {
  action: "server:clear-stick",
  permission: "sessions:end",
  backendOf: (input) => splitServerId(input.server)?.backend ?? "",
  targetOf: (input) => input.server,
  reasonOf: (input) => input.reason ?? null,
  isOverridden: (input) => input.override === true,
  plan,
};

async function plan(context: OpsContext, input: ClearStickInput): Promise<Plan<ControlOutcome>> {
  const { targets, findings } = await reachable(context, input);
  const steps: Step<ControlOutcome>[] = [];
  let total = 0;
  for (const { cell, poller } of targets) {
    const serverNumber = Number((await serverState(poller, input.server))?.get("srv_id"));
    const tables = (await stickEntries(poller, input.server, serverNumber)) ?? [];
    const full = tables.filter((one) => one.entries > 0);
    total += sum(full);
    for (const one of full) if (one.isShared) findings.push(sharedTable(input, cell.lb, one, serverNumber));
    if (full.length > 0) steps.push(stepOf(poller, input, serverNumber, full));
  }
  if (input.expectCount !== undefined && !isAsExpected(total, input.expectCount))
    throw new ProblemError(
      "state-changed",
      `${entries(total)} point to ${input.server} now, not ${input.expectCount}. Nothing was cleared; look again.`,
      { findings },
    );
  return { findings, detail: { expectCount: input.expectCount, found: total, findings }, steps };
}

function sharedTable({ server }: ClearStickInput, lb: string, one: StickEntries, serverNumber: number): Finding {
  return {
    ...{ code: "shared-table", severity: "confirm", lb },
    message: `Table ${one.table} on ${lb} belongs to no backend with servers. Its ${entries(one.entries)} for server number ${serverNumber} are those of ${server} and of any other backend's server with that number that uses the table.`,
  };
}

function stepOf(
  poller: Poller,
  input: ClearStickInput,
  serverNumber: number,
  tables: readonly StickEntries[],
): Step<ControlOutcome> {
  const commands = tables.map(({ table }) => ({ kind: "clear-stick-entries", table, serverNumber }) as const);
  const before = entries(sum(tables));
  return {
    facts: { lb: poller.name, before, command: commands.map(commandLine).join("; ") },
    act: async () => {
      const said: string[] = [];
      let outcome: ControlOutcome["outcome"] = "done";
      let isSent = true;
      try {
        for (const command of commands) {
          const reply = stateReply(await poller.client.send(command));
          if (!reply.ok) throw new Refused(`HAProxy refused: ${reply.message}`);
        }
      } catch (error) {
        if (error instanceof RuntimeError) {
          outcome = error.outcome;
          isSent = error.phase === "after-send";
        } else if (error instanceof Refused) outcome = "refused";
        else throw error;
        said.push(error.message);
      }
      const left = await countAgain(poller, input, serverNumber);
      if (left === null && outcome === "done") outcome = "unknown";
      if (left !== null && left > 0 && outcome === "done")
        said.push(`${entries(left)} came in meanwhile, or are in use.`);
      const after = left === null ? null : entries(left);
      const message = said.join(" ");
      return {
        outcome: { ...{ lb: poller.name, outcome, before, after, message, undo: null }, ...(isSent ? {} : { isSent }) },
        audit: { outcome, after, answer: message } satisfies Omit<AuditResult, "at">,
      };
    },
    // Nobody can tell later whether entries were cleared then or expired since.
    resolved: () => new Promise(() => {}),
  };
}

class Refused extends Error {}

async function countAgain(poller: Poller, { server }: ClearStickInput, serverNumber: number): Promise<number | null> {
  try {
    return sum((await stickEntries(poller, server, serverNumber)) ?? []);
  } catch (error) {
    if (error instanceof RuntimeError || error instanceof UnreadableReply) return null;
    throw error;
  }
}

function sum(tables: readonly StickEntries[]): number {
  return tables.reduce((total, one) => total + one.entries, 0);
}

function entries(n: number): string {
  return n === 1 ? "1 entry" : `${n} entries`;
}
