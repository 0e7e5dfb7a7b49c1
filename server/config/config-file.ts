// The configuration file: JSON, every key known. `config schema` prints this shape.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { roles } from "#lib/auth/permissions.ts";
import { forwardedHeaders } from "#server/auth/forwarded.ts";
import { DURATION_PATTERN } from "./duration.ts";
import { nearest } from "./nearest.ts";

const roleRuleSchema = z.strictObject({
  /** as the provider or the proxy spells it; `*`: everybody whom it knows */
  group: z.string().min(1),
  role: z.enum(roles, `is not one of ${roles.map((role) => `"${role}"`).join(", ")}`),
  /** whose servers an operator may change: names, or patterns with `*`; left out: all */
  backends: z.array(z.string().min(1)).min(1).optional(),
});
export type RoleRuleFile = z.infer<typeof roleRuleSchema>;

export const configFileSchema = z.strictObject({
  loadBalancers: z
    .array(
      z.strictObject({
        name: z.string(),
        address: z.string(),
        /** address of its master CLI */
        master: z.string().optional(),
        /** for tls:// addresses: PEM files, relative to this file */
        tls: z
          .strictObject({
            /** whom to trust; default: the authorities this machine trusts */
            ca: z.string().optional(),
            /** the app's own certificate and key, where HAProxy's listener verifies clients */
            cert: z.string().optional(),
            key: z.string().optional(),
            /** the name in HAProxy's certificate, when it is not the host of the address */
            serverName: z.string().optional(),
          })
          .optional(),
      }),
    )
    .optional(),
  listen: z.string().optional(),
  data: z.string().optional(),
  database: z.string().optional(),
  pollMs: z.int().optional(),
  publicUrl: z.string().optional(),
  /** proxies in front, by address or network, whose headers about the client are believed */
  trustedProxies: z.array(z.string()).optional(),
  /** which headers they write: X-Forwarded-For, -Proto and -Host (the default), or Forwarded of RFC 7239 */
  forwardedHeaders: z.enum(forwardedHeaders, 'is not "x-forwarded" or "forwarded"').optional(),
  /** the app's own certificate: PEM files, relative to this file */
  tls: z.strictObject({ cert: z.string().optional(), key: z.string().optional() }).optional(),
  /** sign-in at an OpenID Connect provider */
  oidc: z
    .strictObject({
      issuer: z.string().optional(),
      clientId: z.string().optional(),
      /** or in a file of its own, or DRAINBOARD_OIDC_CLIENT_SECRET */
      clientSecret: z.string().optional(),
      clientSecretFile: z.string().optional(),
      /** separated by spaces (openid profile email) */
      scopes: z.string().optional(),
      /** how people are called here (preferred_username, email or name) */
      nameClaim: z.string().optional(),
      /** where the provider lists groups; `realm_access.roles` looks inside (groups) */
      groupsClaim: z.string().optional(),
      roles: z.array(roleRuleSchema).optional(),
      /** text of the button on the sign-in page */
      label: z.string().min(1).max(60).optional(),
      /** signing out here leads to the provider's sign-out page, too (false) */
      signOutAtProvider: z.boolean().optional(),
    })
    .optional(),
  /** a proxy in front that has signed people in and says in a header who it is */
  identityHeader: z
    .strictObject({
      /** addresses or networks of that proxy; from anywhere else the headers mean nothing */
      from: z.array(z.string()).min(1),
      /** name of the header, such as X-Remote-User */
      user: z.string(),
      /** header with the groups, separated by commas */
      groups: z.string().optional(),
      roles: z.array(roleRuleSchema),
    })
    .optional(),
  /** drain or maint set by a click and lost in a reload: ask what to do, set it again, or leave it lost */
  afterReload: z.enum(["ask", "re-apply", "leave"], 'is not one of "ask", "re-apply", "leave"').optional(),
  audit: z
    .strictObject({
      /** days after which rows are removed, a checkpoint staying in their place; left out: everything is kept */
      keepDays: z.int().min(1, "is not a number of days from 1").max(36_500, "is not a number of days up to 36500"),
    })
    .optional(),
  backends: z
    .record(
      z.string(),
      z.strictObject({
        /** servers that must keep taking new users */
        minimum: z.int().min(0).optional(),
        /** quiet window: 30s, 5m */
        quiet: z.string().regex(DURATION_PATTERN, "is not a duration: write 30s, 5m or 1h").optional(),
      }),
    )
    .optional(),
});
export type ConfigFile = z.infer<typeof configFileSchema>;

export type ReadFile = (path: string) => string;

export const readText: ReadFile = (path) => readFileSync(path, "utf8");

export function readConfigFile(path: string, read: ReadFile): { file: ConfigFile; mistakes: string[] } {
  const where = `configuration file "${path}"`;
  let text: string;
  try {
    text = read(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return {
      file: {},
      mistakes: [`${where}: cannot be read (${code}). Check the path after --config and its rights.`],
    };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const why = withoutText(error instanceof Error ? error.message : String(error));
    return { file: {}, mistakes: [`${where}: is not valid JSON (${why}). Check quotes, commas and brackets there.`] };
  }
  const parsed = configFileSchema.safeParse(json);
  if (parsed.success) return { file: parsed.data, mistakes: [] };
  return { file: {}, mistakes: parsed.error.issues.flatMap((issue) => sentences(issue, where)) };
}

/** Node repeats what stands around a mistake, and that may be a secret. */
function withoutText(why: string): string {
  return why.replace(/, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, "");
}

const keysAt: Record<string, string[]> = {
  "": Object.keys(configFileSchema.shape),
  loadBalancers: ["name", "address", "master", "tls"],
  audit: ["keepDays"],
  backends: ["minimum", "quiet"],
  tls: ["cert", "key", "ca", "serverName"],
  oidc: Object.keys(configFileSchema.shape.oidc.unwrap().shape),
  identityHeader: ["from", "user", "groups", "roles"],
  roles: Object.keys(roleRuleSchema.shape),
};

function sentences(issue: z.core.$ZodIssue, where: string): string[] {
  const path = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") {
    const what = path === "" ? "" : `"${path}" `;
    const says = issue.message.startsWith("is not") ? issue.message : `is wrong (${issue.message})`;
    return [`${where}: ${what}${says}.`];
  }
  const names = issue.path.filter((step) => typeof step === "string");
  const known = keysAt[names.at(-1) ?? ""] ?? keysAt[names[0] ?? ""] ?? [];
  return issue.keys.map((key) => {
    const full = path === "" ? key : `${path}.${key}`;
    const meant = nearest(key, known);
    return `${where}: "${full}" is not a key of it; ${meant === null ? `use ${known.join(", ")}` : `did you mean "${meant}"`}.`;
  });
}
