// The health check of one server, on or off. Off freezes the last result: a server that fails afterwards keeps its users.
import type { Finding } from "#lib/wire/problem.ts";
import type { CheckInput } from "#lib/wire/server-control.ts";
import { type ControlSight, controlVerb } from "./control.ts";

export const setCheck = controlVerb<CheckInput>({
  action: "server:set-check",
  permission: "server:set-state",
  command: ({ check }, { backend, server }) => ({ kind: "switch-check", backend, server, to: check }),
  words: ({ check }) => (check === "none" ? "no check" : `check ${check}`),
  isShown: ({ check }, input) => check === `${input.check}d`,
  undo: ({ check }, { backend, server, state }) =>
    state.check === `${check}d`
      ? null
      : { kind: "switch-check", backend, server, to: check === "enable" ? "disable" : "enable" },
  findings,
  leaves: () => null,
});

function findings({ check, server }: CheckInput, { lb, state }: ControlSight): Finding[] {
  if (state.check === "none")
    return [
      {
        ...{ code: "not-configured", severity: "block", lb },
        message: `${server} has no health check on ${lb}. Write "check" on its line in haproxy.cfg and reload.`,
      },
    ];
  if (check === "enable") return [];
  return [
    {
      ...{ code: "unproven-health", severity: "note", lb },
      message: `Without its check ${server} stays ${state.opState === 0 ? "down" : "up"} on ${lb}, whatever becomes of it.`,
    },
  ];
}
