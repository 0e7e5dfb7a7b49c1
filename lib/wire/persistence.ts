// How a backend keeps users on their server, as far as HAProxy tells, and the probe that asks a frontend as a browser would.
import { z } from "zod";
import type { MergedAdminState } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { CookieLoss } from "#lib/util/set-cookie.ts";
import { PROBE_REQUESTS_MAX } from "./limits.ts";

/** `hash`: no persistence, but the balance algorithm picks the same server again; `hidden`: the sockets do not tell */
export const persistenceKinds = ["cookie", "stick-table", "cookie-and-stick-table", "hash", "none", "hidden"] as const;
export type PersistenceKind = (typeof persistenceKinds)[number];

export interface StickTable {
  name: string;
  /** what is its key: ip, string, integer, ... */
  type: string;
  size: number;
  used: number;
  /** a backend without servers: others may use it too */
  isShared: boolean;
  /** the entry that lasts longest, in seconds from now; null: not read, or none points to a server */
  longestLeftSec: number | null;
}

export interface LoadBalancerPersistence {
  lb: string;
  /** false: as last seen */
  isLive: boolean;
  mode: string;
  /** empty: the socket's level hides it */
  balance: string;
  /** null: none, or hidden */
  cookie: { name: string; values: { server: ServerId; value: string }[] } | null;
  /** those that keep servers; null: not known */
  stickTables: StickTable[] | null;
}

/** Answer of `GET /backends/{backend}/persistence`. */
export interface BackendPersistence {
  /** epoch ms */
  at: number;
  backend: string;
  kind: PersistenceKind;
  /** what it means for draining, one sentence */
  drain: string;
  /** how long users keep coming to a server that drains, one sentence */
  lasts: string;
  /** where the load balancers or the servers do not fit together, one sentence each */
  warnings: string[];
  /** what the sockets cannot tell, one sentence; null: nothing that matters */
  unseen: string | null;
  loadBalancers: LoadBalancerPersistence[];
  /** where the probe asks; null: an admin has not said it */
  probeUrl: string | null;
}

const HOST_MAX_CHARS = 255;
const PATH_MAX_CHARS = 500;

const hostAndPort = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?):(?:[1-9]\d{0,4})$/;

export const probeTls = ["none", "verify", "any-certificate"] as const;
export type ProbeTls = (typeof probeTls)[number];
export const probeMethods = ["GET", "POST"] as const;
export type ProbeMethod = (typeof probeMethods)[number];

/** Body of `PUT /settings/backends/{backend}/probe`. */
export const probeSettingSchema = z.strictObject({
  address: z
    .string("address: write host:port of a frontend, such as 10.0.0.10:443")
    .trim()
    .max(HOST_MAX_CHARS, `address: at most ${HOST_MAX_CHARS} characters`)
    .regex(hostAndPort, "address: write host:port of a frontend, such as 10.0.0.10:443 or [::1]:80")
    .refine((text) => Number(/\d+$/.exec(text)?.[0]) <= 65_535, "address: a port is at most 65535"),
  path: z
    .string("path: write it from its first /")
    .max(PATH_MAX_CHARS, `path: at most ${PATH_MAX_CHARS} characters`)
    .regex(/^\/[!-"$-~]*$/, "path: begin with /, without spaces, # or letters that have to be escaped")
    .default("/"),
  /** the site's name; null: the address */
  host: z
    .string("host: write the site's name, such as shop.example.com")
    .trim()
    .max(HOST_MAX_CHARS, `host: at most ${HOST_MAX_CHARS} characters`)
    .regex(
      /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::\d{1,5})?$/,
      "host: write the site's name, such as shop.example.com",
    )
    .nullable()
    .default(null),
  tls: z.enum(probeTls, "tls: write none, verify or any-certificate").default("none"),
  method: z.enum(probeMethods, "method: write GET, or POST for a cookie with postonly").default("GET"),
  /** response header that names who answered, such as x-served-by; null: none */
  header: z
    .string("header: write the name of a response header")
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9-]{1,100}$/, "header: write the name of a response header, such as x-served-by")
    .refine((name) => !["set-cookie", "www-authenticate"].includes(name), "header: this one may carry a secret")
    .nullable()
    .default(null),
});
export type ProbeSetting = z.infer<typeof probeSettingSchema>;
export type ProbeSettingInput = z.input<typeof probeSettingSchema>;

export interface ProbeGuess {
  setting: ProbeSetting;
  /** where it comes from, one sentence */
  why: string;
}

