// Health forced by hand: up, nolb (HAProxy's `stopping`: no new users, the ones it has stay), down.
import type { Finding } from "#lib/wire/problem.ts";
import type { ForcedHealth, HealthInput } from "#lib/wire/server-control.ts";
import { type ControlSight, controlVerb } from "./control.ts";

/** `srv_op_state`: a server that comes up may be in its slowstart ramp. */
const SHOWS: Record<ForcedHealth, readonly number[]> = { up: [1, 2], nolb: [3], down: [0] };
const WORDS = ["down", "up, ramping", "up", "nolb"];

export const setHealth = controlVerb<HealthInput>({
  action: "server:set-health",
  permission: "server:set-state",
  command: ({ health }, sight) => commandFor(health, sight),
  words: ({ opState }) => WORDS[opState] ?? `state ${opState}`,
  isShown: (state, { health }) => SHOWS[health].includes(state.opState),
  undo: (_input, sight) => commandFor(healthOf(sight.state.opState), sight),
  findings,
  leaves: ({ health }, { state }) => (health !== "up" && healthOf(state.opState) === "up" ? "drain" : null),
});

function commandFor(health: ForcedHealth, { backend, server }: ControlSight) {
  return { kind: "set-health", backend, server, health: health === "nolb" ? "stopping" : health } as const;
}

function healthOf(opState: number): ForcedHealth {
  if (opState === 0) return "down";
  return opState === 3 ? "nolb" : "up";
}

function findings({ health, server }: HealthInput, { lb, cell, state }: ControlSight): Finding[] {
  const found: Finding[] = [];
  if (cell.adminState === "maint")
    found.push({
      ...{ code: "sessions-left", severity: "block", lb },
      message: `${server} is in maint on ${lb}, where health has no effect. Set it drain or ready first.`,
    });
  if (cell.row.tracked !== null)
    found.push({
      ...{ code: "tracking", severity: "block", lb },
      message: `${server} takes its health from ${cell.row.tracked} on ${lb}. Force it there.`,
    });
  if (state.check === "enabled")
    found.push({
      ...{ code: "unproven-health", severity: "note", lb },
      message: `Health checks run for ${server} on ${lb}: the next ones that say otherwise take ${health} back. Disable its check to keep it.`,
    });
  if (health === "down")
    found.push({
      ...{ code: "sessions-left", severity: cell.row.scur > 0 ? "confirm" : "note", lb },
      message: `Down sends the cookie users of ${server} on ${lb} to other servers now; it has ${cell.row.scur} open ${cell.row.scur === 1 ? "session" : "sessions"}.`,
    });
  return found;
}
