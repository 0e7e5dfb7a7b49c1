// From the requests of a probe to one plain verdict: does this server keep its users, as its admin state says it should?
import { count, listOf, plural } from "#lib/util/format.ts";
import type { ProbeNote, ProbeRequest, ProbeResult, ProbeStep, ProbeStepKind } from "#lib/wire/persistence.ts";
import { isRedirect, type ProbeSubject } from "./probe.ts";

type Verdict = ProbeResult["verdict"];

/** What HAProxy counted during each step; null where it is not known. */
export type Counted = Partial<Record<ProbeStepKind, ProbeStep["counted"]>>;

export function judgeProbe(
  subject: ProbeSubject,
  requests: readonly ProbeRequest[],
  counted: Counted,
): { verdict: Verdict; notes: ProbeNote[]; steps: ProbeStep[] } {
  const steps = stepsOf(subject, requests, counted);
  return { verdict: verdictOf(subject, requests, counted), notes: notesOf(subject, requests), steps };
}

function verdictOf(subject: ProbeSubject, requests: readonly ProbeRequest[], counted: Counted): Verdict {
  const answered = requests.filter((one) => one.status !== null);
  if (answered.length === 0)
    return bad("unreachable", requests[0]?.error ?? "Nobody answered.", "Look at the probe's address in the settings.");
  return elsewhere(subject, answered, counted) ?? byCookie(subject, answered, counted);
}

/** The requests never came to this backend. */
function elsewhere(
  { backend, cookieName }: ProbeSubject,
  answered: readonly ProbeRequest[],
  counted: Counted,
): Verdict | null {
  const known = Object.values(counted).filter((one) => one !== null);
  const seen = known.reduce((sum, one) => sum + one.backend, 0);
  const isCounted = known.length > 0 && known.length === Object.values(counted).length;
  const isAnswered = answered.some((one) => one.answeredBy !== null && one.by !== "kept-cookie");
  const redirect = answered.find((one) => isRedirect(one.status))?.redirectTo;
  if (isAnswered || (isCounted && seen > 0)) return null;
  if (redirect != null && (isCounted || answered.every((one) => isRedirect(one.status))) && cookieName !== null)
    return warn(
      "redirected",
      `Every answer leads on to ${redirect}, before a server of ${backend} was asked.`,
      "Set the probe to the address and path that it leads to; the probe itself follows nothing.",
    );
  if (!isCounted) return null;
  return bad(
    "wrong-place",
    `HAProxy counted none of ${plural(answered.length, "request")} in ${backend}: the probe asks somewhere else.`,
    "Look at its address, Host header and path: another frontend or rule answered them.",
  );
}

