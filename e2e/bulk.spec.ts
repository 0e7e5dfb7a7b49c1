// What is selected on the board, set as one: by mouse, by keys, with a partial failure that stays selected.
import { expect, openBoard, test } from "./fixtures.ts";
import { expectNoViolations } from "./lab/axe.ts";

const SERVERS = ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3"];

test("the head selects what the filter shows; the price is told first, then one action, and undo", async ({
  page,
  board,
  stage,
}) => {
  test.slow();
  await openBoard(page, stage);
  const all = page.getByRole("columnheader").getByRole("checkbox");
  await board.filter.fill("APP1");
  await expect(board.row("API/SRV1")).toHaveCount(0);
  await page.getByRole("checkbox", { name: "Select APP1/SRV2" }).check();
  expect(await all.evaluate((box: HTMLInputElement) => box.indeterminate)).toBe(true);
  const bar = page.getByRole("region", { name: "Selection" });
  await expect(bar).toContainText("1 server selected");
  await expect(bar).toContainText("It would leave APP1 with 2 of 3 taking new users. Its minimum is 2.");
  await page.getByRole("checkbox", { name: "Select APP1/SRV3" }).check();
  await expect(bar).toContainText("below its minimum of 2. One at a time keeps 2.");
  await expectNoViolations(page, "selection");

  await bar.getByRole("button", { name: "Drain…" }).click();
  await expect(board.dialog).toContainText("APP1/SRV2, APP1/SRV3");
  await expect(board.dialog).toContainText("This leaves APP1 on lb1 and lb2 with 1 of 3 taking new users");
  await expectNoViolations(page, "bulk dialog");
  expect(await stage.adminBits("APP1/SRV2")).toEqual([0, 0]);
  await board.dialog.getByRole("button", { name: "Set 2 servers to drain" }).click();
  await expect(board.toast("SRV2 and SRV3 are in drain on lb1, lb2.")).toBeVisible();
  await expect(bar).toBeHidden();
  for (const id of ["APP1/SRV2", "APP1/SRV3"]) expect(await stage.adminBits(id)).toEqual([8, 8]);
  const { entries } = await stage.app.get("/audit?action=server:set-state&limit=8");
  const group = entries.filter((row: { kind: string }) => row.kind === "outcome").slice(0, 4);
  expect(new Set(group.map((row: { requestId: string }) => row.requestId)).size).toBe(1);

  await board.notifications.getByRole("button", { name: "Undo" }).click();
  await expect(board.toast("SRV2 and SRV3 are ready on lb1, lb2.")).toBeVisible();
  for (const id of ["APP1/SRV2", "APP1/SRV3"]) expect(await stage.adminBits(id)).toEqual([0, 0]);

  await all.check();
  await expect(bar).toContainText("3 servers selected");
  await board.filter.fill("");
  await expect(board.row("API/SRV1")).toBeVisible();
  await expect(bar).toContainText("3 servers selected");
  await all.click();
  await expect(bar).toContainText("6 servers selected");
  await all.click();
  await expect(bar).toBeHidden();
});

test("with keys: a range, then drain; no single key changes anything", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Shift+X");
  const bar = page.getByRole("region", { name: "Selection" });
  await expect(bar).toContainText("3 servers selected");
  await bar.getByRole("button", { name: "Drain…" }).focus();
  await page.keyboard.press("Enter");
  await expect(board.dialog).toContainText("are the last servers of APP1 on lb1 and lb2");
  await expect(board.dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  // It takes something away, so no shortcut confirms it.
  await page.keyboard.press("Control+Enter");
  await page.keyboard.press("Escape");
  await expect(board.dialog).toBeHidden();
  for (const id of SERVERS) expect(await stage.adminBits(id)).toEqual([0, 0]);
  await page.keyboard.press("Escape");
  await expect(bar).toBeHidden();
});

test("what did not go through stays selected, with its reasons", async ({ page, board, startStage }) => {
  test.slow();
  const stage = await startStage({
    config: ({ port }, [one]) =>
      [
        `frontend www\n bind 127.0.0.1:${port("app")}\n default_backend APP1`,
        `backend APP1\n option httpchk GET /health\n server SRV1 127.0.0.1:${one?.port} check inter 200`,
        ` server SRV2 127.0.0.1:${one?.port} check inter 200\n server SRV3 127.0.0.1:${one?.port} check inter 200`,
        `backend FOLLOW\n server f1 127.0.0.1:${one?.port} track APP1/SRV1\n server f2 127.0.0.1:${one?.port}`,
      ].join("\n"),
  });
  await stage.ask("set server APP1/SRV1 state drain");
  await stage.ask("set server FOLLOW/f2 state drain");
  await openBoard(page, stage);
  await board.expectState("FOLLOW/f2", "Drain");
  for (const id of ["FOLLOW/f1", "FOLLOW/f2"]) await page.getByRole("checkbox", { name: `Select ${id}` }).check();
  const bar = page.getByRole("region", { name: "Selection" });
  await bar.getByRole("button", { name: "Ready", exact: true }).click();
  await expect(bar).toContainText("1 server selected");
  await expect(bar.getByRole("list", { name: "Not done" })).toContainText("FOLLOW/f1 follows APP1/SRV1 on lb1");
  await expect(page.getByRole("checkbox", { name: "Select FOLLOW/f1" })).toBeChecked();
  await expect(page.getByRole("checkbox", { name: "Select FOLLOW/f2" })).not.toBeChecked();
  expect(await stage.adminBits("FOLLOW/f2")).toEqual([0, 0]);
  await expectNoViolations(page, "reasons");
});

test("the row's menu: weight and health with their effect in words, where the server stands, a line to copy", async ({
  page,
  board,
  stage,
}) => {
  await openBoard(page, stage);
  const menu = await board.openRowMenu("APP1/SRV1");
  await expectNoViolations(page, "row menu with controls");
  await menu.getByRole("menuitem", { name: /^Weight…/ }).click();
  await expect(board.dialog).toContainText("0 sends no new users");
  await board.dialog.getByLabel("Weight").fill("50%");
  await expectNoViolations(page, "weight");
  await board.dialog.getByRole("button", { name: "Cancel" }).click();
  await board.openRowMenu("APP1/SRV1");
  await menu.getByRole("menuitem", { name: /^Force DOWN…/ }).click();
  await expect(board.dialog).toContainText("Its users go to other servers at once");
  await page.keyboard.press("Escape");
  await board.openRowMenu("APP1/SRV1");
  await expect(menu.getByRole("menuitem", { name: 'Copy "set drain" as curl command' })).toBeVisible();
  await menu.getByRole("menuitem", { name: "Host 127.0.0.1" }).click();
  await expect(page).toHaveURL(/\/hosts\?q=127\.0\.0\.1$/);
  await expect(page.getByRole("row", { name: "127.0.0.1", exact: true })).toContainText("APP1/SRV1");
});
