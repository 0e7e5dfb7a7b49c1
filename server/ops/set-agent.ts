// The agent check of one server: on, off, or its word given by hand until it speaks the next time.
import type { Finding } from "#lib/wire/problem.ts";
import type { AgentInput } from "#lib/wire/server-control.ts";
import { type ControlSight, type ControlState, controlVerb } from "./control.ts";

export const setAgent = controlVerb<AgentInput>({
  action: "server:set-agent",
  permission: "server:set-state",
  command: ({ agent }, { backend, server }) =>
    agent === "up" || agent === "down"
      ? { kind: "set-agent", backend, server, agent }
      : { kind: "switch-agent", backend, server, to: agent },
  words,
  isShown: (state, { agent }) => {
    if (agent === "up") return state.opState === 1 || state.opState === 2;
    if (agent === "down") return state.opState === 0;
    return state.agent === `${agent}d`;
  },
  undo: ({ agent }, { backend, server, state }) => {
    if (agent === "up" || agent === "down")
      return { kind: "set-agent", backend, server, agent: state.opState === 0 ? "down" : "up" };
    if (state.agent === `${agent}d`) return null;
    return { kind: "switch-agent", backend, server, to: agent === "enable" ? "disable" : "enable" };
  },
  findings,
  leaves: ({ agent }, { state }) => (agent === "down" && state.opState !== 0 ? "drain" : null),
});

function words({ agent, opState }: ControlState): string {
  if (agent === "none") return "no agent check";
  return `agent check ${agent}, ${opState === 0 ? "down" : "up"}`;
}

function findings({ agent, server }: AgentInput, { lb, state }: ControlSight): Finding[] {
  if (state.agent === "none")
    return [
      {
        ...{ code: "not-configured", severity: "block", lb },
        message: `${server} has no agent check on ${lb}. Write "agent-check" on its line in haproxy.cfg and reload.`,
      },
    ];
  if ((agent === "up" || agent === "down") && state.agent === "enabled")
    return [
      {
        ...{ code: "agent", severity: "note", lb },
        message: `The agent of ${server} on ${lb} sets this anew with its next answer. Disable the agent check to keep it.`,
      },
    ];
  return [];
}
