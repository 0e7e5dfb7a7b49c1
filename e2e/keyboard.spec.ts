// The whole way without a mouse, and no key that changes a server by itself.
import { expect, openBoard, test } from "./fixtures.ts";
import { ADMIN_PASSWORD } from "./lab/app.ts";
import { expectNoViolations } from "./lab/axe.ts";

const SRV1 = "APP1/SRV1";
const DRAIN = 8;

test("sign in, find a server, drain it and take it back, all by keyboard", async ({ page, board, stage }) => {
  await page.goto(stage.app.url);
  await expect(page.getByRole("textbox", { name: "User name" })).toBeFocused();
  await page.keyboard.type("admin");
  await page.keyboard.press("Tab");
  await page.keyboard.type(ADMIN_PASSWORD);
  await page.keyboard.press("Enter");
  await expect(board.grid).toBeVisible();

  await page.keyboard.press("/");
  await expect(board.filter).toBeFocused();
  await page.keyboard.type("srv1");
  await expect(board.row("APP1/SRV2")).toHaveCount(0);
  await expect(board.row("API/SRV1")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(board.filter).toHaveValue("");
  await page.keyboard.press("Escape");
  await expect(board.filter).not.toBeFocused();
  await expect(board.row("APP1/SRV2")).toBeVisible();

  await page.keyboard.press("j");
  await expect(board.row(SRV1)).toBeFocused();
  await page.keyboard.press("j");
  await expect(board.row("APP1/SRV2")).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("j");
  await expect(board.row("API/SRV1")).toBeFocused();
  for (const key of ["k", "ArrowUp", "k"]) await page.keyboard.press(key);
  await expect(board.row(SRV1)).toBeFocused();

  await page.keyboard.press("s");
  await expect(board.state(SRV1, "Ready")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(board.state(SRV1, "Drain")).toBeFocused();
  expect(await stage.adminBits(SRV1)).toEqual([0, 0]);
  await page.keyboard.press("Enter");
  await board.expectState(SRV1, "Drain");
  expect(await stage.adminBits(SRV1)).toEqual([DRAIN, DRAIN]);
  await expect(board.state(SRV1, "Drain")).toBeFocused();

  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Space");
  await board.expectState(SRV1, "Ready");
  expect(await stage.adminBits(SRV1)).toEqual([0, 0]);
});

test("from the filter field to the first row that matches", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  for (const key of ["Enter", "ArrowDown"]) {
    await board.filter.fill("api");
    await expect(board.row(SRV1)).toHaveCount(0);
    await board.filter.press(key);
    await expect(board.row("API/SRV1")).toBeFocused();
    await page.keyboard.press("s");
    await expect(board.state("API/SRV1", "Ready")).toBeFocused();
    await page.keyboard.press("Escape");
  }
});

test("no single key changes a state, on a row or beside it", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  const before = await Promise.all(stage.lbs.map((lb) => lb.ask("show servers state")));
  const sent = () => stage.lbs.flatMap((lb) => lb.hold?.carriedOut().map(({ line }) => line) ?? []);
  const sentBefore = sent();
  const keys = [..."abcdefghijklmnopqrstuvwxyz0123456789", "Delete", "Backspace", "Insert", "Home", "End"];
  for (const key of keys) {
    await board.row(SRV1).focus();
    await page.keyboard.press(key);
    await page.keyboard.press("Escape");
  }
  await board.row(SRV1).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await board.expectState(SRV1, "Ready");
  expect(sent()).toEqual(sentBefore);
  const admin = (text: string) => text.split("\n").map((line) => line.split(" ").slice(0, 7).join(" "));
  const after = await Promise.all(stage.lbs.map((lb) => lb.ask("show servers state")));
  expect(after.map(admin)).toEqual(before.map(admin));
});

