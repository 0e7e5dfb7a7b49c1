// Two machines with a server in each of two backends: patched one after the other from the board.
import { expect, openBoard, test } from "./fixtures.ts";
import { expectNoViolations } from "./lab/axe.ts";
import { APP_PORT, FAST_CHECK } from "./lab/configs.ts";
import type { LabContext } from "./lab/haproxy.ts";
import { type Origin, openTunnel } from "./lab/origins.ts";

const HOST1 = "127.0.0.21";
const HOST2 = "127.0.0.22";

/** SRV1 and a1 stand on HOST1, SRV2 and a2 on HOST2. */
function config(context: LabContext, origins: readonly Origin[]): string {
  const names = ["SRV1", "SRV2", "a1", "a2"];
  const lines = origins.map(
    ({ address, port }, at) => `  server ${names[at]} ${address}:${port} cookie ${names[at]} ${FAST_CHECK}`,
  );
  const backend = ["  cookie HAPROXY_SESSION insert indirect nocache", "  option httpchk GET /health"];
  return [
    "frontend www",
    `  bind 127.0.0.1:${context.port(APP_PORT)}`,
    "  use_backend API if { path_beg /api }",
    "  default_backend APP1",
    "backend APP1",
    ...backend,
    ...lines.slice(0, 2),
    "backend API",
    ...backend,
    ...lines.slice(2),
  ].join("\n");
}

test("host by host: chosen in the dialog, one turn and one button for a machine", async ({
  page,
  board,
  startStage,
}) => {
  test.slow();
  const stage = await startStage({ addresses: [HOST1, HOST2, HOST1, HOST2], config });
  const [lb1] = stage.lbs;
  if (lb1 === undefined) throw new Error("no load balancer");
  const stays = await openTunnel(lb1.port(APP_PORT), "/api", ["HAPROXY_SESSION=a1"]);
  await openBoard(page, stage);
  for (const id of ["APP1/SRV1", "APP1/SRV2", "API/a1", "API/a2"])
    await page.getByRole("checkbox", { name: `Select ${id}`, exact: true }).check();
  await page.getByRole("button", { name: "Rolling maintenance…" }).click();
  const byHost = board.dialog.getByRole("checkbox", { name: /^Host by host/ });
  await expect(byHost).not.toBeChecked();
  await byHost.check();
  const hosts = board.dialog.getByRole("list", { name: "Hosts in order" }).getByRole("listitem");
  await expect(hosts).toHaveText([
    `${HOST1}APP1/SRV1API/a1leaves APP1 1 of 2, API 1 of 2 for new users`,
    `${HOST2}APP1/SRV2API/a2leaves APP1 1 of 2, API 1 of 2 for new users`,
  ]);
  await expectNoViolations(page, "light");
  await board.dialog.getByLabel("Quiet window", { exact: true }).selectOption("other…");
  await board.dialog.getByLabel("Quiet window, such as").fill("2s");
  await board.dialog.getByRole("button", { name: "Start draining, 1 host at a time" }).click();
  await expect(board.dialog).toBeHidden();

  const tray = page.getByRole("complementary", { name: "Maintenance" });
  await expect(tray).toContainText("rolling, 1 host at a time");
  await expect(tray).toContainText("0 of 2 hosts done");
  await expect.poll(() => stage.adminBits("APP1/SRV1"), { timeout: 20_000 }).toEqual([1, 1]);
  await expect.poll(() => stage.adminBits("API/a1")).toEqual([8, 8]);
  await expect(page.getByRole("button", { name: /^Set ready/ })).toHaveCount(0);
  stays.close();
  await expect(tray).toContainText(`${HOST1} is free: your turn.`, { timeout: 20_000 });
  await tray.getByRole("link", { name: /^Details/ }).click();

  const machine = page.getByRole("region", { name: HOST1, exact: true });
  await expect(machine).toContainText("Your turn");
  await expectNoViolations(page, "light");
  await machine.getByRole("button", { name: `Set ready ${HOST1} APP1/SRV1 and API/a1` }).click();
  await expect.poll(() => stage.adminBits("APP1/SRV1"), { timeout: 20_000 }).toEqual([0, 0]);
  await expect.poll(() => stage.adminBits("API/a1"), { timeout: 20_000 }).toEqual([0, 0]);
  await expect(machine).not.toContainText("Your turn");
});
