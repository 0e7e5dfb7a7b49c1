// Ready, drain, maint from the board on two real HAProxy processes, each asked over its own socket afterwards.
import { expect, openBoard, test } from "./fixtures.ts";
import { until } from "./lab/net.ts";
import type { Stage } from "./lab/stage.ts";

const SRV1 = "APP1/SRV1";
const READY = 0;
const MAINT = 1;
const DRAIN = 8;

/** As often as a person reads a number: enough polls for a wrong one to be shown. */
const SOME_POLLS = 3;

async function expectBits(stage: Stage, server: string, bits: number[], timeout = 5_000) {
  await expect.poll(() => stage.adminBits(server), { timeout, intervals: [25] }).toEqual(bits);
}

function commandsSent(stage: Stage): string[] {
  return stage.lbs.flatMap((lb) => lb.hold?.carriedOut().map(({ line }) => line) ?? []);
}

test("Drain reaches both HAProxies within a second; the board says so after they did; Ready takes it back", async ({
  page,
  board,
  stage,
}) => {
  await openBoard(page, stage);
  const before = stage.lbs.map((lb) => lb.hold?.carriedOut().length ?? 0);
  const watch = await board.watchStates(SRV1);
  await board.state(SRV1, "Drain").click();
  await expectBits(stage, SRV1, [DRAIN, DRAIN], 1_000);
  await board.expectState(SRV1, "Drain");
  await expect(board.toast("SRV1 is in drain on lb1, lb2.")).toBeVisible();

  const confirmedAtMs = stage.lbs.map((lb, at) => lb.hold?.carriedOut()[before[at] ?? 0]?.atMs ?? Number.NaN);
  expect(await watch.firstPressed("Drain")).toBeGreaterThanOrEqual(Math.max(...confirmedAtMs));

  await board.state(SRV1, "Ready").click();
  await expectBits(stage, SRV1, [READY, READY], 1_000);
  await board.expectState(SRV1, "Ready");
});

test("while a command is under way, pending is shown and the old state stays, load balancer by load balancer", async ({
  page,
  board,
  stage,
}) => {
  const [lb1, lb2] = stage.lbs.map((lb) => lb.hold);
  if (!lb1 || !lb2) throw new Error("the shared stage has hold proxies");
  await openBoard(page, stage);
  lb1.hold();
  lb2.hold();
  const watch = await board.watchStates(SRV1);
  await board.state(SRV1, "Drain").click();
  expect(await lb1.untilHeld()).toBe("set server APP1/SRV1 state drain");
  await lb2.untilHeld();
  const pollsAtHold = lb1.polls();
  await until("a few more polls were shown", () => lb1.polls() >= pollsAtHold + SOME_POLLS);
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-busy", "true");
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-pressed", "false");
  await expect(board.state(SRV1, "Ready")).toHaveAttribute("aria-pressed", "true");
  expect(await stage.adminBits(SRV1)).toEqual([READY, READY]);
  expect((await watch.of("Drain")).map(({ pressed }) => pressed)).toEqual(["false"]);

  lb1.release();
  await expectBits(stage, SRV1, [DRAIN, READY]);
  await expect(board.state(SRV1, "Drain")).toContainText("1/2");
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-pressed", "mixed");
  await expect(board.state(SRV1, "Ready")).toHaveAttribute("aria-pressed", "mixed");
  expect(await watch.firstPressed("Drain")).toBeNull();

  lb2.release();
  await board.expectState(SRV1, "Drain");
  expect(await stage.adminBits(SRV1)).toEqual([DRAIN, DRAIN]);
});

test("Undo gives each load balancer back the state it had", async ({ page, board, stage }) => {
  await stage.lbs[0]?.ask(`set server ${SRV1} state drain`);
  await openBoard(page, stage);
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-pressed", "mixed");
  await board.state(SRV1, "Maint").click();
  await board.expectState(SRV1, "Maint");
  expect(await stage.adminBits(SRV1)).toEqual([MAINT, MAINT]);
  await board.notifications.getByRole("button", { name: "Undo" }).click();
  await expectBits(stage, SRV1, [DRAIN, READY]);
  await expect(board.state(SRV1, "Drain")).toHaveAttribute("aria-pressed", "mixed");
  await expect(board.state(SRV1, "Ready")).toHaveAttribute("aria-pressed", "mixed");
});

