// The settings as an admin uses them: what is added there works at once, for the others and for HAProxy.
import { type Browser, expect, type Page } from "@playwright/test";
import { openBoard, signIn, test } from "./fixtures.ts";
import { startApp } from "./lab/app.ts";
import { expectNoViolations } from "./lab/axe.ts";
import { startHaproxy } from "./lab/haproxy.ts";
import { Board } from "./pages/board.ts";

const PASSWORD = "a few words in a row";

async function openSection(page: Page, url: string, title: string): Promise<void> {
  // It leads on to the first section by itself.
  await page.goto(`${url}/settings`);
  await expect(page).toHaveURL(/\/settings\/people$/);
  const link = page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: title });
  await link.click();
  await expect(link).toHaveAttribute("aria-current", "page");
  await expect(page.getByRole("heading", { name: title, level: 1 })).toBeVisible();
}

function row(page: Page, list: string, name: string) {
  return page.getByRole("list", { name: list }).getByRole("listitem", { name, exact: true });
}

async function stranger(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

test("the gear and one's own menu lead to the settings", async ({ page, board, stage }) => {
  await openBoard(page, stage);
  await page.getByRole("link", { name: "Settings" }).click();
  await expect(page.getByRole("heading", { name: "People", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Your menu, admin" }).click();
  await board.menu.getByRole("menuitem", { name: "Your account" }).click();
  await expect(page.getByRole("heading", { name: "Account", level: 1 })).toBeVisible();
  await page.getByRole("link", { name: "Board" }).click();
  await expect(board.grid).toBeVisible();
});

test.describe("people", () => {
  // what is refused on purpose
  test.use({ allowedFaults: /status of (?:403|409)/ });

  test("a new operator signs in by the link, is limited as told, and is gone when removed", async ({
    page,
    browser,
    startStage,
  }) => {
    const stage = await startStage();
    await signIn(page, stage.app.url);
    await openSection(page, stage.app.url, "People");
    await expect(row(page, "People", "admin").getByRole("button", { name: "Remove admin" })).toHaveCount(0);
    await page.getByRole("button", { name: "Add person…" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a person" });
    await expect(dialog.getByLabel("Name")).toBeFocused();
    await dialog.getByLabel("Name").fill("mira");
    await dialog.getByLabel("Only these backends").fill("API");
    await dialog.getByRole("button", { name: "Add person" }).click();
    const link = (await page.getByRole("group", { name: "Link for mira" }).textContent()) ?? "";
    expect(link).toContain(`${stage.app.url}/reset?code=`);
    await page.getByRole("button", { name: "Done" }).click();
    await expect(row(page, "People", "mira")).toContainText(/operator.*API.*invited/);

    const mira = await stranger(browser);
    await mira.goto(link);
    await expect(mira.getByText("For mira. The link works once.")).toBeVisible();
    await mira.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await mira.getByLabel("Password again").fill(PASSWORD);
    await mira.getByRole("button", { name: "Save and sign in" }).click();
    const board = new Board(mira);
    await expect(board.grid).toBeVisible();
    await mira.getByRole("link", { name: "Settings" }).click();
    const nav = mira.getByRole("navigation", { name: "Settings" });
    await expect(nav.getByRole("link")).toHaveText(["Board", "Load balancers", "Backends", "Account"]);
    await expect(mira.getByRole("button", { name: "Add load balancer…" })).toHaveCount(0);
    const put = (backend: string) =>
      mira.request.put(`${stage.app.url}/api/v1/servers/${backend}/SRV1/admin-state`, {
        data: { adminState: "drain", override: true },
        headers: { origin: stage.app.url },
      });
    expect((await put("APP1")).status()).toBe(403);
    expect((await put("API")).status()).toBe(200);

    await page.reload();
    await page.getByRole("button", { name: "Remove mira" }).click();
    await expect(page.getByRole("dialog", { name: "Remove mira?" })).toContainText("signed out everywhere at once");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Remove mira" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove mira" }).click();
    await expect(row(page, "People", "mira")).toHaveCount(0);
    await expect(mira).toHaveURL(/\/sign-in/);

    const again = await stranger(browser);
    await again.goto(link);
    await expect(again.getByRole("main").getByRole("alert")).toContainText(/link/i);
    await expect(again.getByLabel("Password", { exact: true })).toHaveCount(0);
    await mira.context().close();
    await again.context().close();
  });
});

test("a token is shown once, calls REST, and is refused when revoked", async ({ page, stage, request }) => {
  // as over plain http, where browsers have no clipboard API
  await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await signIn(page, stage.app.url);
  await openSection(page, stage.app.url, "API tokens");
  await page.getByRole("button", { name: "Add token…" }).click();
  const dialog = page.getByRole("dialog", { name: "Add an API token" });
  await dialog.getByLabel("Name").fill("pipeline");
  await dialog.getByRole("radio", { name: "viewer" }).check({ force: true });
  await dialog.getByLabel("Expires").selectOption("In 30 days");
  await dialog.getByLabel("Name").press("Enter");
  const token = (await page.getByRole("group", { name: "Token pipeline" }).textContent()) ?? "";
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(token)).toHaveCount(0);
  const fleet = () => request.get(`${stage.app.url}/api/v1/fleet`, { headers: { authorization: `Bearer ${token}` } });
  expect((await fleet()).status()).toBe(200);
  await page.reload();
  await expect(row(page, "API tokens", "pipeline")).toContainText(/viewer.*used just now from/);
  await page.getByRole("button", { name: "Revoke pipeline" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke pipeline" }).click();
  await expect(row(page, "API tokens", "pipeline")).toHaveCount(0);
  expect((await fleet()).status()).toBe(401);
});

test("a wall link opens on another screen, which can write nothing, until it is revoked", async ({
  page,
  browser,
  stage,
}) => {
  await signIn(page, stage.app.url);
  await openSection(page, stage.app.url, "Wall links");
  await page.getByRole("button", { name: "Add wall link…" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("by the door");
  await page.getByRole("dialog").getByRole("button", { name: "Add wall link" }).click();
  const url = (await page.getByRole("group", { name: "Wall link by the door" }).textContent()) ?? "";
  await page.getByRole("button", { name: "Done" }).click();
  const wall = await stranger(browser);
  await wall.goto(url);
  await expect(wall).not.toHaveURL(/key=|sign-in/);
  const write = await wall.request.put(`${stage.app.url}/api/v1/servers/APP1/SRV1/admin-state`, {
    data: { adminState: "maint" },
    headers: { origin: stage.app.url },
  });
  expect(write.status()).toBe(403);
  expect((await wall.goto(`${stage.app.url}/settings`))?.status()).toBe(403);
  await page.reload();
  await expect(row(page, "Wall links", "by the door")).toContainText("seen just now");
  await page.getByRole("button", { name: "Revoke by the door" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke by the door" }).click();
  await expect(row(page, "Wall links", "by the door")).toHaveCount(0);
  expect((await wall.request.get(`${stage.app.url}/api/v1/fleet`)).status()).toBe(401);
  await wall.context().close();
});

test.describe("load balancers", () => {
  test.use({ allowedFaults: /status of 409/ });

  test("tested, added, seen in another browser without a reload, and gone again", async ({
    page,
    browser,
    startStage,
  }) => {
    const stage = await startStage({ names: ["lb1"] });
    const second = await startHaproxy({ config: () => "backend SHOP\n  server web01 127.0.0.1:9" });
    try {
      const other = await stranger(browser);
      await openBoard(other, stage);
      const board = new Board(other);
      await signIn(page, stage.app.url);
      await openSection(page, stage.app.url, "Load balancers");
      await expect(row(page, "Load balancers", "lb1")).toContainText(/live.*HAProxy.*set on the command line/);
      await expect(page.getByRole("button", { name: "Change lb1" })).toHaveCount(0);

      await page.getByRole("button", { name: "Add load balancer…" }).click();
      const dialog = page.getByRole("dialog", { name: "Add a load balancer" });
      const test = dialog.getByRole("status", { name: "Test" });
      await dialog.getByLabel("Name", { exact: true }).fill("lb2");
      await dialog.getByLabel("Address").fill(second.operatorSocket);
      await dialog.getByRole("button", { name: "Test" }).click();
      await expect(test).toContainText("level operator: it can show but not change");
      await expect(test).toContainText(`stats socket ${second.operatorSocket} mode 660 level admin`);
      await dialog.getByLabel("Address").fill(`${second.adminSocket}.gone`);
      await expect(test).not.toContainText("operator");
      await dialog.getByRole("button", { name: "Test" }).click();
      await expect(test).toContainText(`There is no ${second.adminSocket}.gone.`);
      await expect(dialog.getByRole("button", { name: "Add anyway" })).toBeVisible();
      await dialog.getByLabel("Address").fill(second.adminSocket);
      await dialog.getByRole("button", { name: "Test" }).click();
      await expect(test).toContainText(/HAProxy .* answers, level admin\. 1 backend, 1 server\./);
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
      await expect(row(page, "Load balancers", "lb2")).toContainText(/live/);

      await expect(board.chip("lb2")).toBeVisible();
      await expect(board.control("SHOP/web01")).toBeVisible();
      await board.state("SHOP/web01", "Drain").click();
      await board.page.getByRole("dialog").getByRole("button", { name: /drain/i }).first().click();
      await board.expectState("SHOP/web01", "Drain");
      expect(await second.adminBits("SHOP/web01")).toBe(8);

      await page.getByRole("button", { name: "Remove lb2" }).click();
      await expect(page.getByRole("dialog")).toContainText("goes on as it is, states included");
      await page.getByRole("dialog").getByRole("button", { name: "Remove lb2" }).click();
      await expect(row(page, "Load balancers", "lb2")).toHaveCount(0);
      await expect(board.chip("lb2")).toHaveCount(0);
      await expect(board.control("SHOP/web01")).toHaveCount(0);
      expect(await second.adminBits("SHOP/web01")).toBe(8);
      await other.context().close();
    } finally {
      await second.dispose();
    }
  });

  test("the first one is added in the browser, and the first-run page becomes the board", async ({ page }) => {
    const lab = await startHaproxy({ config: () => "backend SHOP\n  server web01 127.0.0.1:9" });
    const app = await startApp({ loadBalancers: {} });
    try {
      await signIn(page, app.url);
      await page.goto(app.url);
      await expect(page.getByRole("heading", { name: "Connect your HAProxy" })).toBeVisible();
      await page.getByLabel("Name", { exact: true }).fill("edge");
      await page.getByLabel("Socket").fill("/nowhere/admin.sock");
      await page.getByRole("button", { name: "Test connection" }).click();
      const edge = page.getByRole("region", { name: "edge" });
      await expect(edge).toContainText("There is no /nowhere/admin.sock.");
      await expect(edge).toContainText("Check that HAProxy runs and that haproxy.cfg says: stats socket");
      await expect(page.getByRole("button", { name: /^Open the board/ })).toHaveCount(0);

      // found by what HAProxy's process has bound
      await page.getByRole("button", { name: `Test ${lab.userSocket}` }).waitFor({ state: "detached" });
      await page.getByRole("button", { name: `Test ${lab.adminSocket}` }).click();
      const lb1 = page.getByRole("region", { name: "lb1" });
      await expect(lb1).toContainText("level admin");
      await expect(lb1).toContainText("1 backend, 1 server");

      await page.getByLabel("Socket").fill(lab.operatorSocket);
      await page.getByRole("button", { name: "Test connection" }).click();
      await expect(page.getByRole("region", { name: "lb2" })).toContainText("needs level admin to change states");
      await expect(page.getByRole("region", { name: "lb2" })).toContainText("of lb1, by another address");
      await page.getByRole("button", { name: "Take lb2 off the list" }).click();
      await expectNoViolations(page, "first run, tested");

      expect((await app.get("/settings/load-balancers")).loadBalancers).toEqual([]);
      await page.getByRole("button", { name: "Open the board with lb1" }).click();
      await expect(new Board(page).control("SHOP/web01")).toBeVisible();
    } finally {
      await app.dispose();
      await lab.dispose();
    }
  });
});

test("a minimum that is set counts for the next click, in another browser too", async ({
  page,
  browser,
  startStage,
}) => {
  const stage = await startStage();
  const other = await stranger(browser);
  await openBoard(other, stage);
  await signIn(page, stage.app.url);
  await openSection(page, stage.app.url, "Backends");
  await expect(row(page, "Backends", "APP1")).toContainText("minimum 2, by default");
  await page.getByRole("button", { name: "Change APP1" }).click();
  const dialog = page.getByRole("dialog", { name: "Change APP1" });
  await dialog.getByLabel("Minimum of servers that take new users").fill("3");
  await dialog.getByLabel("Quiet window").fill("45s");
  await dialog.getByRole("button", { name: "Change" }).click();
  await expect(row(page, "Backends", "APP1")).toContainText("minimum 3, set here");
  await expect(row(page, "Backends", "APP1")).toContainText("quiet 45s, set here");
  const board = new Board(other);
  await board.state("APP1/SRV1", "Drain").click();
  await expect(other.getByRole("dialog")).toContainText("minimum of 3");
  expect(await stage.adminBits("APP1/SRV1")).toEqual([0, 0]);
  await other.keyboard.press("Escape");
  await page.getByRole("radio", { name: "Set it again" }).check({ force: true });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Save" })).toHaveCount(0);
  expect((await stage.app.get("/settings/backends")).afterReload).toEqual({
    value: "re-apply",
    source: "settings",
    isEditable: true,
  });
  await other.context().close();
});

test.describe("one's own account", () => {
  test.use({ allowedFaults: /status of (?:400|401|403|409|422|429)/ });

  test("a new password ends the other logins; signing out everywhere ends this one", async ({
    page,
    browser,
    startStage,
  }) => {
    const stage = await startStage();
    const other = await stranger(browser);
    await signIn(other, stage.app.url);
    await signIn(page, stage.app.url);
    await openSection(page, stage.app.url, "Account");
    const logins = page.getByRole("list", { name: "Logins" });
    await expect(logins.getByRole("listitem")).toHaveCount(2);
    await page.getByLabel("Old password").fill("not the password");
    await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("New password again").fill(`${PASSWORD}.`);
    await page.getByRole("button", { name: "Change password" }).click();
    const refused = page.getByRole("main").getByRole("alert").filter({ hasText: /./ });
    await expect(refused).toHaveText("The two new passwords differ. Type the same one twice.");
    await page.getByLabel("New password again").fill(PASSWORD);
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(refused).toContainText(/password/);
    await page.getByLabel("Old password").fill("correct horse battery");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(new Board(page).toast("The password is changed. Your other logins have ended.")).toBeVisible();
    await expect(logins.getByRole("listitem")).toHaveCount(1);
    expect((await other.request.get(`${stage.app.url}/api/v1/fleet`)).status()).toBe(401);
    await page.getByRole("button", { name: "Sign out everywhere…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await other.context().close();
  });
});

for (const theme of ["light", "dark"] as const) {
  test.describe(`settings in ${theme}`, () => {
    test.use({ colorScheme: theme });

    for (const { what: layout, size } of [
      { what: "a desk", size: { width: 1440, height: 900 } },
      { what: "a phone", size: { width: 390, height: 844 } },
    ]) {
      test(`axe finds nothing on ${layout}, on the pages and in their dialogs`, async ({ page, stage }) => {
        // a dozen runs of axe
        test.slow();
        await signIn(page, stage.app.url);
        await page.setViewportSize(size);
        for (const [title, button] of [
          ["People", "Add person…"],
          ["API tokens", "Add token…"],
          ["Wall links", "Add wall link…"],
          ["Load balancers", "Add load balancer…"],
          ["Backends", "Change APP1"],
          ["Account", "Sign out everywhere…"],
        ] as const) {
          await openSection(page, stage.app.url, title);
          await expect(page.getByText("Reading.")).toHaveCount(0);
          await expectNoViolations(page, title);
          const [wide, room] = await page.evaluate(() => [document.body.scrollWidth, window.innerWidth]);
          expect(wide, title).toBeLessThanOrEqual(room ?? 0);
          await page.getByRole("button", { name: button }).click();
          await expect(page.getByRole("dialog")).toBeVisible();
          await expectNoViolations(page, `dialog of ${title}`);
          await page.keyboard.press("Escape");
          await expect(page.getByRole("dialog")).toHaveCount(0);
          await expect(page.getByRole("button", { name: button })).toBeFocused();
        }
      });
    }
  });
}
