// P11: the built app from nothing to "listening", and what it holds when nobody looks.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { rssMbOf } from "./cpu-of.ts";
import { type Bench, type BenchContext, type Figure, sized } from "./figure.ts";
import { startHaproxy } from "./haproxy.ts";
import { median, short } from "./stats.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GOAL_MS = 1_500;
const GOAL_RSS_MB = 180;

export const start: Bench = {
  ids: ["P11"],
  async run(context) {
    context.say("P11 start");
    const distDir = process.env.NEXT_DIST_DIR ?? ".next";
    if (!existsSync(join(ROOT, distDir, "BUILD_ID"))) return [notBuilt()];
    const rounds = sized(context, { tiny: 1, quick: 2, full: 5 });
    const idleMs = sized(context, { tiny: 200, quick: 3_000, full: 8_000 });
    await using haproxy = await startHaproxy(context, { servers: 60, requestsPerSec: 20 });
    const startMs: number[] = [];
    const nodeMs: number[] = [];
    let rssMb = 0;
    for (let round = 0; round < rounds; round++) {
      nodeMs.push(await bareNode());
      const isLast = round === rounds - 1;
      const once = await startOnce(context, haproxy.socketPath, isLast ? idleMs : 0);
      startMs.push(once.listeningMs);
      rssMb = once.rssMb;
    }
    const ms = median(startMs);
    return [
      {
        ...{
          id: "P11",
          measure: "start of the built app to listening",
          figure: `${short(ms)} ms`,
          goal: `<= ${GOAL_MS} ms`,
        },
        ...{
          isMet: ms <= GOAL_MS,
          peers: `node -e 0 alone ${short(median(nodeMs))} ms`,
          values: { ms, nodeMs: median(nodeMs) },
        },
      },
      {
        ...{ id: "P11", measure: "idle app, RSS", figure: `${short(rssMb)} MB`, goal: `<= ${GOAL_RSS_MB} MB` },
        isMet: Number.isNaN(rssMb) ? null : rssMb <= GOAL_RSS_MB,
        ...{ peers: "pages included, polling 60 servers", values: { rssMb } },
      },
    ];
  },
};

function notBuilt(): Figure {
  return {
    ...{
      id: "P11",
      measure: "start of the built app to listening",
      figure: "-",
      goal: `<= ${GOAL_MS} ms`,
      isMet: null,
    },
    ...{ peers: "the pages are not built; run: npm run build", values: {} },
  };
}

async function startOnce(context: BenchContext, socketPath: string, idleMs: number) {
  const dir = mkdtempSync(join(tmpdir(), "dbs-"));
  const began = performance.now();
  const args = ["server/main.ts", "--lb", `lb1=${socketPath}`, "--listen", "127.0.0.1:0", "--data", dir];
  const env = {
    ...process.env,
    NODE_ENV: "production" as const,
    DRAINBOARD_ADMIN_TOKEN: "bench-0123456789-0123456789",
  };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    for await (const line of createInterface({ input: child.stdout })) if (line.startsWith("listening on ")) break;
    const listeningMs = performance.now() - began;
    if (child.exitCode !== null) throw new Error("the built app ended before it listened");
    if (idleMs > 0) context.say("P11 idle");
    await sleep(idleMs);
    return { listeningMs, rssMb: rssMbOf(child.pid ?? 0) };
  } finally {
    child.kill("SIGKILL");
    await ended;
    rmSync(dir, { recursive: true, force: true });
  }
}

async function bareNode(): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], { stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
  return performance.now() - began;
}
