// The one typed table of commands: REST, socket and (later) the command line are this table. zod 4 on the server;
// browser code imports the types only.
import { z } from "zod";
import { type AdminState, adminStates } from "#lib/haproxy/admin-state.ts";
import { isName, type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import type { Finding } from "./problem.ts";

export const serverIdSchema = z
  .string()
  .max(511)
  .refine((id) => splitServerId(id) !== null, "is not BACKEND/SERVER as in APP1/SRV1");

const lbNameSchema = z.string().max(255).refine(isName, "is not the name of a load balancer");

const seenStateSchema = z.enum([...adminStates, "split"]);

/** Body of `PUT /servers/{backend}/{server}/admin-state`. */
export const setStateBodySchema = z.strictObject({
  adminState: z.enum(adminStates),
  reason: z.string().max(500).optional(),
  loadBalancers: z.array(lbNameSchema).min(1).max(256).optional(),
  /** true: do it although the guard warned; the findings go to the audit */
  override: z.boolean().optional(),
  /** compare-and-set: refuse unless this is the state now */
  expect: seenStateSchema.optional(),
});

/** One job and one bulk action stay readable, and their stored rows small. */
export const SERVERS_MAX = 500;

/** An address as HAProxy shows it, without its port. */
export const hostSchema = z
  .string("host: write an address, such as 10.0.0.1")
  .max(255)
  .refine((text) => /^[\w.:%-]+$/.test(text), "is not an address, such as 10.0.0.1")
  .refine((text) => !/^[^:]*:\d+$/.test(text), "write the address without its port, such as 10.0.0.1");

/** Several servers as one action: those that are named, or every server of the machine at an address. */
export const setStatesInputSchema = setStateBodySchema
  .extend({
    servers: z
      .array(serverIdSchema, 'servers: write a list such as ["APP1/SRV1"]')
      .min(1, "servers: name at least one, such as APP1/SRV1")
      .max(SERVERS_MAX, `servers: at most ${SERVERS_MAX} at once`)
      .optional(),
    host: hostSchema.optional(),
    /** compare-and-set for each server: refuse all of it unless each of these is as somebody saw it */
    expected: z.record(serverIdSchema, seenStateSchema).optional(),
  })
  .superRefine(({ servers, host }, ctx) => {
    if ((servers === undefined) === (host === undefined))
      ctx.addIssue({ code: "custom", path: ["servers"], message: "servers: give servers or host, and not both" });
  });
export type SetStatesInput = z.infer<typeof setStatesInputSchema>;

export const setStateInputSchema = setStateBodySchema.extend({ server: serverIdSchema });
export type SetStateInput = z.infer<typeof setStateInputSchema>;

/** A person's answer to a state that a reload took: set it again, or keep it ready. */
export const lostAnswerSchema = z.strictObject({
  lb: lbNameSchema,
  server: serverIdSchema,
  answer: z.enum(["re-apply", "keep"], "write re-apply or keep"),
});

export interface LoadBalancerOutcome {
  lb: string;
  outcome: "done" | "refused" | "unknown";
  before: AdminState;
  /** what HAProxy said afterwards; null: it could not be asked */
  after: AdminState | null;
  /** HAProxy's own words, or one sentence */
  message: string;
  /** false: the load balancer could not be reached, so it never saw the command */
  isSent?: boolean;
}

export interface SetStateResult {
  requestId: string;
  outcomes: LoadBalancerOutcome[];
  /** what the guard had to say though it was done */
  findings: Finding[];
}

/** What became of one server at one load balancer. */
export interface ServerOutcome extends LoadBalancerOutcome {
  server: ServerId;
}

export interface SetStatesResult {
  requestId: string;
  outcomes: ServerOutcome[];
  /** what the guard had to say though it was done */
  findings: Finding[];
}
