// Sign-in at a real OpenID Connect provider, as a person does it, and what pages tell the browser about scripts.
import type { Page } from "@playwright/test";
import { expect, signIn, test } from "./fixtures.ts";
import { startApp } from "./lab/app.ts";
import { freePort } from "./lab/net.ts";
import { startProvider } from "./lab/oidc-provider.ts";
import { SignInPage } from "./pages/sign-in.ts";

test.describe("at the provider", () => {
  // Its own pages load a picture that its own policy refuses.
  test.use({ allowedFaults: /.*/ });

  test("the button leads there and back to where one wanted to go; without a role there is a sentence", async ({
    page,
  }) => {
    const port = await freePort();
    const provider = await startProvider(`http://127.0.0.1:${port}`, {
      ann: { preferred_username: "ann", groups: ["ops"] },
      eve: { preferred_username: "eve", groups: ["guests"] },
    });
    const app = await startApp({
      ...{ port, loadBalancers: {} },
      env: {
        DRAINBOARD_OIDC_ISSUER: provider.issuer,
        DRAINBOARD_OIDC_CLIENT_ID: provider.clientId,
        DRAINBOARD_OIDC_CLIENT_SECRET: provider.clientSecret,
        DRAINBOARD_OIDC_SCOPES: "openid profile groups",
        DRAINBOARD_OIDC_ROLES: "ops=admin",
        DRAINBOARD_OIDC_LABEL: "Sign in with the company account",
      },
    });
    try {
      const atProvider = async (login: string) => {
        await page.getByRole("link", { name: "Sign in with the company account" }).click();
        await page.getByPlaceholder(/login/i).fill(login);
        await page.getByPlaceholder(/password/i).fill("any");
        await page.getByRole("button", { name: /sign-in/i }).click();
        await page.getByRole("button", { name: /continue/i }).click();
      };
      await page.goto(`${app.url}/settings/account`);
      await atProvider("ann");
      await expect(page).toHaveURL(`${app.url}/settings/account`);
      await expect(page.getByText("ann", { exact: true }).first()).toBeVisible();

      await page.context().clearCookies();
      await page.goto(app.url);
      await atProvider("eve");
      const form = new SignInPage(page);
      await expect(page.getByText("none of your groups has a role in Drainboard")).toBeVisible();
      await expect(form.name).toBeVisible();
    } finally {
      await app.dispose();
      await provider[Symbol.asyncDispose]();
    }
  });
});

test("words in the address never reach the sign-in page", async ({ page, stage }) => {
  await page.goto(`${stage.app.url}/sign-in?problem=Call+0800+now`);
  await expect(new SignInPage(page).heading).toBeVisible();
  await expect(page.getByText("0800")).toHaveCount(0);
  await page.goto(`${stage.app.url}/sign-in?problem=expired`);
  await expect(page.getByText("The sign-in took too long")).toBeVisible();
});

const PAGES = [
  "/",
  "/servers/APP1/SRV1",
  "/maintenances/1",
  "/events",
  "/wall",
  "/settings",
  "/settings/people",
  "/nowhere",
];

test("every page: each script has this request's nonce, none is written into an attribute", async ({ page, stage }) => {
  await expectNonces(page, `${stage.app.url}/sign-in`);
  await expectNonces(page, `${stage.app.url}/setup`);
  await signIn(page, stage.app.url);
  for (const path of PAGES) await expectNonces(page, `${stage.app.url}${path}`);
});

async function expectNonces(page: Page, url: string): Promise<void> {
  const response = await page.request.get(url);
  const policy = response.headers()["content-security-policy"] ?? "";
  const nonce = /script-src 'self' 'nonce-([A-Za-z0-9+/=]+)' 'strict-dynamic';/.exec(policy)?.[1];
  expect(nonce, url).toBeDefined();
  expect(policy).not.toContain("unsafe-eval");
  const html = await response.text();
  const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
  expect(scripts.length, url).toBeGreaterThan(0);
  for (const tag of scripts) expect(tag, url).toContain(`nonce="${nonce}"`);
  for (const [tag] of html.matchAll(/<style\b[^>]*>/g)) expect(tag, url).toContain(`nonce="${nonce}"`);
  expect(html, url).not.toMatch(/<[^>]+\son[a-z]+=/i);
  expect(html, url).not.toContain("javascript:");
}
