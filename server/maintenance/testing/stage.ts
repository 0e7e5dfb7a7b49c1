// Two real HAProxies in front of the same origins, as in the demo, and people with a session in one origin only: whoever
// is sent to another one has lost it.
import { onTestFinished } from "vitest";
import { APP_PORT, appConfig } from "#lab/configs.ts";
import { type LabHaproxy, type LabOptions, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { type Origin, startOrigin, visit } from "#lab/origins.ts";
import type { Phase } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { ADMIN_TOKEN, startTestApp, type TestApp, type TestAppOptions } from "#server/testing.ts";

export const SRV1 = "APP1/SRV1";

export interface Stage {
  lbs: readonly [LabHaproxy, LabHaproxy];
  origins: readonly Origin[];
  addresses: Record<string, string>;
  masters: Record<string, string>;
}

export interface StageOptions extends Partial<LabOptions> {
  servers?: number;
  /** on each server's line, in place of a fast check */
  serverOptions?: string;
}

export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const { servers = 3, serverOptions, ...lab } = options;
  const origins = await Promise.all(Array.from({ length: servers }, (_, i) => startOrigin(`origin${i + 1}`)));
  const start = () =>
    startHaproxy({
      ports: [APP_PORT],
      // Origins and test share a thread: a check that waits for it is not a dead server.
      defaults: ["timeout check 5s"],
      config: (context) => appConfig(context, origins, serverOptions),
      ...lab,
    });
  const lbs = await Promise.all([start(), start()] as const);
  onTestFinished(async () => {
    await Promise.all(lbs.map((one) => one.dispose()));
    await Promise.all(origins.map((origin) => origin.stop()));
  });
  const masters: Record<string, string> = {};
  lbs.forEach((one, i) => {
    if (one.masterSocket !== null) masters[`lb${i + 1}`] = one.masterSocket;
  });
  return { lbs, origins, addresses: { lb1: lbs[0].adminSocket, lb2: lbs[1].adminSocket }, masters };
}

/** Before a maintenance may start every server must have passed its first check. */
export async function startApp(stage: Stage, options: TestAppOptions = {}): Promise<TestApp> {
  const app = await startTestApp({ loadBalancers: stage.addresses, masters: stage.masters, ...options });
  await until("every server is up", () =>
    app.app.fleet
      .views()
      .every((view) => view.servers.every((row) => /^(UP|no check)$/.test(row.status) || row.adminBits !== 0)),
  );
  return app;
}

export async function start(app: Pick<TestApp, "rest">, body: object): Promise<string> {
  const reply = await app.rest("POST", "/api/v1/maintenances", { servers: [SRV1], quiet: "1s", ...body });
  if (reply.status !== 201) throw new Error(reply.text);
  return reply.body.id;
}

export async function summary(app: Pick<TestApp, "rest">, id: string): Promise<MaintenanceSummary> {
  const reply = await app.rest("GET", `/api/v1/maintenances/${id}`);
  if (reply.status !== 200) throw new Error(reply.text);
  return reply.body;
}

export function reaches(
  app: Pick<TestApp, "rest">,
  id: string,
  phase: Phase,
  server = SRV1,
  deadlineMs = 20_000,
): Promise<MaintenanceSummary> {
  let seen = "";
  return until(
    `${server} is ${phase}`,
    async () => {
      const job = await summary(app, id);
      const one = job.servers.find((entry) => entry.server === server);
      seen = `${one?.phase}: ${one?.note} ${one?.heldBecause?.text ?? ""}`;
      return one?.phase === phase ? job : null;
    },
    deadlineMs,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${seen}`);
  });
}

export async function ask(app: Pick<TestApp, "rest">, id: string, verb: string, body: object = {}): Promise<void> {
  const reply = await app.rest("POST", `/api/v1/maintenances/${id}/${verb}`, body);
  if (reply.status !== 200) throw new Error(reply.text);
}

/** Back to what it was, or left as it is. */
export function stop(app: Pick<TestApp, "rest">, id: string, then: "ready" | "leave"): Promise<void> {
  return ask(app, id, "stop", JSON.parse(`{"then":"${then}"}`));
}

export async function record(app: Pick<TestApp, "rest">, id: string): Promise<string[]> {
  const reply = await app.rest("GET", `/api/v1/maintenances/${id}/record`);
  return reply.body.events.map((event: { kind: string; text: string }) => `${event.kind}: ${event.text}`);
}

/** The same questions to an app that is a process of its own. */
export function restOf(url: string): Pick<TestApp, "rest"> {
  return {
    async rest(method, path, body) {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
      const reply = await fetch(`${url}${path}`, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await reply.text();
      const isJson = reply.headers.get("content-type")?.includes("json") ?? false;
      return { status: reply.status, headers: {}, text, body: isJson ? JSON.parse(text) : undefined };
    },
  };
}

/** What each HAProxy itself says. */
export function bitsOf(stage: Stage, server = SRV1): Promise<number[]> {
  return Promise.all(stage.lbs.map((lb) => lb.adminBits(server)));
}

export interface Person {
  visits(): number;
  /** visits that another origin answered, or nobody */
  lost(): number;
  origin(): string | null;
  /** sends one more request now */
  visit(): Promise<void>;
  leave(): Promise<void>;
}

/** Signs in on the origin the first visit meets, then reads for `thinkMs` between visits, with the cookie they got. */
export async function arrive(port: number, thinkMs: number | null, cookies?: readonly string[]): Promise<Person> {
  const first = await visit(port, "/", cookies);
  const jar = cookies ?? first.cookies;
  let visits = 1;
  let lost = 0;
  let isHere = true;
  let wake = () => {};
  async function one(): Promise<void> {
    const seen = await visit(port, "/", jar).catch(() => null);
    visits++;
    if (seen?.origin !== first.origin) lost++;
  }
  const life = (async () => {
    while (isHere && thinkMs !== null) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, thinkMs);
      });
      if (isHere) await one();
    }
  })();
  const person: Person = {
    visits: () => visits,
    lost: () => lost,
    origin: () => first.origin,
    visit: one,
    async leave() {
      isHere = false;
      wake();
      await life;
    },
  };
  onTestFinished(() => person.leave());
  return person;
}

/** One person on each server of this load balancer's round robin, given the number of servers. */
export function cookieOf(server: string): readonly string[] {
  return [`HAPROXY_SESSION=${server.replace("APP1/SRV", "s")}`];
}
