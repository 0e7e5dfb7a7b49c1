// The parts of the settings and who may open them: the same permissions as the pages and REST ask for.
import { type Permission, type Role, roleAllows } from "#lib/auth/permissions.ts";

export const sections = [
  { path: "/settings/people", title: "People", permission: "people:write" },
  { path: "/settings/tokens", title: "API tokens", permission: "tokens:write" },
  { path: "/settings/wall-links", title: "Wall links", permission: "tokens:write" },
  { path: "/settings/load-balancers", title: "Load balancers", permission: "settings:read" },
  { path: "/settings/backends", title: "Backends", permission: "settings:read" },
  { path: "/settings/account", title: "Account", permission: "account:write" },
] as const satisfies readonly { path: string; title: string; permission: Permission }[];

export type Section = (typeof sections)[number];

export function sectionsOf(role: Role): readonly Section[] {
  return sections.filter((section) => roleAllows(role, section.permission));
}
