import type { Actor } from "#lib/auth/actor.ts";
import { can } from "#lib/auth/permissions.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { notAllowed } from "./http/problem.ts";

/**
 * Listing the sessions of a busy process is felt by its traffic: that is for those who may change the server. Throws
 * ProblemError "not-allowed".
 */
export function refuseToInsist(actor: Actor, server: ServerId): void {
  const backend = splitServerId(server)?.backend;
  if (!can(actor, "sessions:end", backend)) throw notAllowed("sessions:end", actor, backend);
}
