// What a persistence probe says. Pure: what was asked and what came back in, steps, notes and one verdict out. HAProxy's own
// count of sessions is the second witness: a cookie that an intermediary strips leaves no other trace.

import type { MergedAdminState } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { lossOf, type Place, parseSetCookie, type SetCookie } from "#lib/util/set-cookie.ts";
import type { CookieFate, ProbeCookie, ProbeRequest, ProbeStepKind } from "#lib/wire/persistence.ts";

/** One exchange, as it went over the wire. */
export interface Asked {
  step: ProbeStepKind;
  isCookieSent: boolean;
  /** whose cookie was sent; null: none was, or nobody's */
  holder: ServerId | null;
  durationMs: number;
  reply: {
    status: number;
    setCookies: readonly string[];
    location: string | null;
    cacheControl: string | null;
    /** it has Expires, ETag or Last-Modified */
    hasAge: boolean;
    /** of the header that names who answered */
    header: string | null;
  } | null;
  /** without a reply: why, one sentence */
  error: string | null;
}

export interface ProbeSubject {
  server: ServerId;
  backend: string;
  adminState: MergedAdminState;
  cookieName: string | null;
  /** every server of the backend, once for each load balancer that carries it */
  servers: readonly { id: ServerId; cookie: string; address: string }[];
  place: Place;
}

/** HAProxy's marks: `s1|last|first` with maxidle or maxlife, `s1~the application's` with prefix. */
const MARKS = /[|~]/;

/** Every Set-Cookie of that name, in order. */
export function cookiesNamed(lines: readonly string[], name: string | null): SetCookie[] {
  return lines.map(parseSetCookie).filter((one): one is SetCookie => one !== null && one.name === name);
}

/** Whose cookie it is, HAProxy's marks aside; null: nobody's, or that of several. */
export function holderOf(subject: ProbeSubject, cookieValue: string): ServerId | null {
  const owners = ownersOf(subject, cookieValue);
  return owners.length === 1 ? (owners[0] ?? null) : null;
}

function ownersOf({ servers }: ProbeSubject, cookieValue: string): ServerId[] {
  const value = cookieValue.split(MARKS, 1)[0] ?? "";
  return [...new Set(servers.filter((one) => one.cookie !== "" && one.cookie === value).map((one) => one.id))];
}

export function readRequest(subject: ProbeSubject, asked: Asked): ProbeRequest {
  const { step, isCookieSent, holder, durationMs, reply, error } = asked;
  const common = { step, isCookieSent, durationMs };
  if (reply === null)
    return {
      ...common,
      ...{ status: null, answeredBy: null, by: null, header: null, fate: null, setCookie: null, otherCookies: [] },
      ...{ redirectTo: null, isCacheable: false, error: error ?? "no answer" },
    };
  // Of several the last one counts, as in a browser.
  const last = cookiesNamed(reply.setCookies, subject.cookieName).at(-1);
  const setCookie = last === undefined ? null : cookieOf(subject, last);
  const named = serverOfHeader(subject, reply.header);
  const fate = fateOf(subject, { isCookieSent, holder, last, setCookie, named });
  const kept = fate === "kept" ? holder : null;
  const answeredBy = setCookie?.server ?? named ?? kept;
  const by = setCookie?.server != null ? "cookie" : named !== null ? "header" : "kept-cookie";
  return {
    ...common,
    status: reply.status,
    answeredBy,
    by: answeredBy === null ? null : by,
    header: reply.header,
    fate,
    setCookie,
    otherCookies: otherNames(reply.setCookies, subject.cookieName),
    redirectTo: isRedirect(reply.status) ? withoutQuery(reply.location) : null,
    isCacheable: isCacheable(reply),
    error: null,
  };
}

function cookieOf(subject: ProbeSubject, cookie: SetCookie): ProbeCookie {
  const { domain, path, isSecure, isHttpOnly, sameSite, maxAgeSec, expires, value } = cookie;
  return {
    ...{
      server: holderOf(subject, value),
      domain,
      path,
      isSecure,
      isHttpOnly,
      sameSite,
      maxAgeSec,
      expires,
    },
    hasDates: /^[^|~]*\|/.test(value),
    loss: lossOf(cookie, subject.place),
  };
}

interface Signs {
  isCookieSent: boolean;
  holder: ServerId | null;
  last: SetCookie | undefined;
  setCookie: ProbeCookie | null;
  /** by the header */
  named: ServerId | null;
}

function fateOf(subject: ProbeSubject, { isCookieSent, holder, last, setCookie, named }: Signs): CookieFate | null {
  if (subject.cookieName === null) return null;
  if (last === undefined || setCookie === null) {
    if (!isCookieSent) return "none";
    return named !== null && named !== holder ? "ignored" : "kept";
  }
  if (setCookie.loss === "deleted" || last.value === "") return "removed";
  const owners = ownersOf(subject, last.value);
  if (owners.length === 0) return "foreign";
  if (!isCookieSent) return "set";
  return holder !== null && owners.includes(holder) ? "renewed" : "replaced";
}

/** A server's own name, its id, cookie or address: whatever the header gives. */
function serverOfHeader(subject: ProbeSubject, header: string | null): ServerId | null {
  const said = header?.trim() ?? "";
  if (said === "") return null;
  const found = subject.servers.filter(
    ({ id, cookie, address }) =>
      said === id || said === id.slice(id.indexOf("/") + 1) || said === cookie || said === address,
  );
  const ids = new Set(found.map((one) => one.id));
  return ids.size === 1 ? (found[0]?.id ?? null) : null;
}

function otherNames(lines: readonly string[], own: string | null): string[] {
  const names = lines.map((line) => parseSetCookie(line)?.name).filter((name) => name !== undefined && name !== own);
  return [...new Set(names)].filter((name): name is string => name !== undefined).map((name) => name.slice(0, 100));
}

export function isRedirect(status: number | null): boolean {
  return status !== null && [301, 302, 303, 307, 308].includes(status);
}

/** As caches judge it: without an age or a validator they keep nothing, and HAProxy's nocache adds nothing. */
function isCacheable({ cacheControl, hasAge, status }: NonNullable<Asked["reply"]>): boolean {
  const control = cacheControl ?? "";
  if (/\b(?:private|no-store|no-cache)\b/i.test(control) || ![200, 203, 300, 301, 410].includes(status)) return false;
  return hasAge || /\b(?:public|max-age|s-maxage)\b/i.test(control);
}

/** A query may carry a token. */
function withoutQuery(location: string | null): string | null {
  return location === null ? null : location.replace(/[?#].*$/s, "").slice(0, 300);
}
