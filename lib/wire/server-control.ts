// Weight, health check, agent check and stick-table entries of one server: what is asked, and what came of it.
import { z } from "zod";
import { isName } from "#lib/haproxy/names.ts";
import { serverIdSchema } from "./commands.ts";
import type { Finding } from "./problem.ts";

const common = {
  reason: z.string().max(500).optional(),
  loadBalancers: z
    .array(z.string().max(255).refine(isName, "is not the name of a load balancer"))
    .min(1)
    .max(256)
    .optional(),
  /** true: do it although the guard warned; the findings go to the audit */
  override: z.boolean().optional(),
};

/** HAProxy's weights reach from 0 to 256; a percentage is of the weight in its configuration and rounds down. */
export const weightSchema = z
  .string('weight: write it as text, such as "50%" or "100"')
  .regex(/^(?:\d{1,3}|\d{1,5}%)$/, 'weight: write a whole number such as "100", or a percentage such as "50%"')
  .refine((text) => text.endsWith("%") || Number(text) <= 256, "weight: at most 256");

/** nolb: no new users, the ones it has stay (HAProxy's command says `stopping`) */
export const forcedHealths = ["up", "nolb", "down"] as const;
export type ForcedHealth = (typeof forcedHealths)[number];
export const checkSwitches = ["enable", "disable"] as const;
export type CheckSwitch = (typeof checkSwitches)[number];
export const agentRequests = ["enable", "disable", "up", "down"] as const;
export type AgentRequest = (typeof agentRequests)[number];

/** Bodies of PUT /servers/{backend}/{server}/weight, /health, /check, /agent and POST .../stick-entries/clear. */
export const weightBodySchema = z.strictObject({ weight: weightSchema, ...common });
export const healthBodySchema = z.strictObject({
  health: z.enum(forcedHealths, "health: write up, nolb or down"),
  ...common,
});
export const checkBodySchema = z.strictObject({
  check: z.enum(checkSwitches, "check: write enable or disable"),
  ...common,
});
export const agentBodySchema = z.strictObject({
  agent: z.enum(agentRequests, "agent: write enable, disable, up or down"),
  ...common,
});
export const clearStickBodySchema = z.strictObject({
  /** how many the person was told would go; more than that (and a tenth) is refused */
  expectCount: z.int("expectCount: write the number of entries that should go").min(0).optional(),
  ...common,
});

export const weightInputSchema = weightBodySchema.extend({ server: serverIdSchema });
export const healthInputSchema = healthBodySchema.extend({ server: serverIdSchema });
export const checkInputSchema = checkBodySchema.extend({ server: serverIdSchema });
export const agentInputSchema = agentBodySchema.extend({ server: serverIdSchema });
export const clearStickInputSchema = clearStickBodySchema.extend({ server: serverIdSchema });
export type WeightInput = z.infer<typeof weightInputSchema>;
export type HealthInput = z.infer<typeof healthInputSchema>;
export type CheckInput = z.infer<typeof checkInputSchema>;
export type AgentInput = z.infer<typeof agentInputSchema>;
export type ClearStickInput = z.infer<typeof clearStickInputSchema>;

export interface ControlOutcome {
  lb: string;
  outcome: "done" | "refused" | "unknown";
  /** as people read it: a weight, `UP`, `check enabled`, `12 entries` */
  before: string;
  /** what HAProxy said afterwards; null: it could not be asked */
  after: string | null;
  /** HAProxy's own words, or one sentence */
  message: string;
  /** the line that takes it back; null: nothing does */
  undo: string | null;
  /** false: the load balancer could not be reached, so it never saw the command */
  isSent?: boolean;
}

export interface ControlResult {
  requestId: string;
  outcomes: ControlOutcome[];
  /** what the guard had to say though it was done */
  findings: Finding[];
}
