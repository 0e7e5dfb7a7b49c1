import type { IdentityHeader } from "#server/auth/identity-header.ts";
import { networkMistake } from "#server/auth/networks.ts";
import type { ConfigFile } from "./config-file.ts";
import { roleRulesOf } from "./role-rules.ts";

/** RFC 9110, 5.1. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What the app itself reads: a proxy that writes these for another purpose must not sign people in by accident. */
const TAKEN = ["authorization", "cookie", "host", "origin", "x-forwarded-for", "x-forwarded-host", "forwarded"];

export function readIdentityHeader(
  file: ConfigFile,
  where: string,
): { header: IdentityHeader | null; mistakes: string[] } {
  const given = file.identityHeader;
  if (given === undefined) return { header: null, mistakes: [] };
  const mistakes: string[] = [];
  for (const item of given.from) {
    const mistake = networkMistake(item);
    if (mistake !== null) mistakes.push(`${where}.from (${item}): ${mistake}.`);
  }
  for (const key of ["user", "groups"] as const) {
    const name = given[key];
    if (name !== undefined && (!HEADER_NAME.test(name) || TAKEN.includes(name.toLowerCase())))
      mistakes.push(
        `${where}.${key} (${name}): is not the name of a header of its own; write for example X-Remote-User.`,
      );
  }
  const roles = roleRulesOf(given.roles, `${where}.roles`);
  mistakes.push(...roles.mistakes);
  if (given.groups === undefined && given.roles.some((rule) => rule.group !== "*"))
    mistakes.push(`${where}: has roles for groups and no groups header; name it as groups, or map "*".`);
  if (mistakes.length > 0) return { header: null, mistakes };
  return {
    header: {
      from: given.from,
      user: given.user.toLowerCase(),
      groups: given.groups?.toLowerCase() ?? null,
      roles: roles.rules,
    },
    mistakes,
  };
}
