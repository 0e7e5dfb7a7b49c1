// The persistence probe as a verb: permission, limit, audit. It changes nothing at HAProxy; still it sends requests to a site.
import { splitServerId } from "#lib/haproxy/names.ts";
import type { ProbeBody, ProbeResult } from "#lib/wire/persistence.ts";
import { urlOf } from "#server/probe/ask.ts";
import { runProbe } from "#server/probe/run.ts";
import type { ProbeSettings } from "#server/probe/settings.ts";
import { runRequest } from "./audited.ts";
import { ProblemError } from "./problem-error.ts";
import type { Call, OpsContext } from "./verb.ts";

const MINUTE_MS = 60_000;
/** Of one backend: enough to try, look and try again, far below what a site notices. */
const PROBES_A_MINUTE = 6;

export type Probe = (call: Call, server: string, body: ProbeBody, signal: AbortSignal) => Promise<ProbeResult>;

export function createProbe(context: OpsContext, settings: ProbeSettings): Probe {
  const begunAtMs = new Map<string, number[]>();
  const running = new Set<string>();

  /** Before the audit: who asks too often must not fill it. */
  function refuseTooMany(backend: string): void {
    if (running.has(backend))
      throw new ProblemError("too-many-requests", `A probe of ${backend} is under way; wait for its answer.`, {
        retryAfterSec: 5,
      });
    const nowMs = context.now();
    const recent = (begunAtMs.get(backend) ?? []).filter((atMs) => atMs > nowMs - MINUTE_MS && atMs <= nowMs);
    begunAtMs.set(backend, recent);
    const [oldest] = recent;
    if (oldest === undefined || recent.length < PROBES_A_MINUTE) return;
    const retryAfterSec = Math.max(1, Math.ceil((oldest + MINUTE_MS - nowMs) / 1_000));
    throw new ProblemError(
      "too-many-requests",
      `${backend} was probed ${PROBES_A_MINUTE} times within a minute. Try again in ${retryAfterSec} s.`,
      { retryAfterSec },
      { "retry-after": String(retryAfterSec) },
    );
  }

  return async (call, server, body, signal) => {
    const backend = splitServerId(server)?.backend ?? "";
    if (!context.fleet.view().servers.has(server))
      throw new ProblemError(
        "unknown-name",
        `No load balancer has a server ${JSON.stringify(server)}. GET /api/v1/fleet lists them.`,
      );
    refuseTooMany(backend);
    const found = () => {
      const setting = settings.of(backend);
      if (setting !== null) return setting;
      throw new ProblemError(
        "conflict",
        `Nobody has said where the probe of ${backend} asks. An admin sets it: PUT /api/v1/settings/backends/${backend}/probe, or Settings, Backends.`,
      );
    };
    return runRequest(context, call, {
      ...{ action: "server:probe", permission: "server:probe", backends: [backend], target: server },
      reason: body.reason ?? null,
      check: () => ({ url: urlOf(found()), requests: body.requests }),
      act: async () => {
        refuseTooMany(backend);
        const setting = found();
        running.add(backend);
        begunAtMs.get(backend)?.push(context.now());
        try {
          const { fleet, now } = context;
          const run = { fleet, server, backend, setting, requests: body.requests, now, signal };
          return { requestId: call.requestId, at: now(), ...(await runProbe(run)) };
        } finally {
          running.delete(backend);
        }
      },
      after: ({ verdict, url }) => ({ after: verdict.code, detail: { url, said: verdict.text } }),
    });
  };
}
