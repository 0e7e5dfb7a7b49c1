// What a probe found, in the words of its table.
import { count, plural } from "#lib/util/format.ts";
import type { CookieFate, ProbeCookie, ProbeRequest, ProbeStep, StickTable } from "#lib/wire/persistence.ts";

const fateWords: Record<CookieFate, string> = {
  set: "set",
  kept: "kept",
  renewed: "kept, set again",
  replaced: "replaced",
  ignored: "ignored",
  removed: "taken away",
  foreign: "a value of no server",
  none: "none",
};

export interface RequestWords {
  status: string;
  who: string;
  cookie: string;
  /** of the Set-Cookie line, and where a redirect leads */
  details: string;
}

export function requestWords({
  status,
  answeredBy,
  header,
  fate,
  setCookie,
  redirectTo,
  error,
}: ProbeRequest): RequestWords {
  return {
    status: status === null ? "no answer" : String(status),
    who: answeredBy ?? header ?? "not known",
    cookie: fate === null ? "" : fateWords[fate],
    details: [
      error ?? "",
      setCookie === null ? "" : attributes(setCookie),
      redirectTo === null ? "" : `leads to ${redirectTo}, not followed`,
    ]
      .filter(Boolean)
      .join("; "),
  };
}

function attributes({ domain, path, isSecure, isHttpOnly, sameSite, maxAgeSec, expires }: ProbeCookie): string {
  return [
    path === null ? "" : `Path=${path}`,
    domain === null ? "" : `Domain=${domain}`,
    isSecure ? "Secure" : "",
    isHttpOnly ? "HttpOnly" : "",
    sameSite === null ? "" : `SameSite=${sameSite}`,
    maxAgeSec === null ? "" : `Max-Age=${maxAgeSec}`,
    expires === null ? "" : `Expires=${expires}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** "HAProxy counted 3 sessions at SRV1 and 3 in APP1 meanwhile, other users included." */
export function countedWords({ counted }: ProbeStep, server: string, backend: string): string {
  if (counted === null) return "What HAProxy counted meanwhile is not known.";
  return `HAProxy counted ${plural(counted.server, "session")} at ${server} and ${count(counted.backend)} in ${backend} meanwhile, other users included.`;
}

export function tableWords({ name, type, size, used, isShared }: StickTable): string {
  return `${name} (${type}), ${count(used)} of ${count(size)} entries used${isShared ? ", of no backend with servers" : ""}`;
}