function byCookie(subject: ProbeSubject, answered: readonly ProbeRequest[], counted: Counted): Verdict {
  const { server, adminState, cookieName } = subject;
  const without = answered.filter((one) => one.step === "without");
  const held = answered.filter((one) => one.step === "with");
  if (cookieName === null || held.length === 0) return noCookie(subject, answered);
  const staying = held.filter((one) => one.fate === "kept" || one.fate === "renewed");
  const moved = held.length - staying.length;
  const cookie = `cookie ${cookieName}`;
  const arrived = counted.with?.server ?? null;
  // No new cookie, and yet HAProxy saw fewer at this server: on the way back the cookie was taken out as well.
  const isBelied = staying.length > 0 && arrived !== null && arrived < staying.length;
  const isKept = moved === 0 && !isBelied;

  if (adminState === "maint") {
    if (isKept && isSetForNew(without))
      return bad(
        "persists-in-maint",
        `${server} is in maint, and users with its ${cookie} still reach it.`,
        "option persist or force-persist in haproxy.cfg sends them; only a changed configuration stops it.",
      );
    if (moved === held.length)
      return good(
        "moves-in-maint",
        `Maint works: users with the ${cookie} of ${server} are answered by ${answerers(held)} and get a new cookie.`,
      );
  }
  // A cookie that arrives is not set anew; where each answer sets one, none arrived and those that "stayed" met it by chance.
  const isByChance = staying.every((one) => one.fate === "renewed");
  if (moved > 0 && staying.length > 0 && !isBelied && !isByChance)
    return bad(
      "split",
      `${count(staying.length)} of ${plural(held.length, "request")} with the ${cookie} of ${server} stayed, ${count(moved)} went to ${answerers(held.filter((one) => !staying.includes(one)))}.`,
      "The load balancers behind this address differ: compare cookie names, values and admin states on each.",
    );
  if (!isKept)
    return bad(
      "not-kept",
      isBelied
        ? `HAProxy counted ${count(arrived ?? 0)} of ${plural(held.length, "request")} with the ${cookie} at ${server}, and no answer set another: something on the way takes the cookie out in both directions.`
        : `Users with the ${cookie} of ${server} are sent to ${answerers(held)}: the cookie does not keep them.`,
      isBelied
        ? "Ask HAProxy itself, past the proxy, firewall or CDN in front of it, and compare."
        : "Something on the way takes the cookie out of requests, the server is down, or ignore-persist matches. Ask HAProxy itself, past what stands in front of it, and compare.",
    );
  const loss = answered.map((one) => one.setCookie?.loss).find((one) => one != null && one !== "deleted");
  if (loss != null)
    return bad(
      "lost-by-browsers",
      `Requests with the ${cookie} of ${server} stay, but browsers do not send it back: ${lossWords[loss]}.`,
      "Correct the attributes on the cookie line of haproxy.cfg, or what rewrites them on the way; or set the probe to the site's real name, path and TLS.",
    );
  const strangers = without.filter((one) => one.answeredBy === server).length;
  if (adminState === "drain" && strangers > 0)
    return bad(
      "new-users-arrive",
      `${server} drains, and still answered ${count(strangers)} of ${plural(without.length, "request")} without a cookie.`,
      "Another load balancer behind this address has it ready, or a stick table or use-server rule leads to it.",
    );
  if (!isSetForNew(without))
    return warn(
      "not-set",
      `${server} keeps who sends its ${cookie}, but nobody was given one.`,
      "postonly sets it on answers to POST only; with rewrite, prefix or preserve the application sets it; else something on the way strips Set-Cookie.",
    );
  if (adminState === "drain")
    return good(
      "keeps-while-drained",
      `Drain works: nobody new reached ${server}, and users with its ${cookie} still do, until they leave.`,
    );
  return good("keeps", `${server} keeps its users: ${allOf(held.length)} with its ${cookie} stayed.`);
}

function noCookie({ server, backend, cookieName }: ProbeSubject, answered: readonly ProbeRequest[]): Verdict {
  const by = [...new Set(answered.flatMap((one) => one.answeredBy ?? one.header ?? []))];
  const who = by.length === 0 ? "Who answered cannot be told" : `${listOf(by)} answered`;
  return warn(
    "no-cookie",
    cookieName === null
      ? `${backend} has no cookie that the socket shows, so none could be tried. ${who}.`
      : `${server} has no value of cookie ${cookieName}, so users are not kept on it. ${who}.`,
    by.length === 0
      ? "Name a response header that says which server answered, in the probe's settings."
      : "What a stick table or the balance algorithm does shows in who answered.",
  );
}

function isSetForNew(without: readonly ProbeRequest[]): boolean {
  return without.some((one) => one.fate === "set");
}

function answerers(requests: readonly ProbeRequest[]): string {
  const by = [...new Set(requests.flatMap((one) => one.answeredBy ?? []))];
  return by.length === 0 ? "servers that cannot be told" : listOf(by);
}

function allOf(n: number): string {
  return n === 1 ? "the request" : `all ${count(n)} requests`;
}

const lossWords = {
  domain: "its domain is not that of the site",
  path: "its path is not that of the page",
  secure: "it is Secure, and the page is plain http",
  "same-site": "SameSite=None without Secure is refused",
} as const;

