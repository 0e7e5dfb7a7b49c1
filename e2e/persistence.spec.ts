// The persistence card and the probe as people use them: an admin says where it asks, and everybody reads one verdict.
import { expect, signIn, test } from "./fixtures.ts";
import { expectNoViolations } from "./lab/axe.ts";
import { APP_PORT } from "./lab/configs.ts";

test("set up from the settings, probed from the server's page, and true while it drains", async ({
  page,
  startStage,
}) => {
  test.slow();
  const stage = await startStage({ names: ["lb1"] });
  const port = stage.lbs[0]?.port(APP_PORT);
  await signIn(page, stage.app.url);
  await page.goto(`${stage.app.url}/servers/APP1/SRV1`);
  const card = page.getByRole("region", { name: "Persistence" });
  await expect(card).toContainText("whoever holds cookie HAPROXY_SESSION keeps coming back to the same server");
  await expect(card).toContainText("HAPROXY_SESSION=s1");
  await expect(card.getByRole("button", { name: "Probe…", exact: true })).toHaveAttribute("aria-disabled", "true");

  await page.goto(`${stage.app.url}/settings/backends`);
  await page.getByRole("button", { name: "Probe of APP1" }).click();
  const setting = page.getByRole("dialog", { name: "Where the probe of APP1 asks" });
  await expect(setting).toContainText("A guess:");
  await setting.getByLabel("Address of the frontend").fill(`127.0.0.1:${port}`);
  await setting.getByLabel("Response header that names the server").fill("x-origin");
  await expectNoViolations(page, "the probe's setting");
  await setting.getByRole("button", { name: "Save" }).click();
  await expect(setting).toBeHidden();

  await page.goto(`${stage.app.url}/servers/APP1/SRV1`);
  await expect(card).toContainText(`http://127.0.0.1:${port}/`);
  await card.getByRole("button", { name: "Probe…", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Probe persistence of APP1/SRV1" });
  await dialog.getByRole("button", { name: "Probe SRV1" }).click();
  await expect(dialog.getByRole("status")).toContainText("APP1/SRV1 keeps its users: all 3 requests");
  const asUser = dialog.getByRole("region", { name: "As a user of this server, with its cookie" });
  await expect(asUser.getByRole("row", { name: /200 APP1\/SRV1 kept/ })).toHaveCount(3);
  await expectNoViolations(page, "the probe's answer");

  await stage.ask("set server APP1/SRV1 state drain");
  await expect(
    page
      .getByRole("group", { name: "Admin state of APP1/SRV1", includeHidden: true })
      .getByRole("button", { name: "Drain", includeHidden: true }),
  ).toHaveAttribute("aria-pressed", "true");
  await dialog.getByRole("button", { name: "Probe SRV1 again" }).click();
  await expect(dialog.getByRole("status")).toContainText("Drain works: nobody new reached APP1/SRV1");
  await stage.ask("set server APP1/SRV1 state maint");
  await expect(
    page
      .getByRole("group", { name: "Admin state of APP1/SRV1", includeHidden: true })
      .getByRole("button", { name: "Maint", includeHidden: true }),
  ).toHaveAttribute("aria-pressed", "true");
  await dialog.getByRole("button", { name: "Probe SRV1 again" }).click();
  await expect(dialog.getByRole("status")).toContainText("Maint works");
  await page.keyboard.press("Escape");
  await expect(card.getByRole("button", { name: "Probe…", exact: true })).toBeFocused();
});

test("on a phone the dialog is a sheet that stays within the screen; who asks in vain is told why", async ({
  page,
  startStage,
}) => {
  test.slow();
  const stage = await startStage({ names: ["lb1"] });
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, stage.app.url);
  const put = await page.request.put(`${stage.app.url}/api/v1/settings/backends/APP1/probe`, {
    data: { address: "127.0.0.1:9" },
    headers: { origin: stage.app.url },
  });
  expect(put.status()).toBe(200);
  await page.goto(`${stage.app.url}/servers/APP1/SRV1`);
  await page.getByRole("region", { name: "Persistence" }).getByRole("button", { name: "Probe…", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Probe SRV1" }).click();
  await expect(dialog.getByRole("status")).toContainText("Nobody listens on 127.0.0.1:9.");
  await expect(dialog.getByRole("status")).toContainText("Look at the probe's address in the settings.");
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
});
