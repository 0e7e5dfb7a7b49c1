// Each drawn screen, brought about in the real app on real HAProxy: its measures as ui.md says them, nothing cut, nothing
// to scroll sideways; and a picture of it for a person to lay beside the drawing (lab/looks.ts).
import type { Browser, Locator, Page } from "@playwright/test";
import { expect, openBoard, signIn, test } from "./fixtures.ts";
import { startApp } from "./lab/app.ts";
import { APP_PORT } from "./lab/configs.ts";
import { drawnConfig } from "./lab/fleet-config.ts";
import { startHaproxy } from "./lab/haproxy.ts";
import { expectNoSideScroll, expectNothingCut, expectTargets, keepPicture } from "./lab/looks.ts";
import { openTunnel, type Tunnel } from "./lab/origins.ts";
import type { Stage } from "./lab/stage.ts";

const THREE = { names: ["lb1", "lb2", "lb3"], config: drawnConfig };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true } as const;

async function startMaintenance(page: Page, stage: Stage, servers: string[], more: object = {}): Promise<string> {
  const response = await page.request.post(`${stage.app.url}/api/v1/maintenances`, {
    data: { servers, override: true, reason: "OpenSSL update", deadline: "28m", ...more },
    headers: { origin: stage.app.url },
  });
  expect(response.status(), await response.text()).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

/** Sessions that stay: `counts` on SRV1, SRV2, ... of each load balancer. */
async function fill(stage: Stage, counts: readonly number[]): Promise<void> {
  for (const lb of stage.lbs) {
    for (const [at, count] of counts.entries())
      for (let nth = 0; nth < count; nth++) await stage.openTunnel(lb, at + 1);
  }
}

async function heightOf(locator: Locator): Promise<number> {
  return (await locator.boundingBox())?.height ?? 0;
}

async function expectScreen(page: Page, name: string): Promise<void> {
  await keepPicture(page, name);
  await expectNoSideScroll(page, name);
  await expectNothingCut(page, name);
}

test("01 to 05a, 08, 09: the board and its dialogs", async ({ page, board, startStage }) => {
  test.setTimeout(180_000);
  const stage = await startStage(THREE);
  const [, lb2, lb3] = stage.lbs;
  if (lb2 === undefined || lb3 === undefined) throw new Error("the stage has three load balancers");
  await fill(stage, [4, 5, 4, 4]);
  await page.emulateMedia({ colorScheme: "dark" });
  await openBoard(page, stage);
  await expect(board.cell("API/api02", "health")).toContainText("DOWN");
  await expectScreen(page, "05a-board-no-maintenance-dark");

  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("button", { name: "Maintain APP1/SRV2", exact: true }).click();
  await expect(board.dialog.getByRole("button", { name: "Start draining SRV2" })).toBeFocused();
  await expectScreen(page, "08-dialog-light");
  await page.keyboard.press("Escape");

  // two of four is the minimum: both of the first, and the third would fall below
  for (const id of ["APP1/SRV3", "APP1/SRV4"]) await stage.ask(`set server ${id} state drain`);
  await board.expectState("APP1/SRV4", "Drain");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("button", { name: "Maintain APP1/SRV2", exact: true }).click();
  await expect(board.dialog.getByRole("button", { name: "Start anyway" })).toBeDisabled();
  await expectScreen(page, "09-dialog-below-minimum-dark");
  await page.keyboard.press("Escape");
  for (const id of ["APP1/SRV3", "APP1/SRV4"]) await stage.ask(`set server ${id} state ready`);
  await board.expectState("APP1/SRV4", "Ready");

  await page.emulateMedia({ colorScheme: "light" });
  await startMaintenance(page, stage, ["APP1/SRV2"]);
  await startMaintenance(page, stage, ["PHP_APP/web02"], { quiet: "2s", reason: "kernel" });
  for (const lb of [stage.lbs[0], lb3]) await lb?.ask("set server API/api03 state maint");
  await expect(board.cell("PHP_APP/web02", "doing")).toContainText("Your turn", { timeout: 30_000 });
  await expect(board.cell("API/api03", "health")).toContainText("SPLIT");
  await expect(board.cell("APP1/SRV2", "doing")).toContainText("Draining");
  await board.row("APP1/SRV4").hover();
  await expectScreen(page, "01-board-light");
  await expectMeasures(page);
  await expectTargets(page, 24, "board");
  await page.emulateMedia({ colorScheme: "dark" });
  await expectScreen(page, "02-board-dark");

  await page.emulateMedia({ colorScheme: "light" });
  for (const id of ["APP1/SRV3", "APP1/SRV4"])
    await page.getByRole("checkbox", { name: `Select ${id}`, exact: true }).check();
  const bar = page.getByRole("region", { name: "Selection" });
  await expect(bar).toContainText("2 servers selected");
  await expectScreen(page, "03-board-bulk-light");
  // it lies over the list and pushes no row
  expect(await heightOf(board.row("APP1/SRV1"))).toBe(37);
  // also from the box that was clicked
  await page.keyboard.press("Escape");
  await expect(bar).toHaveCount(0);

  await page.emulateMedia({ colorScheme: "dark" });
  await lb3.kill();
  await expect(board.chip("lb3")).toContainText("stale", { timeout: 30_000 });
  await expect(board.cell("APP1/SRV1", "now")).toContainText("+?");
  await expectScreen(page, "04-board-stale-dark");
});

/** ui.md, "Space, size, radius, elevation". */
async function expectMeasures(page: Page): Promise<void> {
  const sizes = await page.evaluate(() => {
    const heightOf = (selector: string) => document.querySelector(selector)?.getBoundingClientRect().height;
    const control = document.querySelector('[role=group][aria-label="Admin state of APP1/SRV1"]');
    return {
      header: heightOf("header"),
      status: heightOf("[role=status][aria-label='Fleet status']"),
      filter: heightOf("search"),
      head: heightOf("[role=row][aria-rowindex='1']"),
      backend: heightOf("[role=row][aria-rowindex='2']"),
      row: heightOf("[role=row][aria-label='APP1/SRV1']"),
      tray: document.querySelector("aside[aria-label=Maintenance]")?.getBoundingClientRect().width,
      control: control?.getBoundingClientRect().height,
      thirds: [...(control?.querySelectorAll("button") ?? [])].map((one) => Math.round(one.offsetWidth)),
    };
  });
  expect(sizes).toEqual({
    ...{ header: 48, status: 36, filter: 44, head: 28, backend: 33, row: 37, tray: 328, control: 28 },
    thirds: [expect.closeTo(65, -0.5), expect.closeTo(65, -0.5), expect.closeTo(65, -0.5)],
  });
}

test("05: after a reload the board says what was lost, and asks", async ({ page, board, startStage }) => {
  test.slow();
  const stage = await startStage(THREE);
  const [lb1] = stage.lbs;
  await fill(stage, [2, 3, 2, 2]);
  await openBoard(page, stage);
  await board.state("PHP_APP/web03", "Drain").click();
  await board.expectState("PHP_APP/web03", "Drain");
  await lb1?.reload();
  await expect(page.getByText(/reload/i).first()).toBeVisible({ timeout: 30_000 });
  const tray = page.getByRole("complementary", { name: "Maintenance" });
  await expect(tray.getByRole("button", { name: /again|re-apply/i }).first()).toBeVisible({ timeout: 30_000 });
  await expectScreen(page, "05-board-reload-light");
});

async function phone(browser: Browser, colorScheme: "light" | "dark"): Promise<Page> {
  const context = await browser.newContext({ ...PHONE, colorScheme });
  return context.newPage();
}

test("17 to 19: the phone's list, the sheet that starts a maintenance, a server on its way out", async ({
  browser,
  startStage,
}) => {
  test.setTimeout(120_000);
  const stage = await startStage(THREE);
  await fill(stage, [3, 4, 3, 3]);
  const page = await phone(browser, "light");
  await openBoard(page, stage);
  await startMaintenance(page, stage, ["PHP_APP/web02"], { quiet: "2s" });
  await expect(page.getByRole("button", { name: "Open PHP_APP/web02" })).toContainText("Your turn", {
    timeout: 30_000,
  });
  await expectScreen(page, "17-phone-list");
  await expectTargets(page, 44, "phone list");
  expect(await heightOf(page.getByRole("row", { name: "APP1/SRV1" }))).toBe(62);

  await page.getByRole("button", { name: "Open APP1/SRV2" }).tap();
  await expectTargets(page, 44, "server sheet");
  await page.getByRole("button", { name: "Maintain APP1/SRV2" }).tap();
  const start = page.getByRole("dialog").getByRole("button", { name: "Start draining SRV2" });
  await expect(start).toBeInViewport({ ratio: 1 });
  await expectScreen(page, "18-phone-confirm");
  await expectTargets(page, 24, "start sheet");
  expect(await heightOf(start)).toBeGreaterThanOrEqual(52);
  await start.tap();
  await expect.poll(() => stage.adminBits("APP1/SRV2")).toEqual([8, 8, 8]);

  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("button", { name: "Open APP1/SRV2" }).tap();
  await expect(page.getByRole("dialog")).toContainText("Draining");
  await expectScreen(page, "19-phone-draining-dark");
  await expectTargets(page, 44, "draining sheet");
  await page.context().close();
});

test("20, 21: sign-in and first run", async ({ page, browser }) => {
  test.slow();
  const lab = await startHaproxy({
    ports: [APP_PORT],
    config: (context) => drawnConfig(context, [{ address: "127.0.0.1", port: 9 } as never]),
  });
  const app = await startApp({ loadBalancers: {} });
  try {
    await page.goto(`${app.url}/sign-in`);
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expectScreen(page, "20-login");
    await signIn(page, app.url);
    await page.goto(app.url);
    await page.getByLabel("Socket").fill(lab.adminSocket);
    await page.getByRole("button", { name: "Test connection" }).click();
    await expect(page.getByRole("region", { name: "lb1" })).toContainText("4 backends, 16 servers");
    await page.getByLabel("Socket").fill(lab.operatorSocket);
    await page.getByRole("button", { name: "Test connection" }).click();
    await expect(page.getByRole("region", { name: "lb2" })).toContainText("needs level admin");
    await expectScreen(page, "21-first-run");
    await expectTargets(page, 24, "first run");

    const small = await phone(browser, "dark");
    await signIn(small, app.url);
    await small.goto(app.url);
    await expect(small.getByRole("button", { name: "Test connection" })).toBeVisible();
    await expectScreen(small, "21-first-run-phone");
    await small.context().close();
  } finally {
    await app.dispose();
    await lab.dispose();
  }
});

const WIDTHS = [390, 720, 900, 1180, 1440, 1920, 2560];

test("every page at every width, at 200 %, in the dark, in forced colours and without motion", async ({
  browser,
  page,
  startStage,
}) => {
  test.setTimeout(300_000);
  const stage = await startStage(THREE);
  const held: Tunnel[] = [];
  for (const lb of stage.lbs) held.push(await openTunnel(lb.port(APP_PORT), "/socket", ["HAPROXY_SESSION=s2"]));
  await signIn(page, stage.app.url);
  const id = await startMaintenance(page, stage, ["APP1/SRV2"]);
  const run = await startMaintenance(page, stage, ["PHP_APP/web01", "PHP_APP/web03"], { quiet: "2s" });
  const paths: readonly [path: string, heading: string | RegExp][] = [
    ["/", "Drainboard"],
    ["/hosts", "Hosts"],
    ["/servers/APP1/SRV2", /SRV2/],
    ["/events", "Events"],
    [`/maintenances/${id}`, /SRV2/],
    [`/maintenances/${run}`, /Rolling maintenance/],
    ["/settings/people", "People"],
    ["/settings/tokens", "API tokens"],
    ["/settings/wall-links", "Wall links"],
    ["/settings/load-balancers", "Load balancers"],
    ["/settings/backends", "Backends"],
    ["/settings/account", "Account"],
    ["/sign-in", /Sign in|signed in/i],
  ];
  for (const [path, heading] of paths) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light", forcedColors: "none", reducedMotion: "reduce" });
    await page.goto(`${stage.app.url}${path}`);
    await expect(page.getByRole("heading", { name: heading }).first()).toBeVisible();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await expectNoSideScroll(page, `${path} at ${width} px`);
      await expectNothingCut(page, `${path} at ${width} px`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    const moving = await page.evaluate(() => document.getAnimations().length);
    expect(moving, `${path} stands still`).toBe(0);
    const name = path.replace(/\/m-[^/]+/, path.includes(run) ? "-run" : "-one").replace(/\W+/g, "-");
    await page.emulateMedia({ colorScheme: "dark" });
    await keepPicture(page, `page${name}-dark`);
    await page.emulateMedia({ forcedColors: "active" });
    await expectNothingCut(page, `${path} in forced colours`);
    await keepPicture(page, `page${name}-forced`);
  }
  // What a browser of 1440 x 900 does at 200 %: half as many CSS pixels of twice the size.
  const zoomed = await browser.newContext({ viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 });
  const big = await zoomed.newPage();
  await signIn(big, stage.app.url);
  for (const [path] of paths) {
    await big.goto(`${stage.app.url}${path}`);
    await expect(big.getByRole("heading").first()).toBeVisible();
    await expectNoSideScroll(big, `${path} at 200 %`);
    await expectNothingCut(big, `${path} at 200 %`);
  }
  await zoomed.close();
  for (const tunnel of held) tunnel.close();
});
