// What somebody may, as it shows in a browser: a limit on the board, a change of it while the page is open, a page that
// may not be opened, a screen with a wall link.
import type { Browser, Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { ADMIN_TOKEN } from "./lab/app.ts";
import { Board } from "./pages/board.ts";

const PASSWORD = "staple battery horse";

async function asAdmin(page: Page, url: string, method: string, path: string, data?: object) {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const reply = await page.request.fetch(`${url}/api/v1${path}`, { method, headers, data });
  expect(reply.ok(), await reply.text()).toBe(true);
  return reply.status() === 204 ? null : reply.json();
}

/** A browser of somebody who was invited, followed the link and chose a password. */
async function invited(
  browser: Browser,
  page: Page,
  url: string,
  facts: { name: string; role: string; backends?: string[] },
) {
  const person = await asAdmin(page, url, "POST", "/people", facts);
  const own = await (await browser.newContext()).newPage();
  const code = new URL(person.link.url).searchParams.get("code");
  const reply = await own.request.post(`${url}/auth/reset`, {
    data: { code, password: PASSWORD },
    headers: { origin: url },
  });
  expect(reply.status()).toBe(204);
  await own.goto(url);
  const board = new Board(own);
  await expect(board.grid).toBeVisible();
  return { id: person.id as string, own, board };
}

test("an operator's limit, a changed role and a removal show on the open page", async ({
  browser,
  page,
  startStage,
}) => {
  const { app } = await startStage();
  const kim = await invited(browser, page, app.url, { name: "kim", role: "operator", backends: ["APP1"] });
  await expect(kim.board.control("APP1/SRV1")).not.toHaveAttribute("title", /./);
  await expect(kim.board.control("API/SRV1")).toHaveAttribute("title", "You may change APP1, not API.");

  await asAdmin(page, app.url, "PATCH", `/people/${kim.id}`, { role: "viewer" });
  await expect(kim.board.control("APP1/SRV1")).toHaveAttribute("title", /^Your role is viewer/);

  const refused = await kim.own.goto(`${app.url}/settings/people`);
  expect(refused?.status()).toBe(403);
  await expect(kim.own.getByRole("heading", { name: "You may not open this page" })).toBeVisible();
  await expect(kim.own.getByText("This takes the role admin, and yours is viewer")).toBeVisible();
  await kim.own.getByRole("link", { name: "Open the board" }).click();
  await expect(kim.board.grid).toBeVisible();

  await asAdmin(page, app.url, "DELETE", `/people/${kim.id}`);
  await expect(kim.own).toHaveURL(/\/sign-in/);
  await kim.own.context().close();
});

test("a wall link opens the board without a way to change anything, until it is revoked", async ({
  page,
  startStage,
}) => {
  const { app } = await startStage();
  const wall = await asAdmin(page, app.url, "POST", "/wall-links", { name: "noc" });
  await page.goto(wall.url);
  const board = new Board(page);
  await expect(page).toHaveURL(`${app.url}/`);
  await expect(board.control("APP1/SRV1")).toHaveAttribute("title", /^A wall link only shows/);
  await asAdmin(page, app.url, "DELETE", `/wall-links/${wall.id}`);
  await expect(page).toHaveURL(/\/sign-in/);
  // Whole, before the app that serves it is ended.
  await page.waitForLoadState("networkidle");
});
