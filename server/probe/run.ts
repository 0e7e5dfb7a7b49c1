// The requests of one probe, one after the other: as somebody new, as that browser when it comes back, as a user of the
// server. In between HAProxy is asked what it counted.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { BackendView, FleetView } from "#lib/fleet/merge.ts";
import { type Asked, cookiesNamed, holderOf, type ProbeSubject, readRequest } from "#lib/maintenance/probe.ts";
import { type Counted, judgeProbe } from "#lib/maintenance/probe-verdict.ts";
import { lossOf, parseSetCookie } from "#lib/util/set-cookie.ts";
import type { ProbeResult, ProbeSetting, ProbeStepKind } from "#lib/wire/persistence.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import { type Answer, askOnce, siteOf, urlOf } from "./ask.ts";

/** All of it: a person waits for it, and REST's answer is due. */
export const PROBE_MS = 40_000;
/** What the application is given as its own part of a cookie with `prefix`. */
const PREFIX_VALUE = "drainboard-probe";

export interface ProbeRun {
  fleet: Fleet;
  server: string;
  backend: string;
  setting: ProbeSetting;
  requests: number;
  now: () => number;
  signal: AbortSignal;
}

export async function runProbe(run: ProbeRun): Promise<Omit<ProbeResult, "requestId" | "at">> {
  const { setting, fleet } = run;
  const subject = subjectOf(run);
  const own = cookieOf(fleet.view(), run);
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(PROBE_MS)]);
  const asked: Asked[] = [];
  const counted: Counted = {};
  let isSilent = false;

  async function step(kind: ProbeStepKind, times: number, cookies: readonly string[], holder: string | null) {
    const before = await countNow(run);
    const answers: Answer[] = [];
    for (let i = 0; i < times && !isSilent; i++) {
      const answer = await askOnce({ setting, cookies, signal, nowMs: run.now });
      const isCookieSent = cookies.some((pair) => pair.startsWith(`${own?.name}=`));
      asked.push({ step: kind, isCookieSent, holder, ...answer });
      answers.push(answer);
      // Nobody there: more of the same tells nothing.
      isSilent = answer.reply === null && answers.every((one) => one.reply === null);
    }
    counted[kind] = difference(before, await countNow(run), run.server);
    return answers;
  }

  const first = await step("without", run.requests, [], null);
  if (own !== null && !isSilent) {
    const lines = first.findLast((one) => one.reply !== null)?.reply?.setCookies ?? [];
    const held = cookiesNamed(lines, own.name).at(-1);
    if (held !== undefined) await step("return", 1, jarOf(lines, subject), holderOf(subject, held.value));
    if (own.value !== "") {
      const isPrefix = held?.value.includes("~") === true;
      await step("with", run.requests, [`${own.name}=${own.value}${isPrefix ? `~${PREFIX_VALUE}` : ""}`], run.server);
    }
  }
  const requests = asked.map((one) => readRequest(subject, one));
  return {
    ...{ server: run.server, adminState: subject.adminState, url: urlOf(setting), method: setting.method },
    cookie: own === null || own.value === "" ? null : own,
    ...judgeProbe(subject, requests, counted),
  };
}

/** As a browser keeps and returns them. */
function jarOf(lines: readonly string[], { place }: ProbeSubject): string[] {
  const jar = new Map<string, string>();
  for (const line of lines) {
    const cookie = parseSetCookie(line);
    if (cookie === null) continue;
    if (lossOf(cookie, place) === null) jar.set(cookie.name, cookie.value);
    else jar.delete(cookie.name);
  }
  return [...jar].map(([name, value]) => `${name}=${value}`);
}

function backendOf(view: FleetView, backend: string): BackendView | undefined {
  return view.backends.find((one) => one.backend === backend);
}

function subjectOf({ fleet, server, backend, setting }: ProbeRun): ProbeSubject {
  const view = fleet.view();
  const all = backendOf(view, backend);
  const servers = (all?.servers ?? []).flatMap((one) =>
    one.cells.map(({ row }) => ({ id: one.id, cookie: row.cookie, address: row.address })),
  );
  return {
    ...{ server, backend, servers },
    adminState: view.servers.get(server)?.adminState ?? "ready",
    cookieName: all === undefined || all.cookie === "" ? null : all.cookie,
    place: {
      host: siteOf(setting)
        .replace(/:\d+$/, "")
        .replace(/^\[|\]$/g, ""),
      path: setting.path,
      isTls: setting.tls !== "none",
    },
  };
}

/** Of a load balancer that answers now, where one does. */
function cookieOf(view: FleetView, { server, backend }: ProbeRun): { name: string; value: string } | null {
  const name = backendOf(view, backend)?.cookie ?? "";
  const cells = view.servers.get(server)?.cells ?? [];
  const cell = cells.find((one) => countsAsLive(one.link)) ?? cells[0];
  return name === "" || cell === undefined ? null : { name, value: cell.row.cookie };
}

/** Sessions ever assigned to each server of the backend, summed over the load balancers; null: one does not answer. */
async function countNow({ fleet, backend }: ProbeRun): Promise<ReadonlyMap<string, number> | null> {
  const names = fleet
    .view()
    .loadBalancers.filter(({ view }) => view.backends.some((row) => row.backend === backend))
    .map(({ name }) => name);
  await fleet.pollNow(names);
  const sums = new Map<string, number>();
  for (const name of names) {
    const poller = fleet.poller(name);
    if (poller === undefined || poller.view.head.error !== null) return null;
    for (const { id } of poller.view.servers.filter((row) => row.backend === backend)) {
      const stot = poller.model.stot(id);
      if (stot === null) return null;
      sums.set(`${name} ${id}`, stot);
    }
  }
  return sums;
}

function difference(
  before: ReadonlyMap<string, number> | null,
  after: ReadonlyMap<string, number> | null,
  server: string,
): { server: number; backend: number } | null {
  if (before === null || after === null) return null;
  let own = 0;
  let all = 0;
  for (const [key, total] of after) {
    const more = total - (before.get(key) ?? Number.NaN);
    // A reload or cleared counters in between: nothing is known.
    if (Number.isNaN(more) || more < 0) return null;
    all += more;
    if (key.endsWith(` ${server}`)) own += more;
  }
  return { server: own, backend: all };
}
