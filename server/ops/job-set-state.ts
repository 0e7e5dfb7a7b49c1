// Ready, drain or maint by a maintenance: the verb that people use, with two differences. What the guard would ask a person
// to confirm was confirmed with the plan; and it compares with what the job saw, in the process where it saw it.
import { countsAsLive } from "#lib/fleet/link.ts";
import { isSameProcess } from "#lib/fleet/process.ts";
import type { ProcessIdentity } from "#lib/fleet/view.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { forcedStateOf } from "#lib/maintenance/sight.ts";
import type { Finding } from "#lib/wire/problem.ts";
import { type SetOutcome, setState } from "./set-state.ts";
import type { OpsContext, Plan, Step, Verb } from "./verb.ts";

export interface JobSetStateInput {
  server: ServerId;
  lb: string;
  adminState: AdminState;
  /** forced state it was decided on */
  expect: AdminState;
  process: ProcessIdentity;
  why: string;
  /** asked with the newest observation, right before the intent is written */
  isStillWanted: () => boolean;
}

export type JobOutcome = SetOutcome & {
  command: string;
  answer: string | null;
};

/** Nothing was sent and nobody was refused: the job looked again and wants something else now. */
export class NotWanted extends Error {
  readonly code = "not-wanted";
}

export const jobSetState: Verb<JobSetStateInput, JobOutcome> = {
  action: setState.action,
  permission: setState.permission,
  backendOf: (input) => splitServerId(input.server)?.backend ?? "",
  targetOf: (input) => input.server,
  reasonOf: (input) => input.why,
  isOverridden: () => true,
  async plan(context, input, call): Promise<Plan<JobOutcome>> {
    const { server, adminState, lb } = input;
    // The proof is one of all load balancers: each of them is asked once more before users are sent away.
    if (adminState === "maint") await lookEverywhere(context, server);
    const plan = await setState.plan(context, { server, adminState, loadBalancers: [lb], override: true }, call);
    const poller = context.fleet.poller(lb);
    const row = poller?.row(server);
    const process = poller?.model.process ?? null;
    if (poller === undefined || row === undefined || process === null || !isSameProcess(process, input.process))
      throw new NotWanted(`another process answers at ${lb} now`);
    const shown = forcedStateOf(row.adminBits);
    if (shown !== input.expect) throw new NotWanted(`${lb} shows ${server} in ${shown} now, not in ${input.expect}`);
    if (!input.isStillWanted()) throw new NotWanted("looked at again, it is not due any more");
    const steps = plan.steps.map(
      (step): Step<JobOutcome> => ({
        ...step,
        act: async () => {
          const { outcome, audit } = await step.act();
          const { command = "" } = step.facts;
          return {
            outcome: {
              ...outcome,
              command: command ?? "",
              answer: audit.answer ?? null,
            },
            audit,
          };
        },
      }),
    );
    return { ...plan, findings: plan.findings.map(known), steps };
  },
};

async function lookEverywhere({ fleet }: OpsContext, server: ServerId): Promise<void> {
  const cells = fleet.view().servers.get(server)?.cells ?? [];
  await fleet.pollNow(cells.filter((cell) => countsAsLive(cell.link)).map((cell) => cell.lb));
}

/** A server that follows another one, or has no address, stays out by itself: no reason not to take back our own state. */
function known(finding: Finding): Finding {
  return finding.code === "tracking" || finding.code === "unresolved" ? { ...finding, severity: "note" } : finding;
}
