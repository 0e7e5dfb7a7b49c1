// The machines that get patched: found, drained, maintained and set ready as one, by mouse, by keys and on a phone.
import { expect, signIn, test } from "./fixtures.ts";
import { expectNoViolations } from "./lab/axe.ts";
import { APP_PORT, FAST_CHECK } from "./lab/configs.ts";
import type { LabContext } from "./lab/haproxy.ts";
import type { Origin } from "./lab/origins.ts";
import type { Stage } from "./lab/stage.ts";

const HOST1 = "127.0.0.41";
const HOST2 = "127.0.0.42";
const ADDRESSES = [HOST1, HOST2, HOST1, HOST2];
const AT_HOST1 = ["APP1/SRV1", "API/a1"];

/** SRV1 and a1 stand on HOST1, SRV2 and a2 on HOST2; LATE/none has a name that does not resolve. */
function config(context: LabContext, origins: readonly Origin[]): string {
  const names = ["SRV1", "SRV2", "a1", "a2"];
  const lines = origins.map(({ address, port }, at) => `  server ${names[at]} ${address}:${port} ${FAST_CHECK}`);
  return [
    "frontend www",
    `  bind 127.0.0.1:${context.port(APP_PORT)}`,
    "  default_backend APP1",
    "backend APP1",
    "  option httpchk GET /health",
    ...lines.slice(0, 2),
    "backend API",
    "  option httpchk GET /health",
    ...lines.slice(2),
    "resolvers nowhere",
    "  nameserver one 127.0.0.1:9",
    "backend LATE",
    "  server none nowhere.invalid:80 resolvers nowhere init-addr none",
  ].join("\n");
}

async function bitsOf(stage: Stage, ids: readonly string[]): Promise<number[]> {
  return (await Promise.all(ids.map((id) => stage.adminBits(id)))).flat();
}

test("a machine is drained, set ready again and undone by mouse; the guard asks for all of it together", async ({
  page,
  board,
  startStage,
}) => {
  test.slow();
  const stage = await startStage({ addresses: ADDRESSES, config });
  await signIn(page, stage.app.url);
  await page.goto(stage.app.url);
  await page.getByRole("link", { name: "Hosts" }).click();
  const row = page.getByRole("row", { name: HOST1, exact: true });
  await expect(row).toContainText("APP1/SRV1");
  await expect(row).toContainText("API/a1");
  await expect(row).toContainText("In");
  await expect(page.getByRole("region", { name: "Without an address" })).toContainText(
    "LATE/none: its name does not resolve (DNS)",
  );
  await expectNoViolations(page, "hosts");

  const control = row.getByRole("group", { name: `Admin state of host ${HOST1}` });
  await control.getByRole("button", { name: "Drain" }).click();
  await expect(board.dialog).toContainText("APP1/SRV1, API/a1");
  await expectNoViolations(page, "host dialog");
  await board.dialog.getByRole("button", { name: `Set host ${HOST1} to drain` }).click();
  await expect(row).toContainText("Draining");
  expect(await bitsOf(stage, AT_HOST1)).toEqual([8, 8, 8, 8]);
  expect(await bitsOf(stage, ["APP1/SRV2", "API/a2"])).toEqual([0, 0, 0, 0]);
  await board.notifications.getByRole("button", { name: "Undo" }).click();
  await expect(row).toContainText("In");
  expect(await bitsOf(stage, AT_HOST1)).toEqual([0, 0, 0, 0]);

  // The other machine is all that is left: its price is told before anything is sent.
  await stage.ask("set server APP1/SRV1 state drain");
  await expect(row).toContainText("Partly");
  const other = page.getByRole("group", { name: `Admin state of host ${HOST2}` });
  await other.getByRole("button", { name: "Maint" }).click();
  await expect(board.dialog).toContainText("SRV2 is the last server of APP1");
  await board.dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await bitsOf(stage, ["APP1/SRV2"])).toEqual([0, 0]);
  await control.getByRole("button", { name: "Ready" }).click();
  await expect(row).toContainText("In");
});

test("found, opened and steered with keys; Maintain… takes the machine as one", async ({ page, board, startStage }) => {
  test.slow();
  const stage = await startStage({ addresses: ADDRESSES, config });
  await signIn(page, stage.app.url);
  await page.goto(`${stage.app.url}/hosts`);
  await expect(page.getByRole("row", { name: HOST1, exact: true })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("a2");
  await expect(page.getByRole("row", { name: HOST1, exact: true })).toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row", { name: HOST2, exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row", { name: HOST1, exact: true })).toBeVisible();
  await page.keyboard.press("k");
  await expect(page.getByRole("row", { name: HOST1, exact: true })).toBeFocused();
  await page.keyboard.press("s");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(board.dialog).toContainText(`Set host ${HOST1} to drain?`);
  await page.keyboard.press("Escape");
  expect(await bitsOf(stage, AT_HOST1)).toEqual([0, 0, 0, 0]);
  await page.keyboard.press("m");
  await expect(board.dialog.getByRole("checkbox", { name: /^Host by host/ })).toBeChecked();
  await expect(board.dialog.getByRole("list", { name: "Hosts in order" })).toContainText(HOST1);
  await board.dialog.getByRole("button", { name: "Start draining, 1 host at a time" }).click();
  await expect(board.dialog).toBeHidden();
  await expect.poll(() => bitsOf(stage, AT_HOST1)).not.toContain(0);
  await expect(
    page.getByRole("row", { name: HOST1, exact: true }).getByRole("link", { name: /Maintenance of/ }),
  ).toBeVisible();
});

test("on a phone: a machine is two taps, with targets for a thumb", async ({ page, board, startStage }) => {
  const stage = await startStage({ addresses: ADDRESSES, config });
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, stage.app.url);
  await page.goto(`${stage.app.url}/hosts`);
  const row = page.getByRole("row", { name: HOST1, exact: true });
  const drain = row.getByRole("button", { name: "Drain" });
  expect((await drain.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await expectNoViolations(page, "hosts on a phone");
  await drain.click();
  await board.dialog.getByRole("button", { name: `Set host ${HOST1} to drain` }).click();
  await expect(row).toContainText("Draining");
  expect(await bitsOf(stage, AT_HOST1)).toEqual([8, 8, 8, 8]);
});
