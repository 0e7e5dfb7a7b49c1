// Copy as command: what a dialog would send, as text that does the same in a shell.
import { expect, openBoard, test } from "./fixtures.ts";

const SRV1 = "APP1/SRV1";

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

test("a question before a change has its commands, for each load balancer", async ({ page, board, stage }) => {
  for (const other of ["APP1/SRV2", "APP1/SRV3"]) await stage.ask(`set server ${other} state drain`);
  await openBoard(page, stage);
  await board.expectState("APP1/SRV3", "Drain");
  await board.state(SRV1, "Drain").click();
  await board.dialog.getByText("Show commands").click();
  await board.dialog.getByRole("button", { name: "Copy as commands" }).click();
  await expect(board.dialog.getByRole("button", { name: "Copied" })).toBeVisible();
  const addresses = stage.lbs.map((lb) => lb.hold?.path ?? lb.adminSocket);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    addresses.map((path) => `echo 'set server APP1/SRV1 state drain' | socat stdio ${path}`).join("\n"),
  );
  await board.dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await stage.adminBits(SRV1)).toEqual([0, 0]);
});

test("stopping a maintenance shows what takes it back, and nothing where it is left", async ({
  page,
  board,
  startStage,
}) => {
  const stage = await startStage();
  const [lb1] = stage.lbs;
  if (lb1 === undefined) throw new Error("the stage has lb1");
  await stage.openTunnel(lb1, 1);
  await openBoard(page, stage);
  const response = await page.request.post(`${stage.app.url}/api/v1/maintenances`, {
    data: { servers: [SRV1], override: true },
    headers: { origin: stage.app.url },
  });
  expect(response.status(), await response.text()).toBe(201);
  await expect.poll(() => stage.adminBits(SRV1)).toEqual([8, 8]);
  await page.getByRole("button", { name: `Stop, back to ready… ${SRV1}` }).click();
  await board.dialog.getByText("Show commands").click();
  await expect(board.dialog.getByRole("listitem")).toHaveText(
    stage.lbs.map((lb) => `echo 'set server APP1/SRV1 state ready' | socat stdio ${lb.adminSocket}`),
  );
  await board.dialog.getByRole("radio", { name: "Leave as it is" }).press("Space");
  await expect(board.dialog.getByText("Show commands")).toHaveCount(0);
});
