// What a poll costs the page (performance.md, P8): script time a second, at one poll a second, the longest gap between
// two frames, and how many rows stand in the document. The feed is a replay, so that only the page is measured. Script
// time is CPU time of the page's thread: on a shared machine the wall clock counts the neighbours too.
import { chromium, type Page } from "@playwright/test";
import { chromium as findChromium } from "../../scripts/test-tools.mjs";
import { ADMIN_PASSWORD, startApp } from "../lab/app.ts";
import { startReplay } from "../lab/replay.ts";

const CASES = [
  { servers: 57, changedEachPoll: 57 },
  { servers: 2_000, changedEachPoll: 200 },
  { servers: 5_000, changedEachPoll: 200 },
];
const WARM_UP_SEC = 5;
const MEASURED_SEC = 20;
const FRAMES_SEC = 10;

const executablePath = process.env.CHROMIUM_PATH ?? findChromium().bin;
if (!executablePath) throw new Error("No Chromium was found: set CHROMIUM_PATH to one.");
const browser = await chromium.launch({ executablePath });
try {
  console.log(
    "servers  changed/s  script ms a tick: median    p95    most  worst frame ms  rows in the document  heap MB",
  );
  for (const one of CASES) console.log(await measure(one));
} finally {
  await browser.close();
}

async function measure({ servers, changedEachPoll }: (typeof CASES)[number]): Promise<string> {
  const replay = await startReplay({ servers, changedEachPoll });
  const app = await startApp({ loadBalancers: { lb1: replay.path } });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    const credentials = { data: { name: "admin", password: ADMIN_PASSWORD }, headers: { origin: app.url } };
    await page.request.post(`${app.url}/auth/sign-in`, credentials);
    await page.goto(app.url);
    await page.getByRole("row", { name: "B1/srv1", exact: true }).waitFor();
    await scriptEachSecond(page, WARM_UP_SEC);
    const { scriptMs, heapMb } = await scriptEachSecond(page, MEASURED_SEC);
    const worstFrameMs = await worstFrame(page, FRAMES_SEC);
    const script = scriptMs.sort((a, b) => a - b);
    const at = (share: number) => script[Math.min(script.length - 1, Math.floor(share * script.length))] ?? Number.NaN;
    const rows = await page.getByRole("row").count();
    return [
      ...[String(servers).padStart(7), String(changedEachPoll).padStart(9), at(0.5).toFixed(1).padStart(26)],
      ...[at(0.95).toFixed(1).padStart(6), at(1).toFixed(1).padStart(6), worstFrameMs.toFixed(0).padStart(14)],
      ...[String(rows).padStart(20), heapMb.toFixed(1).padStart(7)],
    ].join("  ");
  } finally {
    await context.close();
    await app.dispose();
    await replay.stop();
  }
}

/** Script time of each second, counted by the browser itself while nothing of ours runs in the page. */
async function scriptEachSecond(page: Page, seconds: number): Promise<{ scriptMs: number[]; heapMb: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    return { scriptMs: of("ScriptDuration") * 1000, heapMb: of("JSHeapUsedSize") / 1e6 };
  };
  const scriptMs: number[] = [];
  let before = await read();
  for (let i = 0; i < seconds; i++) {
    await second();
    const now = await read();
    scriptMs.push(now.scriptMs - before.scriptMs);
    before = now;
  }
  await session.detach();
  return { scriptMs, heapMb: before.heapMb };
}

async function worstFrame(page: Page, seconds: number): Promise<number> {
  return page.evaluate(
    (spanMs) =>
      new Promise<number>((resolve) => {
        let worstMs = 0;
        let endMs = 0;
        let lastMs = 0;
        const onFrame = (nowMs: number) => {
          if (lastMs === 0) endMs = nowMs + spanMs;
          else worstMs = Math.max(worstMs, nowMs - lastMs);
          lastMs = nowMs;
          if (nowMs >= endMs) resolve(worstMs);
          else requestAnimationFrame(onFrame);
        };
        requestAnimationFrame(onFrame);
      }),
    seconds * 1000,
  );
}

function second(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000));
}
