// What the board says when it cannot know: old numbers are never shown as live, and everything comes back by itself.
import { expect, openBoard, test } from "./fixtures.ts";
import type { Stage, StageLb } from "./lab/stage.ts";

const SRV1 = "APP1/SRV1";
const READY = 0;
const DRAIN = 8;

function pair(stage: Stage): [StageLb, StageLb] {
  const [lb1, lb2] = stage.lbs;
  if (lb1 === undefined || lb2 === undefined) throw new Error("the stage has two load balancers");
  return [lb1, lb2];
}

test("a killed load balancer is named with its age, its sessions leave the sum, and changes reach the other only", async ({
  page,
  board,
  startStage,
}) => {
  const stage = await startStage();
  const [lb1, lb2] = pair(stage);
  await stage.openTunnel(lb1, 1);
  for (let i = 0; i < 2; i++) await stage.openTunnel(lb2, 1);
  await openBoard(page, stage);
  await expect(board.cell(SRV1, "now")).toHaveText("3");
  await expect(board.columnHead("Now")).toBeVisible();
  await expect(board.statusLine).toContainText("2 load balancers answer.");

  await lb2.kill();
  await expect(board.chip("lb2")).toContainText(/stale \d+ s/);
  await expect(board.chip("lb1")).toContainText(/^lb1\d\.\d s/);
  await expect(board.statusLine).toContainText(
    /lb2 does not answer\. Its numbers stopped at \d\d:\d\d:\d\d, \d+ s ago\./,
  );
  await expect(board.statusLine).toContainText("Changes reach lb1 only.");
  await expect(board.alert("lb2 does not answer.")).toHaveCount(1);
  await expect(board.cell(SRV1, "now")).toHaveText("1+?");
  await expect(board.row(SRV1).locator(".col-queue")).toHaveText("0+?");
  await expect(board.row(SRV1).locator(".col-weight")).toHaveText(/^\d+\?$/);
  await expect(board.columnHead("lb1")).toBeVisible();
  await expect(board.columnHead("Now")).toHaveCount(0);

  await board.state(SRV1, "Drain").click();
  await expect(board.toast("SRV1 is in drain on lb1.")).toBeVisible();
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-pressed", "true");
  expect(await lb1.adminBits(SRV1)).toBe(DRAIN);
  await board.state(SRV1, "Ready").click();
  await board.expectState(SRV1, "Ready");
  expect(await lb1.adminBits(SRV1)).toBe(READY);
  await board.state(SRV1, "Drain").click();
  await board.expectState(SRV1, "Drain");

  await lb2.start();
  await expect(board.chip("lb2")).not.toContainText("stale");
  await expect(board.statusLine).toContainText("Live.");
  await expect(board.alert("lb2 does not answer.")).toHaveCount(0);
  await expect(board.cell(SRV1, "now")).toHaveText("1");
  await expect(board.columnHead("Now")).toBeVisible();
  expect(await stage.adminBits(SRV1)).toEqual([DRAIN, READY]);
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-pressed", "mixed");
});

test("a load balancer that is back has glasses as full as its servers", async ({ page, board, startStage }) => {
  const stage = await startStage();
  const [lb1, lb2] = pair(stage);
  await stage.openTunnel(lb1, 1);
  await openBoard(page, stage);
  const levels = () => board.row(SRV1).locator(".glass .tube-fill").evaluateAll(sunkPx);
  await expect(board.cell(SRV1, "now")).toHaveText("1");
  const before = await levels();
  expect(before[0]).toBeLessThan(before[1] ?? 0);

  await lb2.kill();
  await expect(board.cell(SRV1, "now")).toHaveText("1+?");
  await lb2.start();
  await expect(board.cell(SRV1, "now")).toHaveText("1");
  await expect.poll(levels).toEqual(before);
});

/** How far each full tube is sunk, in pixels: 0 is full. */
function sunkPx(fills: Element[]): number[] {
  return fills.map((fill) => new DOMMatrix(getComputedStyle(fill).transform).f);
}

test("one load balancer that is chosen when nothing but numbers moved for a while is shown live", async ({
  page,
  board,
  startStage,
}) => {
  test.setTimeout(120_000);
  const stage = await startStage();
  await openBoard(page, stage);
  // Longer than numbers stay live, from the last check that began or ended.
  await expect(board.cell(SRV1, "lastArrival")).toHaveText(/^([3-9]\d|1\d\d) s$/, { timeout: 60_000 });
  await page.getByRole("button", { name: "All load balancers: choose what is shown" }).click();
  await board.menu.getByText("lb1 only").click();
  await expect(page.getByRole("button", { name: "lb1 only: choose what is shown" })).toBeVisible();
  expect(await board.cell(SRV1, "now").textContent()).toBe("0");
  await expect(board.columnHead("lb1")).toBeVisible();
});