test("Escape leaves a dialog and a menu without a change, and the focus is where it was", async ({
  page,
  board,
  stage,
}) => {
  for (const other of ["APP1/SRV2", "APP1/SRV3"]) await stage.ask(`set server ${other} state drain`);
  await openBoard(page, stage);
  await board.expectState("APP1/SRV3", "Drain");
  await board.row(SRV1).focus();
  await page.keyboard.press("s");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(board.dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(board.dialog.locator(":focus")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(board.dialog).toHaveCount(0);
  await expect(board.state(SRV1, "Drain")).toBeFocused();

  const more = page.getByRole("button", { name: `More for ${SRV1}` });
  await more.focus();
  await page.keyboard.press("Enter");
  await expect(board.menu).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  await expect(board.menu).toHaveCount(0);
  await expect(more).toBeFocused();
  expect(await stage.adminBits(SRV1)).toEqual([0, 0]);
});

test("single-key shortcuts can be switched off and stay off", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  await page.getByRole("button", { name: "Your menu, admin" }).click();
  await board.menu.getByRole("menuitemcheckbox", { name: "Single-key shortcuts" }).click();
  await page.keyboard.press("/");
  await expect(board.filter).not.toBeFocused();
  await page.reload();
  await expect(board.grid).toBeVisible();
  await page.keyboard.press("/");
  await expect(board.filter).not.toBeFocused();
});

test("two keys go to a page, and half of a pair does nothing else", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await expect(board.dialog).toHaveCount(0);
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(page.getByRole("heading", { name: "Events" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(/\/settings/);
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await expect(board.grid).toBeVisible();
});

test("from problem to problem, round the end", async ({ page, board, stage }) => {
  await stage.lbs[0]?.ask("set server APP1/SRV2 state drain");
  await stage.lbs[0]?.ask("set server API/SRV1 state drain");
  await openBoard(page, stage);
  await expect(board.cell("API/SRV1", "health")).toContainText("SPLIT");
  await page.keyboard.press("]");
  await expect(board.row("APP1/SRV2")).toBeFocused();
  await page.keyboard.press("]");
  await expect(board.row("API/SRV1")).toBeFocused();
  await page.keyboard.press("]");
  await expect(board.row("APP1/SRV2")).toBeFocused();
  await page.keyboard.press("[");
  await expect(board.row("API/SRV1")).toBeFocused();
});

test("the help sheet lists the keys and switches the single ones off", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  await page.keyboard.press("?");
  await expect(board.dialog.getByRole("heading", { name: "Keyboard" })).toBeVisible();
  for (const group of ["Everywhere", "Board", "Dialogs"])
    await expect(board.dialog.getByRole("region", { name: group })).toBeVisible();
  await expectNoViolations(page, "help sheet");
  await board.dialog.getByRole("checkbox", { name: "Single-key shortcuts" }).uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(board.dialog).toHaveCount(0);
  await expect(board.grid).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: /^Find/ })).toBeFocused();
});

test("the palette finds pages, servers and actions, and starts nothing by itself", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  await board.filter.focus();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /^Find/ });
  const options = page.getByRole("option");
  await expect(field).toBeFocused();
  await expect(options.filter({ hasText: "Events" })).toBeVisible();
  await expectNoViolations(page, "palette");
  await page.keyboard.press("Escape");
  await expect(board.filter).toBeFocused();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("nothing has this");
  await expect(options).toHaveCount(0);
  await expect(page.getByText("Nothing has all of these words.")).toBeVisible();
  await field.fill("maintain app1 srv1");
  await expect(options).toHaveText([/Maintain APP1\/SRV1…/]);
  await page.keyboard.press("Enter");
  await expect(board.dialog.getByRole("heading", { name: "Graceful maintenance of SRV1" })).toBeVisible();
  expect(await stage.adminBits(SRV1)).toEqual([0, 0]);
  await page.keyboard.press("Escape");

  await page.keyboard.press("Control+k");
  await field.fill("srv");
  await expect(page.getByRole("group", { name: "Servers" }).getByRole("option")).toHaveCount(6);
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowUp");
  await expect(options.last()).toHaveAttribute("aria-selected", "true");
  await field.fill("people");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/settings\/people$/);
  await page.getByRole("button", { name: "Find", exact: true }).click();
  await expect(field).toBeFocused();
});
