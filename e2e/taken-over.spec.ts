// A server in maintenance that somebody sets by hand: it is asked first, and afterwards it is said, not only recorded.
import type { Page } from "@playwright/test";
import { expect, openBoard, test } from "./fixtures.ts";
import { ADMIN_TOKEN } from "./lab/app.ts";
import type { Stage } from "./lab/stage.ts";

const SRV1 = "APP1/SRV1";
const QUESTION = "Setting it by hand ends that maintenance";

/** One user who stays keeps it in drain. */
async function drainByRest(stage: Stage): Promise<void> {
  const [lb1] = stage.lbs;
  if (lb1 === undefined) throw new Error("the stage has lb1");
  await stage.openTunnel(lb1, 1);
  const response = await fetch(`${stage.app.url}/api/v1/maintenances`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ servers: [SRV1], quiet: "30s", override: true }),
  });
  expect(response.status).toBe(201);
  await expect.poll(() => stage.adminBits(SRV1)).toEqual([8, 8]);
}

function takenOver(page: Page) {
  return page.getByRole("list", { name: "Taken over" });
}

test("a click on a server in maintenance asks first; the tray says so until it is dismissed", async ({
  page,
  board,
  startStage,
}) => {
  const stage = await startStage();
  await openBoard(page, stage);
  await drainByRest(stage);
  await board.expectState(SRV1, "Drain");
  await board.state(SRV1, "Ready").click();
  await expect(board.dialog).toContainText(`Set ${SRV1} to ready?`);
  await expect(board.dialog).toContainText(QUESTION);
  await expect(board.dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  expect(await stage.adminBits(SRV1)).toEqual([8, 8]);
  await board.dialog.getByRole("button", { name: `Set ${SRV1} to ready` }).click();
  await expect.poll(() => stage.adminBits(SRV1)).toEqual([0, 0]);
  await expect(takenOver(page)).toContainText("SRV1 was taken over.");
  await expect(takenOver(page).getByRole("link", { name: "Details" })).toBeVisible();
  await expect(board.statusLine).toContainText("1 maintenance was taken over.");

  await takenOver(page).getByRole("button", { name: "Dismiss" }).click();
  await expect(takenOver(page)).toHaveCount(0);
  await expect(board.statusLine).not.toContainText("taken over");
  await page.reload();
  await expect(board.grid).toBeVisible();
  await expect(board.statusLine).toContainText("Live.");
  await expect(takenOver(page)).toHaveCount(0);
});

test("a phone asks above its sheet", async ({ page, board, startStage }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const stage = await startStage();
  await openBoard(page, stage);
  await drainByRest(stage);
  await page.getByRole("button", { name: `Open ${SRV1}` }).click();
  await board.state(SRV1, "Ready").click();
  const question = board.dialog.filter({ hasText: QUESTION });
  const confirm = question.getByRole("button", { name: `Set ${SRV1} to ready` });
  await expect(confirm).toBeInViewport({ ratio: 1 });
  await confirm.click();
  await expect.poll(() => stage.adminBits(SRV1)).toEqual([0, 0]);
  await expect(question).toHaveCount(0);
  await board.dialog.getByText("Close", { exact: true }).click();
  await expect(board.statusLine).toContainText("1 maintenance was taken over.");
});

test("a notification stands above the bar of the selection", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  await page.getByRole("checkbox", { name: "Select APP1/SRV2" }).check();
  await page.getByRole("checkbox", { name: "Select APP1/SRV3" }).check();
  await board.state(SRV1, "Drain").click();
  await expect(board.notifications).toContainText("SRV1 is in drain");
  const bar = await page.getByRole("region", { name: "Selection" }).boundingBox();
  const toast = await board.notifications.getByText("SRV1 is in drain").boundingBox();
  expect((toast?.y ?? 0) + (toast?.height ?? 0)).toBeLessThan(bar?.y ?? 0);
});
