// Weight, health check, agent check, stick tables: what each does, in words, and the command that it is. Pure.
import type { ServerId } from "#lib/haproxy/names.ts";
import { plural } from "#lib/util/format.ts";
import type { AgentRequest, CheckSwitch, ForcedHealth } from "#lib/wire/server-control.ts";

/** What is sent, without the server and what every command takes. */
export type ControlAsked =
  | { readonly kind: "weight" }
  | { readonly kind: "health"; readonly health: ForcedHealth }
  | { readonly kind: "check"; readonly check: CheckSwitch }
  | { readonly kind: "agent"; readonly agent: AgentRequest }
  | { readonly kind: "clear-stick"; readonly expectCount: number };

export interface ControlSpec {
  readonly asked: ControlAsked;
  /** in the menu; an ellipsis follows */
  readonly item: string;
  /** what comes of it, one or two sentences */
  readonly effect: string;
  /** title and button: "Force DOWN", and then the server */
  readonly verb: string;
  /** users may notice it */
  readonly isDestructive: boolean;
}

export const controls = {
  weight: {
    asked: { kind: "weight" },
    item: "Weight",
    effect:
      "Its share of new users, from 0 to 256, or in percent of haproxy.cfg. 0 sends no new users; users with its cookie still come, so it is not a drain.",
    verb: "Set the weight of",
    isDestructive: false,
  },
  "health-up": {
    asked: { kind: "health", health: "up" },
    item: "Force UP",
    effect: "It counts as healthy at once, whatever its check said. The next results of its check decide again.",
    verb: "Force UP",
    isDestructive: false,
  },
  "health-nolb": {
    asked: { kind: "health", health: "nolb" },
    item: "Force NOLB",
    effect: "No new users; those with its cookie are still served. The next results of its check decide again.",
    verb: "Force NOLB on",
    isDestructive: true,
  },
  "health-down": {
    asked: { kind: "health", health: "down" },
    item: "Force DOWN",
    effect:
      "Its users go to other servers at once, and with on-marked-down shutdown-sessions their sessions end. The next results of its check decide again.",
    verb: "Force DOWN",
    isDestructive: true,
  },
  "check-disable": {
    asked: { kind: "check", check: "disable" },
    item: "Stop its health check",
    effect: "It keeps the state it has now, also when it fails: users would go to a dead server.",
    verb: "Stop the health check of",
    isDestructive: true,
  },
  "check-enable": {
    asked: { kind: "check", check: "enable" },
    item: "Start its health check",
    effect: "Its check decides again whether it takes users.",
    verb: "Start the health check of",
    isDestructive: false,
  },
  "agent-disable": {
    asked: { kind: "agent", agent: "disable" },
    item: "Stop its agent check",
    effect: "Its agent no longer changes its state or weight. What the agent set last stays.",
    verb: "Stop the agent check of",
    isDestructive: false,
  },
  "agent-enable": {
    asked: { kind: "agent", agent: "enable" },
    item: "Start its agent check",
    effect: "Its agent may change its state and weight again, also while you work on it.",
    verb: "Start the agent check of",
    isDestructive: false,
  },
  "agent-up": {
    asked: { kind: "agent", agent: "up" },
    item: "Agent says UP",
    effect: "As if its agent had said up. The agent's next answer decides again.",
    verb: "Take the agent as UP for",
    isDestructive: false,
  },
  "agent-down": {
    asked: { kind: "agent", agent: "down" },
    item: "Agent says DOWN",
    effect: "As if its agent had said down: its users go to other servers. The agent's next answer decides again.",
    verb: "Take the agent as DOWN for",
    isDestructive: true,
  },
} as const satisfies Record<string, ControlSpec>;
export type ControlName = keyof typeof controls;

export const healthControls: readonly ControlName[] = [
  "health-up",
  "health-nolb",
  "health-down",
  "check-disable",
  "check-enable",
];
/** Only where it has an agent: HAProxy refuses them elsewhere. */
export const agentControls: readonly ControlName[] = ["agent-disable", "agent-enable", "agent-up", "agent-down"];

export function controlOf(name: ControlName): ControlSpec {
  return controls[name];
}

export function clearStick(entries: number): ControlSpec {
  return {
    asked: { kind: "clear-stick", expectCount: entries },
    item: "",
    effect: `${plural(entries, "client")} that a stick table sends here ${entries === 1 ? "is" : "are"} forgotten: with the next request they go to any server that takes new users.`,
    verb: "Clear the stick-table entries of",
    isDestructive: true,
  };
}

/** The typed command; a weight is what the person wrote. */
export function commandOf(server: ServerId, asked: ControlAsked, weight: string, override: boolean) {
  const base = { server, ...(override ? { override: true } : {}) };
  switch (asked.kind) {
    case "weight":
      return { kind: "weight", input: { ...base, weight: weight.trim() } } as const;
    case "health":
      return { kind: "health", input: { ...base, health: asked.health } } as const;
    case "check":
      return { kind: "check", input: { ...base, check: asked.check } } as const;
    case "agent":
      return { kind: "agent", input: { ...base, agent: asked.agent } } as const;
    case "clear-stick":
      return { kind: "clear-stick", input: { ...base, expectCount: asked.expectCount } } as const;
  }
}

/** null: it can be sent */
export function weightProblem(text: string): string | null {
  const wanted = text.trim();
  if (!/^\d{1,3}$|^\d{1,5}%$/.test(wanted)) return 'Write a whole number such as 100, or a percentage such as "50%".';
  return !wanted.endsWith("%") && Number(wanted) > 256 ? "The highest weight is 256." : null;
}
