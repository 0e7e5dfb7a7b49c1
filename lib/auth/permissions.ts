// Roles and permissions. A permission names what is done, a role is a set of them; code asks for the permission and
// never for the role, so a new role is one line here.
import type { Actor } from "./actor.ts";

export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

export const permissions = [
  "fleet:read",
  "sessions:read",
  "maintenance:read",
  "maintenance:plan",
  "audit:read",
  "server:set-state",
  "server:set-weight",
  "sessions:end",
  "server:probe",
  "maintenance:write",
  "settings:read",
  "settings:write",
  "people:write",
  "tokens:write",
  "account:write",
] as const;
export type Permission = (typeof permissions)[number];

/** The least role that has the permission, and whether an actor's backend limit applies to it. */
const rules: Record<Permission, { from: Role; perBackend: boolean }> = {
  "fleet:read": { from: "viewer", perBackend: false },
  "sessions:read": { from: "viewer", perBackend: false },
  "maintenance:read": { from: "viewer", perBackend: false },
  "maintenance:plan": { from: "viewer", perBackend: false },
  "audit:read": { from: "viewer", perBackend: false },
  "server:set-state": { from: "operator", perBackend: true },
  "server:set-weight": { from: "operator", perBackend: true },
  "sessions:end": { from: "operator", perBackend: true },
  "server:probe": { from: "operator", perBackend: true },
  "maintenance:write": { from: "operator", perBackend: true },
  "settings:read": { from: "operator", perBackend: false },
  "settings:write": { from: "admin", perBackend: false },
  "people:write": { from: "admin", perBackend: false },
  "tokens:write": { from: "admin", perBackend: false },
  "account:write": { from: "viewer", perBackend: false },
};

/** What a wall shows, and no more: no sessions, no audit, no settings, no client's address. */
const wallPermissions: readonly Permission[] = ["fleet:read", "maintenance:read"];
/** One's own password and logins: a token has neither. */
const personPermissions: readonly Permission[] = ["account:write"];

export function roleAllows(role: Role, permission: Permission): boolean {
  return roles.indexOf(role) >= roles.indexOf(rules[permission].from);
}

/** For a door that does not know the backend yet. The verb asks `can` with the backend. */
export function couldEver(actor: Actor, permission: Permission): boolean {
  if (actor.kind === "wall" && !wallPermissions.includes(permission)) return false;
  if (actor.kind !== "person" && personPermissions.includes(permission)) return false;
  return roleAllows(actor.role, permission);
}

/** A limited actor needs the backend named: without one a change of "any backend" is refused. */
export function can(actor: Actor, permission: Permission, backend?: string): boolean {
  if (!couldEver(actor, permission)) return false;
  if (actor.backends === null || !rules[permission].perBackend) return true;
  return backend !== undefined && actor.backends.some((pattern) => matches(pattern, backend));
}

/**
 * True when somebody with `role` and `backends` could do nothing that `actor` cannot: nobody makes a token that is
 * stronger than himself. A pattern lies within another when that one matches its text, `*` taken as a letter.
 */
export function isWithin(actor: Actor, role: Role, backends: readonly string[] | null): boolean {
  if (roles.indexOf(role) > roles.indexOf(actor.role)) return false;
  if (actor.backends === null) return true;
  const own = actor.backends;
  return backends?.every((inner) => own.some((outer) => matches(outer, inner))) ?? false;
}

/** For the sentence of a refusal. */
export function leastRole(permission: Permission): Role {
  return rules[permission].from;
}

/** `*` stands for any characters; everything else is literal. Linear: no backtracking on `a*a*a*…`. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  if (parts.length === 1) return pattern === name;
  const last = parts[parts.length - 1] ?? "";
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= name.length - last.length;
}
