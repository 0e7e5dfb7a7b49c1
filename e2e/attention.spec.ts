// A maintenance calls its owner back: title, icon, a notification where it was asked for. Nothing is asked before a click.
import type { Page } from "@playwright/test";
import { expect, openBoard, test } from "./fixtures.ts";
import { ADMIN_TOKEN } from "./lab/app.ts";
import type { Stage } from "./lab/stage.ts";

/** In the place of the browser's own, which no test can look into. */
function fakeNotifications() {
  class Fake {
    static permission = "default";
    static asked = 0;
    static told: string[] = [];
    static requestPermission() {
      Fake.asked++;
      Fake.permission = "granted";
      return Promise.resolve(Fake.permission);
    }
    onclick: (() => void) | null = null;
    constructor(title: string, { body }: { body: string }) {
      Fake.told.push(`${title} | ${body}`);
    }
    close() {}
  }
  Object.assign(window, { Notification: Fake });
  // The page in front of the person has no need to tell: here it is never in front.
  document.hasFocus = () => false;
}

async function notified(page: Page): Promise<{ asked: number; told: string[] }> {
  return page.evaluate(() => {
    const { asked, told } = Notification as unknown as { asked: number; told: string[] };
    return { asked, told };
  });
}

async function startMine(page: Page, { app }: Stage): Promise<void> {
  const response = await page.request.post(`${app.url}/api/v1/maintenances`, {
    data: { servers: ["APP1/SRV1"], quiet: "2s", override: true },
    headers: { origin: app.url },
  });
  expect(response.status(), await response.text()).toBe(201);
}

test("one's own maintenance whose turn it is counts in the title and the icon, and tells where it was asked to", async ({
  page,
  board,
  startStage,
}) => {
  const stage = await startStage();
  await page.addInitScript(fakeNotifications);
  await openBoard(page, stage);
  await expect(page).toHaveTitle(/^(?!\()/);
  expect(await notified(page)).toEqual({ asked: 0, told: [] });

  await page.getByRole("button", { name: "Your menu, admin" }).click();
  await board.menu.getByRole("menuitemcheckbox", { name: "Notify me when a maintenance needs me" }).click();
  await expect.poll(() => notified(page)).toEqual({ asked: 1, told: [] });

  await startMine(page, stage);
  await expect(page).toHaveTitle(/^\(1\) /, { timeout: 30_000 });
  await expect
    .poll(() => notified(page))
    .toMatchObject({
      told: ["Your turn: APP1/SRV1 | In maint: do your work, then set ready."],
    });
  await expect(page.getByRole("status", { name: "Your maintenances" })).toHaveText(/SRV1: (draining|quiet|your turn)/);
  const icon = page.locator('link[rel="icon"]').first();
  await expect(icon).toHaveAttribute("href", "/icon-waiting.svg");
  const file = await page.request.get(`${stage.app.url}/icon-waiting.svg`);
  expect([file.status(), file.headers()["content-type"]]).toEqual([200, "image/svg+xml"]);

  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(page).toHaveTitle(/^\(1\) Events/);
  await page.keyboard.press("g");
  await page.keyboard.press("b");

  await page.getByRole("button", { name: "Set ready APP1/SRV1" }).click();
  await expect(page).toHaveTitle(/^(?!\()/, { timeout: 30_000 });
  await expect(icon).not.toHaveAttribute("href", "/icon-waiting.svg");
  // what waits already when a page is opened is no news, and each need is told once
  expect((await notified(page)).told).toHaveLength(1);
});

test("somebody else's maintenance does not call", async ({ page, startStage }) => {
  const stage = await startStage();
  await openBoard(page, stage);
  const response = await fetch(`${stage.app.url}/api/v1/maintenances`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ servers: ["APP1/SRV1"], quiet: "2s", override: true }),
  });
  expect(response.status).toBe(201);
  await expect(page.getByRole("link", { name: "Maintenance of APP1/SRV1:" })).toContainText("Your turn", {
    timeout: 30_000,
  });
  await expect(page).toHaveTitle(/^(?!\()/);
});
