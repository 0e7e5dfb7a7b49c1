// Which group has which role: a list in the configuration file, or in a variable `ops=admin team-a=operator:team-a-*,app-1`.
import { type Role, roles } from "#lib/auth/permissions.ts";
import type { RoleRule } from "#lib/auth/role-rules.ts";
import type { RoleRuleFile } from "./config-file.ts";
import type { Given } from "./options.ts";

const EXAMPLE = '{"group": "haproxy-admins", "role": "admin"}';

interface ReadRules {
  rules: RoleRule[];
  mistakes: string[];
}

export function roleRulesOf(items: readonly RoleRuleFile[] | undefined, where: string): ReadRules {
  if (items === undefined || items.length === 0)
    return {
      rules: [],
      mistakes: [`${where}: no group has a role, so nobody could sign in; write one as ${EXAMPLE}.`],
    };
  const rules = items.map(({ group, role, backends }) => ({ group, role, backends: backends ?? null }));
  return { rules, mistakes: rules.flatMap((rule) => limitMistake(rule, where)) };
}

export function readRoleRules({ text, where }: Given): ReadRules {
  const rules: RoleRule[] = [];
  const mistakes: string[] = [];
  for (const item of text.split(/\s+/)) {
    const [, group = "", role = "", limit] = /^(.+?)=([^:]*)(?::(.*))?$/.exec(item) ?? [];
    const backends = limit === undefined ? null : limit.split(",").filter((one) => one !== "");
    if (group === "" || !isRole(role) || backends?.length === 0) {
      mistakes.push(
        `${where}: "${item}" is not GROUP=ROLE; write ops=admin or team-a=operator:team-a-*,app-1 (roles: ${roles.join(", ")}).`,
      );
      continue;
    }
    const rule = { group, role, backends };
    mistakes.push(...limitMistake(rule, where));
    rules.push(rule);
  }
  return { rules, mistakes };
}

function limitMistake({ group, role, backends }: RoleRule, where: string): string[] {
  if (backends === null || role === "operator") return [];
  return [`${where}: "${group}" limits role ${role} to backends; only an operator can be limited.`];
}

function isRole(text: string): text is Role {
  return roles.some((role) => role === text);
}
