// What an admin sets in the browser or over REST: load balancers, a minimum and quiet window per backend, what happens
// after a reload. What the command line or the configuration file says wins, is shown as such and cannot be edited here.
import { z } from "zod";
import type { Link } from "#lib/fleet/view.ts";
import type { CliLevel } from "#lib/haproxy/cli-level.ts";
import { isLoadBalancerName } from "#lib/haproxy/lb-name.ts";
import { durationSchema, QUIET_MAX_MS, QUIET_MIN_MS } from "./maintenance.ts";

/** Where a load balancer is named. `found`: a socket in one of the usual places, looked for when none was given. */
export const lbSources = ["command line", "environment", "config file", "found", "settings"] as const;
export type LbSource = (typeof lbSources)[number];

const ADDRESS_MAX_CHARS = 600;
const PATH_MAX_CHARS = 1_000;
const BACKEND_MINIMUM_MAX = 10_000;

const addressText = z
  .string(`write /path/to/admin.sock, tcp://host:port or tls://host:port`)
  .trim()
  .min(1, `write /path/to/admin.sock, tcp://host:port or tls://host:port`)
  .max(ADDRESS_MAX_CHARS, `at most ${ADDRESS_MAX_CHARS} characters`);

const filePath = z
  .string(`write the path of a PEM file on the machine that runs Drainboard`)
  .trim()
  .max(PATH_MAX_CHARS, `at most ${PATH_MAX_CHARS} characters`)
  .refine((path) => path.startsWith("/"), `write the whole path of the file, beginning with /`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a message or a file name
  .refine((path) => !/[\u0000-\u001f\u007f]/.test(path), `the path has a control character`);

const tlsSchema = z
  .strictObject({
    /** whom to trust; left out: the authorities this machine trusts */
    ca: filePath.optional(),
    /** the app's own certificate and key, where HAProxy's listener verifies clients */
    cert: filePath.optional(),
    key: filePath.optional(),
    /** the name in HAProxy's certificate, when it is not the host of the address */
    serverName: z
      .string("write the name that stands in the certificate")
      .trim()
      .regex(/^[A-Za-z0-9_.-]{1,253}$/, "write the name that stands in the certificate, such as lb1.example.net")
      .optional(),
  })
  .refine(
    ({ cert, key }) => (cert === undefined) === (key === undefined),
    "cert and key belong together; give both or neither",
  );

/** Paths only: what stands in the files is read by the app and never shown. */
export type TlsPaths = z.infer<typeof tlsSchema>;

/** Body of `PUT /settings/load-balancers/{name}`. The name stays: records and the audit know it. */
export const loadBalancerSchema = z.strictObject({
  address: addressText,
  /** address of its master CLI */
  master: addressText.nullable().optional(),
  tls: tlsSchema.nullable().optional(),
});
export type LoadBalancerInput = z.infer<typeof loadBalancerSchema>;

/** Body of `POST /settings/load-balancers`. */
export const newLoadBalancerSchema = loadBalancerSchema.extend({
  name: z
    .string("write what you call it, such as lb1")
    .trim()
    .refine(isLoadBalancerName, "use letters, digits, - _ and . (at most 63, a letter or digit first)"),
});
export type NewLoadBalancerInput = z.infer<typeof newLoadBalancerSchema>;

/** Body of `POST /settings/load-balancers/test`. `name`: the one that is changed, so that it is not its own double. */
export const addressTestSchema = loadBalancerSchema.extend({ name: z.string().max(63).optional() });
export type AddressTestInput = z.infer<typeof addressTestSchema>;

export interface LoadBalancerSetting {
  name: string;
  address: string;
  master: string | null;
  /** null: none; those of the configuration file are not repeated here */
  tls: TlsPaths | null;
  source: LbSource;
  isEditable: boolean;
  link: Link;
  version: string | null;
  level: CliLevel | null;
  /** that the way to it is neither encrypted nor on this machine, and what to do; null: it is */
  warning: string | null;
  /** why nothing is observed now; null: it is */
  error: string | null;
  /** stored, but not used now: one sentence why (its name or socket is given on the command line, say) */
  unusedWhy: string | null;
}

export const addressFindingCodes = [
  "not-found",
  "not-a-socket",
  "permission",
  "refused",
  "unresolved",
  "connect-timeout",
  "reply-timeout",
  "cut",
  "expects-tls",
  "speaks-no-tls",
  "certificate-untrusted",
  "certificate-name",
  "certificate-expired",
  "client-certificate",
  "tls",
  "tls-files",
  "master-cli",
  "stats-socket",
  "http",
  "not-haproxy",
  "stopping",
  "too-old",
  "read-only",
  "several-processes",
  "same-process",
  "duplicate",
  "plaintext",
  "unreadable",
] as const;
export type AddressFindingCode = (typeof addressFindingCodes)[number];

export interface AddressFinding {
  code: AddressFindingCode;
  /** `error`: nothing can be shown or changed this way; `warning`: it works, but read this */
  severity: "error" | "warning";
  of: "address" | "master";
  /** what was found, one sentence */
  message: string;
  /** what to do about it, one sentence with the exact line where there is one */
  fix: string;
}

/** Answer of `POST /settings/load-balancers/test`. Nothing is stored and nothing is changed by it. */
export interface AddressTest {
  /** no finding is an error */
  ok: boolean;
  version: string | null;
  level: CliLevel | null;
  pid: number | null;
  backends: number | null;
  servers: number | null;
  /** how long it runs, seconds */
  uptimeSec: number | null;
  /** of each backend, as `show stat` tells it; null: not read. Empty cookie and balance: none, or level user */
  persistence: { backend: string; cookie: string; balance: string }[] | null;
  findings: AddressFinding[];
}

/** Body of `PUT /settings/backends/{backend}`. null: not set here, so that the default counts again. */
export const backendSettingSchema = z
  .strictObject({
    minimum: z
      .int("write a whole number of servers, or null for the default")
      .min(0, "at least 0 servers")
      .max(BACKEND_MINIMUM_MAX, `at most ${BACKEND_MINIMUM_MAX} servers`)
      .nullable()
      .optional(),
    quiet: durationSchema("quiet", QUIET_MIN_MS, QUIET_MAX_MS, "from 1s to 24h").nullable().optional(),
  })
  .refine(({ minimum, quiet }) => minimum !== undefined || quiet !== undefined, "name minimum or quiet, or both");

/** Before parsing: durations are texts such as "30s". */
export interface BackendSettingInput {
  minimum?: number | null;
  quiet?: string | null;
}

export type SettingSource = "config file" | "settings" | "default";

export interface BackendSetting {
  backend: string;
  /** what counts now; of the default it is half of the servers */
  minimum: { value: number; source: SettingSource; isEditable: boolean };
  /** what the next maintenance begins with, as text such as "30s", and why */
  quiet: { value: string; source: SettingSource; isEditable: boolean; why: string };
  /** false: settings of a backend that no load balancer has now */
  isKnown: boolean;
}

export const afterReloadChoices = ["ask", "re-apply", "leave"] as const;
export type AfterReload = (typeof afterReloadChoices)[number];

/** Body of `PUT /settings/after-reload`. null: the default, ask. */
export const afterReloadSchema = z.strictObject({
  afterReload: z.enum(afterReloadChoices, `write one of ${afterReloadChoices.join(", ")}, or null`).nullable(),
});

export interface AfterReloadSetting {
  value: AfterReload;
  source: SettingSource;
  isEditable: boolean;
}

/** Answer of `GET /settings/backends`. */
export interface BackendSettings {
  afterReload: AfterReloadSetting;
  backends: BackendSetting[];
}
