// OpenID Connect, from the configuration file (`oidc`) and DRAINBOARD_OIDC_*; a variable wins over the file's key.
import { dirname, resolve } from "node:path";
import type { OidcConfig } from "#server/auth/oidc/oidc.ts";
import type { ConfigFile, ReadFile } from "./config-file.ts";
import type { Given } from "./options.ts";
import { readRoleRules, roleRulesOf } from "./role-rules.ts";

type Environment = Record<string, string | undefined>;
type OidcFile = NonNullable<ConfigFile["oidc"]>;
type TextKey = Exclude<keyof OidcFile, "roles" | "signOutAtProvider">;

const variables = {
  issuer: "DRAINBOARD_OIDC_ISSUER",
  clientId: "DRAINBOARD_OIDC_CLIENT_ID",
  clientSecret: "DRAINBOARD_OIDC_CLIENT_SECRET",
  clientSecretFile: "DRAINBOARD_OIDC_CLIENT_SECRET_FILE",
  scopes: "DRAINBOARD_OIDC_SCOPES",
  nameClaim: "DRAINBOARD_OIDC_NAME_CLAIM",
  groupsClaim: "DRAINBOARD_OIDC_GROUPS_CLAIM",
  label: "DRAINBOARD_OIDC_LABEL",
} as const satisfies Record<TextKey, string>;
const ROLES_VARIABLE = "DRAINBOARD_OIDC_ROLES";

export function readOidc(
  file: ConfigFile,
  configPath: string,
  env: Environment,
  read: ReadFile,
): { oidc: OidcConfig | null; mistakes: string[] } {
  const section = `configuration file "${configPath}", oidc`;
  const given = (key: TextKey): Given | null => {
    const variable = env[variables[key]]?.trim();
    if (variable !== undefined && variable !== "") return { text: variable, where: variables[key] };
    const value = file.oidc?.[key];
    return value === undefined ? null : { text: value, where: `${section}.${key}` };
  };
  const variablesSet = [...Object.values(variables), ROLES_VARIABLE].filter((name) => env[name]?.trim());
  if (file.oidc === undefined && variablesSet.length === 0) return { oidc: null, mistakes: [] };
  const whole = file.oidc === undefined ? (variablesSet[0] ?? ROLES_VARIABLE) : section;

  const mistakes: string[] = [];
  const issuer = given("issuer");
  if (issuer === null)
    mistakes.push(
      `${whole}: there is no issuer; write the provider's address as issuer (${variables.issuer}), for example https://id.example.net/realms/ops.`,
    );
  else mistakes.push(...issuerMistake(issuer));
  const clientId = given("clientId");
  if (clientId === null)
    mistakes.push(
      `${whole}: there is no client id; write as clientId (${variables.clientId}) what the provider gave you.`,
    );
  const secret = readSecret(given("clientSecret"), given("clientSecretFile"), configPath, read);
  mistakes.push(...secret.mistakes);
  const scopes = given("scopes");
  if (scopes !== null && !scopes.text.split(/\s+/).includes("openid"))
    mistakes.push(`${scopes.where}: lacks openid; write openid profile and what your provider needs for groups.`);
  const fromEnvironment = env[ROLES_VARIABLE]?.trim();
  const roles = fromEnvironment
    ? readRoleRules({ text: fromEnvironment, where: ROLES_VARIABLE })
    : roleRulesOf(file.oidc?.roles, `${whole}${file.oidc === undefined ? "" : ".roles"}`);
  mistakes.push(...roles.mistakes);
  if (mistakes.length > 0 || issuer === null || clientId === null) return { oidc: null, mistakes };

  return {
    mistakes: [],
    oidc: {
      issuer: issuer.text,
      clientId: clientId.text,
      clientSecret: secret.value,
      scopes: scopes?.text.split(/\s+/).join(" ") ?? "openid profile email",
      nameClaim: given("nameClaim")?.text ?? null,
      groupsClaim: given("groupsClaim")?.text ?? "groups",
      label: given("label")?.text ?? "Sign in with OpenID Connect",
      roles: roles.rules,
      signOutAtProvider: file.oidc?.signOutAtProvider ?? false,
    },
  };
}

function issuerMistake({ text, where }: Given): string[] {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search + url.hash + url.username !== "")
    return [`${where}: is not the address of a provider; write for example https://id.example.net/realms/ops.`];
  if (text.includes("/.well-known/")) return [`${where}: leave /.well-known/… out; write the issuer alone.`];
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "http:" && !isLocal)
    return [`${where}: must be https, for whoever is on the way to the provider could sign in as anybody.`];
  return [];
}

/** Never in a mistake: only where it stands. */
function readSecret(
  secret: Given | null,
  file: Given | null,
  configPath: string,
  read: ReadFile,
): { value: string | null; mistakes: string[] } {
  if (secret !== null && file !== null)
    return { value: null, mistakes: [`${file.where}: there is also ${secret.where}; keep one of the two.`] };
  if (file === null) return { value: secret?.text ?? null, mistakes: [] };
  // A variable's path is the shell's; a key's is relative to the file that it stands in.
  const path = file.where === variables.clientSecretFile ? resolve(file.text) : resolve(dirname(configPath), file.text);
  try {
    const value = read(path).trim();
    if (value !== "") return { value, mistakes: [] };
    return { value: null, mistakes: [`${file.where}: ${path} is empty; put the client secret into it.`] };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return {
      value: null,
      mistakes: [`${file.where}: ${path} cannot be read (${code}). Check the path and its rights.`],
    };
  }
}
