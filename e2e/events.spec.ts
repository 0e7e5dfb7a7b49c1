// The events page: a drain as it happens, found again, opened, downloaded; on a desk and on a phone, light and dark.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, openBoard, signIn, test } from "./fixtures.ts";
import { expectNoViolations } from "./lab/axe.ts";
import type { Stage } from "./lab/stage.ts";

async function openEvents(page: Page, { app }: Stage): Promise<void> {
  await signIn(page, app.url);
  await page.goto(`${app.url}/events`);
  await expect(page.getByRole("heading", { name: "Events" })).toBeVisible();
}

const rowOf = (page: Page, name: RegExp | string) => page.getByRole("row", { name }).first();

test("a drain slides in while it happens, and its row opens to the exact command and HAProxy's answer", async ({
  page,
  context,
  stage,
  board,
}) => {
  await openBoard(page, stage);
  const events = await context.newPage();
  await events.goto(`${stage.app.url}/events`);
  await expect(rowOf(events, /^Sign in by admin/)).toBeVisible();
  await board.state("APP1/SRV1", "Drain").click();
  await expect.poll(() => stage.adminBits("APP1/SRV1")).toEqual([8, 8]);
  const row = rowOf(events, /^Set drain APP1\/SRV1 by admin, .*, Done$/);
  await expect(row).toBeVisible();
  await expect(row).toContainText("lb1 and lb2");
  await row.click();
  const details = events.getByRole("complementary", { name: "Details" });
  await expect(details.getByRole("heading", { name: "Set drain APP1/SRV1" })).toBeVisible();
  const lb2 = details.getByRole("region", { name: "lb2" });
  await expect(lb2).toContainText("set server APP1/SRV1 state drain");
  await expect(lb2).toContainText("ready → drain");
  await expect(lb2).toContainText("nothing, which means yes");
  await expectNoViolations(events, "events with details");
  await events.emulateMedia({ colorScheme: "dark" });
  await expectNoViolations(events, "events in the dark");
  await events.keyboard.press("Escape");
  await expect(details).toBeHidden();
});

test("filters stand in the address and survive a reload; Clear takes them off", async ({ page, stage, board }) => {
  await openBoard(page, stage);
  await board.state("APP1/SRV2", "Drain").click();
  await expect.poll(() => stage.adminBits("APP1/SRV2")).toEqual([8, 8]);
  await page.getByRole("link", { name: "Events" }).click();
  await expect(rowOf(page, /^Set drain APP1\/SRV2/)).toBeVisible();
  await page.getByRole("button", { name: "Action: All actions" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Signing in and out" }).click();
  await expect(page).toHaveURL(/action=auth/);
  await expect(rowOf(page, /^Sign in by admin/)).toBeVisible();
  await expect(page.getByRole("row", { name: /^Set drain/ })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("button", { name: "Action: Signing in and out" })).toBeVisible();
  await expect(page.getByRole("row", { name: /^Set drain/ })).toHaveCount(0);
  await page.getByRole("searchbox", { name: "Search events" }).fill("no such words anywhere");
  await expect(page.getByText("No event matches the filter.")).toBeVisible();
  await expectNoViolations(page, "events without a match");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page).toHaveURL(`${stage.app.url}/events`);
  await expect(rowOf(page, /^Set drain APP1\/SRV2/)).toBeVisible();
});

test("the whole of it as CSV, and the chain is checked on the spot", async ({ page, stage, board }) => {
  await openBoard(page, stage);
  await board.state("APP1/SRV1", "Drain").click();
  await expect.poll(() => stage.adminBits("APP1/SRV1")).toEqual([8, 8]);
  await page.goto(`${stage.app.url}/events?server=APP1%2FSRV1`);
  await expect(rowOf(page, /^Set drain APP1\/SRV1/)).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download these events as CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("drainboard-audit.csv");
  const lines = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\r\n");
  expect(lines[0]).toMatch(/^seq,at,action,outcome/);
  expect(lines.filter((line) => line.includes("set server APP1/SRV1 state drain")).length).toBeGreaterThanOrEqual(4);
  expect(lines.some((line) => line.includes("auth:sign-in"))).toBe(false);
  await page.getByRole("button", { name: "Check the chain" }).click();
  await expect(page.getByText(/^Whole: \d+ rows$/)).toBeVisible();
});

test("further down nothing moves: new events wait behind a button", async ({ page, stage }) => {
  await openEvents(page, stage);
  const refused = () =>
    page.request.put(`${stage.app.url}/api/v1/servers/APP1/NONE/admin-state`, {
      data: { adminState: "drain" },
      headers: { origin: stage.app.url },
    });
  for (let n = 0; n < 40; n++) expect((await refused()).status()).toBe(404);
  const rows = page.getByRole("grid", { name: "Events" }).getByRole("rowgroup").last();
  await expect(rowOf(page, /^Set drain APP1\/NONE by admin, .*, Denied$|^Set a state APP1\/NONE/)).toBeVisible();
  await rows.evaluate((element) => element.scrollTo({ top: 400 }));
  await refused();
  const pill = page.getByRole("button", { name: "1 new event, show" });
  await expect(pill).toBeVisible();
  expect(await rows.evaluate((element) => element.scrollTop)).toBe(400);
  await pill.click();
  await expect(pill).toBeHidden();
  expect(await rows.evaluate((element) => element.scrollTop)).toBe(0);
});

test("by keyboard: j and k move, Enter opens, Esc closes, / searches", async ({ page, stage }) => {
  await openEvents(page, stage);
  await expect(rowOf(page, /^Sign in by admin/)).toBeVisible();
  await page.keyboard.press("j");
  await expect(page.locator("[role=row][data-id]").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("complementary", { name: "Details" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("complementary", { name: "Details" })).toBeHidden();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search events" })).toBeFocused();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("one column, details as a sheet, nothing wider than the screen", async ({ page, stage }) => {
    await openEvents(page, stage);
    const row = rowOf(page, /^Sign in by admin/);
    await expect(row).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await expectNoViolations(page, "events on a phone");
    await row.click();
    const sheet = page.getByRole("dialog", { name: "Sign in" });
    await expect(sheet).toContainText("127.0.0.1");
    await expectNoViolations(page, "an event on a phone");
    await page.keyboard.press("Escape");
    await expect(sheet).toBeHidden();
  });
});

test.describe("without an answer", () => {
  test.use({ allowedFaults: /503/ });

  test("an audit that cannot be read says so, and Try again reads it", async ({ page, stage }) => {
    await page.route("**/api/v1/audit?*", (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", json: { detail: "The disk is full." } }),
    );
    await openEvents(page, stage);
    const alert = page.getByRole("alert").filter({ hasText: "The events cannot be read now: The disk is full." });
    await expect(alert).toBeVisible();
    await page.unroute("**/api/v1/audit?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(rowOf(page, /^Sign in by admin/)).toBeVisible();
  });
});
