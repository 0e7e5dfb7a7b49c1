// What the specs get: a stage that the tests of a worker share (made ready again before each), stages of their own for
// tests that break things, pages by what a person sees, and the page's console, which must stay empty.
import { test as base, expect, type Page } from "@playwright/test";
import { ADMIN_PASSWORD } from "./lab/app.ts";
import { type Stage, type StageOptions, startStage } from "./lab/stage.ts";
import { Board } from "./pages/board.ts";

interface TestFixtures {
  /** console errors that a test provokes; everything else fails it */
  allowedFaults: RegExp | null;
  faults: string[];
  board: Board;
  /** the shared stage, every server ready and empty */
  stage: Stage;
  /** a stage of the test's own */
  startStage(options?: StageOptions): Promise<Stage>;
}

interface WorkerFixtures {
  sharedStage: Stage;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  allowedFaults: [null, { option: true }],
  faults: [
    async ({ page, allowedFaults }, use) => {
      const faults = collectFaults(page);
      await use(faults);
      expect(faults.filter((fault) => allowedFaults?.test(fault) !== true)).toEqual([]);
    },
    { auto: true },
  ],
  board: async ({ page }, use) => {
    await use(new Board(page));
  },
  sharedStage: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
    async ({}, use) => {
      const stage = await startStage({ hasHoldProxies: true });
      await use(stage);
      await stage.dispose();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  stage: async ({ sharedStage }, use) => {
    await sharedStage.reset();
    await use(sharedStage);
  },
  // biome-ignore lint/correctness/noEmptyPattern: see above
  startStage: async ({}, use) => {
    const stages: Stage[] = [];
    await use(async (options) => {
      const stage = await startStage(options);
      stages.push(stage);
      return stage;
    });
    await Promise.all(stages.map((stage) => stage.dispose()));
  },
});

export { expect };

/**
 * A request that was under way when a test ended its app, or a connection that the app cut on purpose: the browser notes
 * it, and nobody sees it. What the app answers wrongly has a status, and that stays a fault.
 */
const CUT_OFF = /^Failed to load resource: net::ERR_(?:CONNECTION|INCOMPLETE|EMPTY|SOCKET)/;

function collectFaults(page: Page): string[] {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (!CUT_OFF.test(message.text())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(`${error.name}: ${error.message}`));
  return faults;
}

/** Signs in without the page for it, which has its own spec. */
export async function signIn(page: Page, url: string): Promise<void> {
  const response = await page.request.post(`${url}/auth/sign-in`, {
    data: { name: "admin", password: ADMIN_PASSWORD },
    headers: { origin: url },
  });
  expect(response.status()).toBe(204);
}

/** Signed in, on the board, with the first numbers on it. */
export async function openBoard(page: Page, { app }: Stage): Promise<void> {
  await signIn(page, app.url);
  await page.goto(app.url);
  await expect(page.getByRole("grid", { name: "Servers" })).toBeVisible();
}