test("without any load balancer no number is shown and no change is claimed", async ({ page, board, startStage }) => {
  const stage = await startStage();
  await openBoard(page, stage);
  await Promise.all(stage.lbs.map((lb) => lb.kill()));
  await expect(board.statusLine).toContainText("No load balancer answers.");
  await expect(board.statusLine).toContainText("No change reaches HAProxy.");
  await expect(board.cell(SRV1, "now")).toHaveText("?");
  await expect(board.cell(SRV1, "newPerSec")).toHaveText("");
  await expect(board.cell(SRV1, "health")).toContainText("not known");
  await expect(board.columnHead("Unknown")).toBeVisible();
  await board.state(SRV1, "Drain").click();
  await expect(board.dialog).toContainText("lb1 does not answer: nothing can be set there.");
  await expect(board.dialog.getByRole("button", { name: /^Set / })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-pressed", "false");
});

test("a load balancer that hangs is late or stale, and live again when it goes on", async ({
  page,
  board,
  startStage,
}) => {
  const stage = await startStage();
  const [, lb2] = pair(stage);
  await openBoard(page, stage);
  await lb2.freeze();
  // Which of the two comes first depends on how slow polls were before: late is three missed polls, stale ten seconds.
  await expect(board.chip("lb2")).toContainText(/(late|stale) \d+ s/, { timeout: 15_000 });
  lb2.thaw();
  await expect(board.chip("lb2")).toContainText(/^lb2\d\.\d s/, { timeout: 15_000 });
});

test("a reload shows on the chip, and the drain it lost shows as split", async ({ page, board, startStage }) => {
  const stage = await startStage();
  const [lb1] = pair(stage);
  await openBoard(page, stage);
  await board.state(SRV1, "Drain").click();
  await board.expectState(SRV1, "Drain");
  await lb1.reload();
  await expect(board.chip("lb1")).toContainText("reloaded");
  await expect(board.chip("lb2")).not.toContainText("reloaded");
  expect(await stage.adminBits(SRV1)).toEqual([READY, DRAIN]);
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-pressed", "mixed");
  await expect(board.state(SRV1, "Ready")).toHaveAttribute("aria-pressed", "mixed");
  await expect(board.cell(SRV1, "health")).toContainText("SPLIT");
});

test.describe("without the app", () => {
  // The browser itself says that it cannot connect.
  test.use({ allowedFaults: /ERR_CONNECTION|ERR_INTERNET_DISCONNECTED|WebSocket|Failed to load resource/ });

  test("the page says that its numbers stopped and blocks changes; a restarted app brings it back", async ({
    page,
    board,
    startStage,
  }) => {
    const stage = await startStage();
    const [lb1] = pair(stage);
    await openBoard(page, stage);
    await expect(board.cell(SRV1, "now")).toHaveText("0");

    await stage.app.kill();
    await expect(board.statusLine).toContainText(/No connection to Drainboard\. The numbers stopped at \d\d:\d\d:\d\d/);
    await expect(board.alert("No connection to Drainboard.")).toHaveCount(1);
    await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-disabled", "true");
    await expect(board.control(SRV1)).toHaveAccessibleDescription(
      "No connection to Drainboard: no change can be sent.",
    );
    await board.state(SRV1, "Drain").click({ force: true });

    for (let i = 0; i < 2; i++) await stage.openTunnel(lb1, 1);
    await stage.ask("set server APP1/SRV2 state drain");
    await stage.app.start();
    await expect(board.cell(SRV1, "now")).toHaveText("2", { timeout: 20_000 });
    await board.expectState("APP1/SRV2", "Drain");
    await expect(board.statusLine).toContainText("Live.");
    // What was clicked meanwhile is not sent afterwards.
    expect(await stage.adminBits(SRV1)).toEqual([READY, READY]);
  });

  test("a browser that was offline has the right numbers when it is back", async ({ page, board, startStage }) => {
    const stage = await startStage();
    const [lb1] = pair(stage);
    await openBoard(page, stage);
    await page.context().setOffline(true);
    await stage.app.kill();
    await expect(board.statusLine).toContainText("No connection to Drainboard.");
    await stage.openTunnel(lb1, 1);
    await stage.ask("set server APP1/SRV2 state maint");
    await stage.app.start();
    await page.context().setOffline(false);
    await expect(board.cell(SRV1, "now")).toHaveText("1", { timeout: 20_000 });
    await board.expectState("APP1/SRV2", "Maint");
    await expect(board.statusLine).toContainText("Live.");
  });
});

test("a socket of level operator: the buttons are disabled and say which line to change", async ({
  page,
  board,
  startStage,
}) => {
  const stage = await startStage({ level: "operator" });
  await openBoard(page, stage);
  await expect(board.statusLine).toContainText("lb1 and lb2 can be read only. Changes are refused there.");
  for (const word of ["Ready", "Drain", "Maint"] as const)
    await expect(board.state(SRV1, word)).toHaveAttribute("aria-disabled", "true");
  await expect(board.control(SRV1)).toHaveAccessibleDescription(/lb1: its socket has level operator.*"level admin"/);
  await board.state(SRV1, "Drain").click({ force: true });
  await expect(board.dialog).toHaveCount(0);
  await expect(board.cell(SRV1, "now")).toHaveText("0");
  expect(await stage.adminBits(SRV1)).toEqual([READY, READY]);

  await board.statusLine.getByRole("button", { name: "Why?" }).click();
  await expect(board.dialog).toContainText('end its "stats socket" line with "level admin" and reload');
});
