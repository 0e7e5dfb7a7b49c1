// The audit in words: what was done, by whom.
import { shownName } from "#lib/auth/actor.ts";
import type { AuditEntry } from "#lib/wire/audit.ts";
import type { EventOutcome } from "./group.ts";

const words: Readonly<Record<string, string>> = {
  "sessions:end": "End sessions",
  "maintenance:start": "Start a maintenance",
  "maintenance:ready": "Set ready again",
  "maintenance:stop": "Stop a maintenance",
  "maintenance:pause": "Pause a maintenance",
  "maintenance:resume": "Resume a maintenance",
  "maintenance:patch": "Change a maintenance",
  "states:lost": "Lost in a reload",
  "states:keep": "Keep ready after a reload",
  "after-reload:set": "Change what a reload leaves",
  "backend:set": "Change a backend's settings",
  "probe:set": "Change where a probe asks",
  "server:probe": "Probe persistence",
  "load-balancer:add": "Add a load balancer",
  "load-balancer:change": "Change a load balancer",
  "load-balancer:test": "Test an address",
  "load-balancer:remove": "Remove a load balancer",
  "auth:sign-in": "Sign in",
  "auth:sign-out": "Sign out",
  "auth:setup": "Make the first admin",
  "auth:reset": "Set a new password",
  "account:change-password": "Change the password",
  "account:end-login": "End a login",
  "account:sign-out-everywhere": "Sign out everywhere",
  "people:add": "Add a person",
  "people:change": "Change a person",
  "people:remove": "Remove a person",
  "people:reset-link": "Make a reset link",
  "tokens:add": "Make a token",
  "tokens:revoke": "Revoke a token",
  "wall-links:add": "Make a wall link",
  "wall-links:revoke": "Revoke a wall link",
  "request:refused": "Request refused",
  "socket:refused": "Connection or message refused",
  "audit:checkpoint": "Old events removed",
  "audit:no-anchor": "Audit without its anchor",
  "audit:cut-off": "Audit cut off",
  "audit:rewritten": "Audit rewritten",
};

/** `Set drain`, `Start a maintenance`; of an action that is not known here, its own name. */
export function whatOf({ action, command, after, detail }: AuditEntry): string {
  if (action !== "server:set-state") return words[action] ?? action.replace(":", ": ").replaceAll("-", " ");
  const asked = adminStateAsked({ command, after, detail });
  return asked === null ? "Set a state" : `Set ${asked}`;
}

/** ready, drain or maint, as the command says; null: it is not one of these */
export function adminStateAsked({
  command,
  after,
  detail,
}: Pick<AuditEntry, "command" | "after" | "detail">): "ready" | "drain" | "maint" | null {
  const asked = / state (ready|drain|maint)$/.exec(command ?? "")?.[1] ?? after ?? stateIn(detail);
  return asked === "ready" || asked === "drain" || asked === "maint" ? asked : null;
}

/** What was refused before a command was made of it keeps what was asked. */
function stateIn(detail: unknown): unknown {
  const { input } = (detail ?? {}) as { input?: unknown };
  return ((input ?? {}) as { adminState?: unknown }).adminState;
}

/** `mira`, or `mira, by maintenance m-1`. */
export function whoOf({ actorName, onBehalfOf, maintenanceId, actorKind }: AuditEntry): string {
  if (onBehalfOf !== null && maintenanceId !== null) return `${onBehalfOf}, by maintenance ${maintenanceId}`;
  return actorKind === "nobody" ? "Nobody signed in" : shownName({ kind: actorKind, name: actorName });
}

export const outcomeWords: Readonly<Record<EventOutcome, string>> = {
  done: "Done",
  refused: "Refused",
  unknown: "Unknown",
  denied: "Denied",
  open: "Under way",
  note: "Noted",
  asked: "Asked to confirm",
};

export const actionChoices = [
  { action: "server:set-state", word: "Admin state" },
  { action: "maintenance:*", word: "Maintenances" },
  { action: "sessions:end", word: "Sessions ended" },
  { action: "states:*", word: "Lost in reloads" },
  { action: "auth:*", word: "Signing in and out" },
  { action: "account:*", word: "Own account" },
  { action: "people:*", word: "People" },
  { action: "tokens:*", word: "Tokens" },
  { action: "wall-links:*", word: "Wall links" },
  { action: "load-balancer:*", word: "Load balancers" },
  { action: "backend:*", word: "Backend settings" },
  { action: "request:*", word: "Refused requests" },
  { action: "socket:*", word: "Refused messages" },
  { action: "audit:*", word: "The audit itself" },
] as const;
