// From the groups that somebody else says a person is in (an OpenID Connect provider, a proxy in front) to a role here.
import { type Role, roles } from "./permissions.ts";

export interface RoleRule {
  /** exactly as the other side spells it; `*`: everybody whom it knows */
  readonly group: string;
  readonly role: Role;
  /** whose servers an operator may change: names and patterns; null: all */
  readonly backends: readonly string[] | null;
}

export interface Grant {
  readonly role: Role;
  readonly backends: readonly string[] | null;
}

/** The highest role counts; several rules of that role add their backends. Null: no group has a role. */
export function grantOf(rules: readonly RoleRule[], groups: readonly string[]): Grant | null {
  const matching = rules.filter((rule) => rule.group === "*" || groups.includes(rule.group));
  const highest = Math.max(...matching.map((rule) => roles.indexOf(rule.role)));
  const role = roles[highest];
  if (role === undefined) return null;
  const limits = matching.filter((rule) => rule.role === role).map((rule) => rule.backends);
  const isUnlimited = limits.includes(null);
  return { role, backends: isUnlimited ? null : [...new Set(limits.flatMap((backends) => backends ?? []))] };
}