test("Maint on a server with a session asks with the number; Cancel sends nothing; confirming sets it", async ({
  page,
  board,
  stage,
}) => {
  const [lb1] = stage.lbs;
  if (lb1 === undefined) throw new Error("the stage has lb1");
  await stage.openTunnel(lb1, 1);
  await openBoard(page, stage);
  await expect(board.cell(SRV1, "now")).toHaveText("1");
  const sentBefore = commandsSent(stage).length;

  await board.state(SRV1, "Maint").click();
  await expect(board.dialog).toContainText("SRV1 has 1 session on lb1.");
  await expect(board.dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await board.dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(board.dialog).toBeHidden();
  await expect(board.state(SRV1, "Maint")).toBeFocused();
  await board.expectState(SRV1, "Ready");
  expect(await stage.adminBits(SRV1)).toEqual([READY, READY]);
  expect(commandsSent(stage)).toHaveLength(sentBefore);

  await board.state(SRV1, "Maint").click();
  await board.dialog.getByRole("button", { name: `Set ${SRV1} to maint` }).click();
  await board.expectState(SRV1, "Maint");
  expect(await stage.adminBits(SRV1)).toEqual([MAINT, MAINT]);
  await expect(board.cell(SRV1, "doing")).toHaveText("1 still in");
});

test("the last server that takes new users is not drained without being asked", async ({ page, board, stage }) => {
  for (const other of ["APP1/SRV2", "APP1/SRV3"]) await stage.ask(`set server ${other} state drain`);
  await openBoard(page, stage);
  await board.expectState("APP1/SRV3", "Drain");
  await board.state(SRV1, "Drain").click();
  await expect(board.dialog).toContainText("SRV1 is the last server of APP1 on lb1 and lb2 that takes new users.");
  await expect(board.dialog.getByRole("listitem").filter({ hasText: "last server" })).toHaveCount(1);
  await board.dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(board.dialog).toBeHidden();
  expect(await stage.adminBits(SRV1)).toEqual([READY, READY]);

  await board.state(SRV1, "Drain").click();
  await board.dialog.getByRole("button", { name: `Set ${SRV1} to drain` }).click();
  await board.expectState(SRV1, "Drain");
  expect(await stage.adminBits(SRV1)).toEqual([DRAIN, DRAIN]);
});

test("one load balancer only: split is shown with counts and made equal again", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  await (await board.openRowMenu(SRV1)).getByRole("menuitem", { name: "Drain on lb1 only" }).click();
  await expectBits(stage, SRV1, [DRAIN, READY]);
  for (const word of ["Ready", "Drain"] as const) {
    await expect(board.state(SRV1, word)).toHaveAttribute("aria-pressed", "mixed");
    await expect(board.state(SRV1, word)).toHaveText(`${word}1`);
  }
  await expect(board.state(SRV1, "Maint")).toHaveAttribute("aria-pressed", "false");
  await expect(board.cell(SRV1, "health")).toContainText("SPLIT");
  await expect(board.filterChip("Split")).toHaveText("Split1");
  await expect(board.statusLine).toContainText("1 server is split");

  await page.getByRole("button", { name: `Make equal… ${SRV1}` }).click();
  await board.menu.getByRole("menuitem", { name: "Set ready on lb1 and lb2" }).click();
  await board.expectState(SRV1, "Ready");
  expect(await stage.adminBits(SRV1)).toEqual([READY, READY]);
});

test("a change by another tool is on the board within a poll", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  const watch = await board.watchStates("API/SRV2");
  const askedAtMs = Date.now();
  await stage.ask("set server API/SRV2 state maint");
  await board.expectState("API/SRV2", "Maint");
  const tookMs = ((await watch.firstPressed("Maint")) ?? Number.NaN) - askedAtMs;
  // a poll takes a second; the rest is a machine that is busy with other browsers
  expect(tookMs).toBeLessThan(4_000);
});

test("two people see the same: what one sets is set for the other, too", async ({ page, board, stage, browser }) => {
  await openBoard(page, stage);
  const other = await browser.newContext();
  const otherPage = await other.newPage();
  await openBoard(otherPage, stage);
  await board.state(SRV1, "Drain").click();
  await expect(otherPage.getByRole("status", { name: "Fleet status" })).toContainText("by admin: SRV1 drain");
  await expect(
    otherPage.getByRole("group", { name: `Admin state of ${SRV1}` }).getByRole("button", { name: "Drain" }),
  ).toHaveAttribute("aria-pressed", "true");
  await other.close();
});
