// The app as the demo starts it: exactly what `npm start` starts, with the demo's load balancers and a password made up
// for this run.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.ts";
import { DemoError } from "./demo-error.ts";
import type { LoadBalancer } from "./stage.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const APP_PROGRAM = join(ROOT, "server", "main.ts");
const SERVES_WITHIN_MS = 60_000;
const LISTENING = /^listening on (http\S+)$/;

export interface AppPlan {
  readonly program: string;
  readonly loadBalancers: readonly LoadBalancer[];
  readonly listen: string;
  readonly dataDir: string;
  readonly password: string;
  readonly logFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** at once, so that it can be stopped while it is still starting */
  readonly onStart: (child: Child) => void;
  readonly onUnexpectedEnd: (child: Child, how: string) => void;
}

/** Resolves when `GET /readyz` answers 200; throws a DemoError with the app's own words when it does not start. */
export async function startApp(plan: AppPlan): Promise<{ app: Child; url: string }> {
  if (!existsSync(plan.program)) {
    throw new DemoError(`${plan.program} is missing; run the demo in a whole copy of the project.`);
  }
  const served = Promise.withResolvers<string>();
  const timer = setTimeout(
    () =>
      served.reject(new DemoError(`the app did not serve within ${SERVES_WITHIN_MS / 1000} s; see ${plan.logFile}.`)),
    SERVES_WITHIN_MS,
  );
  const app = await startChild({
    name: "app",
    command: process.execPath,
    args: [plan.program, ...appArguments(plan)],
    cwd: ROOT,
    env: appEnvironment(plan),
    onLine: (line) => {
      appendFileSync(plan.logFile, `${line}\n`);
      const url = LISTENING.exec(line)?.[1];
      if (url !== undefined) served.resolve(url);
    },
    onUnexpectedEnd: plan.onUnexpectedEnd,
  });
  plan.onStart(app);
  app.ended.then((how) => served.reject(new DemoError(`the app did not start (${how}):\n${app.lastLines()}`)));
  try {
    const url = await served.promise;
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(SERVES_WITHIN_MS) });
    await ready.body?.cancel();
    if (ready.status !== 200)
      throw new DemoError(`the app says at ${url}/readyz that it is not ready (${ready.status}).`);
    return { app, url };
  } catch (cause) {
    await app.stop();
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

function appArguments(plan: AppPlan): string[] {
  return [
    ...plan.loadBalancers.flatMap((lb) => ["--lb", `${lb.name}=${lb.socketPath}`]),
    ...plan.loadBalancers.flatMap((lb) => ["--master", `${lb.name}=${lb.masterPath}`]),
    ...["--listen", plan.listen, "--data", plan.dataDir],
  ];
}

/** Whatever configures a real Drainboard on this machine stays out: the demo shows the demo's load balancers only. */
function appEnvironment(plan: AppPlan): NodeJS.ProcessEnv {
  const kept = Object.entries(plan.env).filter(([name]) => !name.startsWith("DRAINBOARD_"));
  const token = plan.env.DRAINBOARD_ADMIN_TOKEN;
  return {
    ...Object.fromEntries(kept),
    NODE_ENV: "production",
    DRAINBOARD_ADMIN_PASSWORD: plan.password,
    ...(token ? { DRAINBOARD_ADMIN_TOKEN: token } : {}),
  };
}