function notesOf(subject: ProbeSubject, requests: readonly ProbeRequest[]): ProbeNote[] {
  const cookies = requests.flatMap((one) => (one.setCookie === null ? [] : [{ ...one.setCookie, of: one }]));
  const notes: ProbeNote[] = [];
  const loss = cookies.find((one) => one.loss !== null && one.loss !== "deleted")?.loss;
  if (loss != null && loss !== "deleted")
    notes.push({ code: "cookie-loss", message: `A browser would not send the cookie back: ${lossWords[loss]}.` });
  if (cookies.some((one) => one.of.fate === "set" && one.of.isCacheable))
    notes.push({
      code: "cacheable",
      message:
        "The answer that sets the cookie may be cached: a cache on the way could hand it to other users. nocache on the cookie line prevents that.",
    });
  if (cookies.some((one) => one.hasDates))
    notes.push({
      code: "dates",
      message: "The cookie carries dates: maxidle or maxlife bounds how long a user holds it.",
    });
  if (requests.some((one) => one.fate === "foreign"))
    notes.push({
      code: "foreign-value",
      message: `${subject.cookieName} was set to a value that no server of ${subject.backend} has: the application (preserve, rewrite) or another load balancer sets it.`,
    });
  const failed = requests.filter((one) => one.status !== null && one.status >= 500);
  if (failed.length > 0)
    notes.push({
      code: "errors",
      message: `${plural(failed.length, "request")} ended with ${listOf([...new Set(failed.map((one) => String(one.status)))])}.`,
    });
  const unanswered = requests.filter((one) => one.status === null);
  if (unanswered.length > 0 && unanswered.length < requests.length)
    notes.push({
      code: "errors",
      message: `${plural(unanswered.length, "request")} got no answer: ${unanswered[0]?.error}`,
    });
  const own = subject.servers.find((one) => one.id === subject.server)?.cookie ?? "";
  const twins = [...new Set(subject.servers.filter((one) => one.cookie === own && own !== "").map((one) => one.id))];
  if (twins.length > 1)
    notes.push({
      code: "shared-value",
      message: `${listOf(twins)} have the same cookie value: which of them answered cannot be told by it.`,
    });
  return notes;
}

const titles: Record<ProbeStepKind, string> = {
  without: "As somebody new, without a cookie",
  return: "The same browser comes back",
  with: "As a user of this server, with its cookie",
};

function stepsOf(subject: ProbeSubject, requests: readonly ProbeRequest[], counted: Counted): ProbeStep[] {
  return (Object.keys(titles) as ProbeStepKind[]).flatMap((kind) => {
    const own = requests.filter((one) => one.step === kind);
    if (own.length === 0) return [];
    return [
      { kind, title: titles[kind], said: saidOf(subject, kind, own), requests: own, counted: counted[kind] ?? null },
    ];
  });
}

function saidOf({ cookieName }: ProbeSubject, kind: ProbeStepKind, requests: readonly ProbeRequest[]): string {
  const answered = requests.filter((one) => one.status !== null);
  if (answered.length === 0) return requests[0]?.error ?? "Nobody answered.";
  const tally = new Map<string, number>();
  for (const { answeredBy, header } of answered) {
    const who = answeredBy ?? header ?? "somebody who cannot be told";
    tally.set(who, (tally.get(who) ?? 0) + 1);
  }
  const who = listOf([...tally].map(([name, n]) => (answered.length === 1 ? name : `${name} (${count(n)})`)));
  if (cookieName === null) return `Answered by ${who}.`;
  const fates = [...new Set(answered.map((one) => one.fate))];
  const words = fates.map((fate) => (fate === null ? "" : fateWords[fate])).filter((text) => text !== "");
  // Who sets no cookie for somebody new is told by the cookie alone.
  return `Answered by ${who}; ${kind === "without" ? "" : "the cookie was "}${listOf(kind === "without" ? words : fates.map((fate) => shortFates[fate ?? "none"]))}.`;
}

const fateWords = {
  set: "the cookie was set",
  none: "no cookie was set",
  removed: "the cookie was taken away",
  foreign: "the cookie was set to a value of no server",
  kept: "the cookie was kept",
  renewed: "the cookie was set again",
  replaced: "the cookie was replaced",
  ignored: "the cookie was ignored",
} as const;

const shortFates = {
  ...{ set: "set", none: "not sent", removed: "taken away", foreign: "set to a value of no server" },
  ...{ kept: "kept", renewed: "kept and set again", replaced: "replaced", ignored: "ignored" },
} as const;

function good(code: Verdict["code"], text: string): Verdict {
  return { code, tone: "good", text, next: "" };
}

function warn(code: Verdict["code"], text: string, next: string): Verdict {
  return { code, tone: "warn", text, next };
}

function bad(code: Verdict["code"], text: string, next: string): Verdict {
  return { code, tone: "bad", text, next };
}