/** Answer of `GET /settings/backends/{backend}/probe` and of `PUT`. */
export interface ProbeSettingBody {
  backend: string;
  /** null: the probe is not set up */
  setting: ProbeSetting | null;
  /** only a guess: an admin looks at it and saves it, or something else; null: nothing to guess from */
  guess: ProbeGuess | null;
}

/** Body of `POST /servers/{backend}/{server}/probe`: where it asks is never in the request. */
export const probeBodySchema = z.strictObject({
  /** how often, without and with the cookie each */
  requests: z
    .int(`requests: write a whole number from 1 to ${PROBE_REQUESTS_MAX}`)
    .min(1, "requests: at least 1")
    .max(PROBE_REQUESTS_MAX, `requests: at most ${PROBE_REQUESTS_MAX}`)
    .default(3),
  reason: z.string().max(500).optional(),
});
export type ProbeBody = z.infer<typeof probeBodySchema>;

/** `without`: as somebody new; `return`: as that browser comes back; `with`: as a user of this server */
export const probeStepKinds = ["without", "return", "with"] as const;
export type ProbeStepKind = (typeof probeStepKinds)[number];

/**
 * `set`: a cookie came to who had none. To who sent one: `kept` none came back, `renewed` the same server's, `replaced`
 * another server's, `ignored` none came back, but another server answered, `removed` it was taken away, `foreign` a value
 * that no server has. `none`: none was sent, none came.
 */
export const cookieFates = ["set", "kept", "renewed", "replaced", "ignored", "removed", "foreign", "none"] as const;
export type CookieFate = (typeof cookieFates)[number];

export interface ProbeCookie {
  /** whose value it is; null: no server's, or several have it */
  server: ServerId | null;
  domain: string | null;
  path: string | null;
  isSecure: boolean;
  isHttpOnly: boolean;
  sameSite: string | null;
  maxAgeSec: number | null;
  expires: string | null;
  /** HAProxy's marks of maxidle and maxlife in the value */
  hasDates: boolean;
  /** why a browser would not send it back; null: it would */
  loss: CookieLoss | null;
}

export interface ProbeRequest {
  step: ProbeStepKind;
  isCookieSent: boolean;
  /** null: no answer */
  status: number | null;
  durationMs: number;
  answeredBy: ServerId | null;
  /** how that is known */
  by: "cookie" | "header" | "kept-cookie" | null;
  /** of the header that names who answered */
  header: string | null;
  /** null: no answer, or the backend has no cookie */
  fate: CookieFate | null;
  setCookie: ProbeCookie | null;
  /** names of other cookies that were set; their values are nobody's business */
  otherCookies: string[];
  /** never followed; without its query */
  redirectTo: string | null;
  /** a cache on the way may keep the answer, its Set-Cookie too */
  isCacheable: boolean;
  /** why no answer came, one sentence */
  error: string | null;
}

export interface ProbeStep {
  kind: ProbeStepKind;
  title: string;
  /** what came of it, one sentence */
  said: string;
  requests: ProbeRequest[];
  /** sessions that HAProxy counted meanwhile, other users included; null: not known */
  counted: { server: number; backend: number } | null;
}

export const probeVerdicts = [
  "keeps",
  "keeps-while-drained",
  "moves-in-maint",
  "persists-in-maint",
  "new-users-arrive",
  "not-kept",
  "split",
  "not-set",
  "lost-by-browsers",
  "wrong-place",
  "redirected",
  "no-cookie",
  "unreachable",
] as const;
export type ProbeVerdict = (typeof probeVerdicts)[number];

export interface ProbeNote {
  code:
    | "cacheable"
    | "cookie-loss"
    | "dates"
    | "foreign-value"
    | "errors"
    | "shared-value"
    | "set-twice"
    | "several-cookies"
    | "not-live";
  message: string;
}

/** Answer of `POST /servers/{backend}/{server}/probe`. */
export interface ProbeResult {
  requestId: string;
  /** epoch ms */
  at: number;
  server: ServerId;
  adminState: MergedAdminState;
  /** what was asked, and as which site */
  url: string;
  method: ProbeMethod;
  /** name of the cookie and this server's value; null: none is known */
  cookie: { name: string; value: string } | null;
  verdict: { code: ProbeVerdict; tone: "good" | "warn" | "bad"; text: string; next: string };
  notes: ProbeNote[];
  steps: ProbeStep[];
}
