// Who gets in, how, and where they land.
import { request as httpRequest } from "node:http";
import { SOCKET_PATH } from "#lib/wire/events.ts";
import { expect, signIn, test } from "./fixtures.ts";
import { ADMIN_PASSWORD, startApp } from "./lab/app.ts";
import { SignInPage } from "./pages/sign-in.ts";

const PAGES = ["/", "/servers/APP1/SRV1", "/hosts", "/maintenances/1", "/events", "/wall", "/settings", "/nowhere"];

test.describe("refused", () => {
  // The browser reports the 401 of a refused sign-in.
  test.use({ allowedFaults: /status of 401/ });

  test("a wrong password is told in a sentence, and the right one leads to the board", async ({
    page,
    board,
    stage,
  }) => {
    await page.goto(stage.app.url);
    await expect(page).toHaveURL(`${stage.app.url}/sign-in`);
    const form = new SignInPage(page);
    await expect(form.name).toBeFocused();
    await form.signIn("admin", "not the password");
    await expect(form.alert).toHaveText("Name or password is wrong. Try again, or ask an admin for a new password.");
    await expect(form.name).toHaveValue("admin");
    await form.signIn("admin", ADMIN_PASSWORD);
    await expect(page).toHaveURL(`${stage.app.url}/`);
    await expect(board.grid).toBeVisible();
  });
});

test("a start with pages says one line on standard output", async ({ page, stage }) => {
  await page.goto(stage.app.url);
  await expect(new SignInPage(page).name).toBeVisible();
  expect(stage.app.stdout()).toBe(`listening on ${stage.app.url}\n`);
});

test("every page leads to sign-in", async ({ page, stage }) => {
  for (const path of PAGES) {
    const response = await page.request.get(`${stage.app.url}${path}`, { maxRedirects: 0 });
    expect(response.status(), path).toBe(303);
    const wanted = path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
    expect(response.headers().location, path).toBe(wanted);
  }
});

test.describe("to a page that is not there", () => {
  test.use({ allowedFaults: /status of 404/ });

  test("signing in leads back to where one wanted to go", async ({ page, stage }) => {
    await page.goto(`${stage.app.url}/nowhere?from=here`);
    await new SignInPage(page).signIn("admin", ADMIN_PASSWORD);
    await expect(page).toHaveURL(`${stage.app.url}/nowhere?from=here`);
    await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  });
});

test("next never leads to another site", async ({ page, board, stage }) => {
  const tries = [
    "//evil.example/",
    "/\\evil.example/",
    "https://evil.example/",
    "/\t/evil.example/",
    "javascript:alert(1)",
  ];
  for (const next of tries) {
    await page.context().clearCookies();
    await page.goto(`${stage.app.url}/sign-in?next=${encodeURIComponent(next)}`);
    await new SignInPage(page).signIn("admin", ADMIN_PASSWORD);
    await expect(page, next).toHaveURL(`${stage.app.url}/`);
    await expect(board.grid).toBeVisible();
  }
});

test("signing out ends it for the page and for the API", async ({ page, board, stage }) => {
  await signIn(page, stage.app.url);
  await page.goto(stage.app.url);
  expect((await page.request.get(`${stage.app.url}/api/v1/fleet`)).status()).toBe(200);
  await page.getByRole("button", { name: "Your menu, admin" }).click();
  await board.menu.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(new SignInPage(page).heading).toBeVisible();
  expect((await page.request.get(`${stage.app.url}/api/v1/fleet`)).status()).toBe(401);
  await page.goto(stage.app.url);
  await expect(page).toHaveURL(`${stage.app.url}/sign-in`);
});

test.describe("an app without a password", () => {
  test.use({ allowedFaults: /status of 403/ });

  test("the printed set-up link makes the admin, once", async ({ page, browser }) => {
    const app = await startApp({ loadBalancers: {}, password: null });
    try {
      await page.goto(app.url);
      await expect(page.getByText("There is no user yet.")).toBeVisible();
      const link = /http:\S+\/setup\?code=\S+/.exec(app.output())?.[0] ?? "";
      await page.goto(link);
      const choose = async (password: string, again: string) => {
        await page.getByLabel("Password", { exact: true }).fill(password);
        await page.getByLabel("Password again").fill(again);
        await page.getByRole("button", { name: "Save and sign in" }).click();
      };
      await choose("a few words in a row", "a few words in a raw");
      await expect(page.getByRole("main").getByRole("alert")).toHaveText(
        "The two passwords differ. Type the same one twice.",
      );
      await choose("a few words in a row", "a few words in a row");
      await expect(page).toHaveURL(`${app.url}/`);
      await expect(page.getByRole("heading", { name: "Connect your HAProxy" })).toBeVisible();

      const stranger = await browser.newContext();
      const second = await stranger.newPage();
      await second.goto(link);
      await second.getByLabel("Password", { exact: true }).fill("another password");
      await second.getByLabel("Password again").fill("another password");
      await second.getByRole("button", { name: "Save and sign in" }).click();
      await expect(second.getByRole("main").getByRole("alert")).toContainText("This set-up link was used already");
      await second.goto(`${app.url}/sign-in`);
      await new SignInPage(second).signIn("admin", "a few words in a row");
      await expect(second.getByRole("heading", { name: "Connect your HAProxy" })).toBeVisible();
      await stranger.close();
    } finally {
      await app.dispose();
    }
  });
});

test("the live connection is refused without the cookie and from another site", async ({ page, stage }) => {
  await signIn(page, stage.app.url);
  const [cookie] = await page.context().cookies();
  const own = `${cookie?.name}=${cookie?.value}`;
  const { origin, port } = new URL(stage.app.url);
  expect(await handshake(Number(port), { origin })).toContain("not-signed-in");
  expect(await handshake(Number(port), { origin, cookie: own })).toMatch(/"sid"/);
  expect(await handshake(Number(port), { origin: "https://evil.example", cookie: own })).toBe("refused 403");
});

/** What a socket.io client is told when it joins: opens the polling transport by hand, so that every header is ours. */
async function handshake(port: number, headers: Record<string, string>): Promise<string> {
  const path = `${SOCKET_PATH}/?EIO=4&transport=polling`;
  const opened = await http(port, "GET", path, headers);
  if (opened.status !== 200) return `refused ${opened.status}`;
  const { sid } = JSON.parse(opened.body.slice(1)) as { sid: string };
  await http(port, "POST", `${path}&sid=${sid}`, headers, "40");
  return (await http(port, "GET", `${path}&sid=${sid}`, headers)).body;
}

function http(port: number, method: string, path: string, headers: Record<string, string>, body = "") {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path, headers, agent: false };
    const outgoing = httpRequest(options, async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
