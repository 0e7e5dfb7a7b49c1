// Sign-in at a real provider (oidc-provider in its own process), through the app's own port, as a browser does it.
import { expect, onTestFinished, test } from "vitest";
import { freePort, until } from "#lab/net.ts";
import { type People, startProvider } from "#lab/oidc-provider.ts";
import { createLog } from "#server/log.ts";
import { startTestApp } from "#server/testing.ts";
import type { OidcConfig } from "./oidc.ts";
import { Browser, type Page } from "./testing/browser.ts";

const people: People = {
  ann: { preferred_username: "ann", groups: ["ops"] },
  bob: { preferred_username: "bob", groups: ["team-a", "staff"] },
  eve: { preferred_username: "eve", groups: ["guests"] },
  odd: { preferred_username: "O'Brien,\u202e Pat\n", groups: "ops" },
  fake: { preferred_username: "admin", groups: ["ops"] },
};

const roles: OidcConfig["roles"] = [
  { group: "ops", role: "admin", backends: null },
  { group: "team-a", role: "operator", backends: ["team-a-*"] },
];

async function start(settings: Partial<OidcConfig> = {}, adminPassword?: string) {
  const port = await freePort();
  const appUrl = `http://127.0.0.1:${port}`;
  const provider = await startProvider(appUrl, people);
  onTestFinished(() => provider[Symbol.asyncDispose]());
  const { issuer, clientId, clientSecret } = provider;
  const log: string[] = [];
  const app = await startTestApp({
    port,
    ...(adminPassword === undefined ? {} : { adminPassword }),
    log: createLog({ to: { write: (line) => void log.push(line) } }),
    oidc: {
      ...{ issuer, clientId, clientSecret, scopes: "openid profile groups", nameClaim: null, groupsClaim: "groups" },
      ...{ label: "Sign in with the test", roles, signOutAtProvider: false, ...settings },
    },
  });
  const url = app.url;
  const startUrl = `${url}/auth/oidc/start`;
  return {
    ...{ app, provider, url, log },
    /** where a sign-in of `login` leads to; the pages there are not asked for */
    signIn: (browser: Browser, login: string, next?: string): Promise<Page> =>
      browser.signIn(
        next === undefined ? startUrl : `${startUrl}?next=${encodeURIComponent(next)}`,
        login,
        (to) => to.startsWith(url) && !to.startsWith(`${url}/auth/oidc/callback`),
      ),
    /** the same, but stopped before the way back is asked for: its address */
    wayBack: async (browser: Browser, login: string): Promise<string> => {
      const page = await browser.signIn(startUrl, login, (to) => to.startsWith(`${url}/auth/oidc/callback`));
      return page.location ?? "";
    },
    state: async (browser: Browser) => JSON.parse((await browser.ask(`${url}/auth/state`)).text),
  };
}

test("a person signs in with role and limit from the groups, and lands where she wanted to go", async () => {
  const { app, signIn, state, url } = await start();
  const [ann, bob] = [new Browser(), new Browser()];
  expect((await signIn(ann, "ann", "/maintenances/7?x=1")).location).toBe(`${url}/maintenances/7?x=1`);
  expect(await state(ann)).toMatchObject({ signedIn: true, name: "ann", role: "admin", backends: null });
  expect((await signIn(bob, "bob")).location).toBe(`${url}/`);
  expect(await state(bob)).toMatchObject({ name: "bob", role: "operator", backends: ["team-a-*"] });
  expect(ann.cookies(url)).toMatch(/^drainboard=[\w-]{43}$/);
  const rows = await app.app.store.audit.list({ limit: 10 });
  expect(rows.filter((row) => row.action === "auth:sign-in").map((row) => [row.actorName, row.outcome])).toEqual([
    ...[["bob", "done"] as const, ["ann", "done"] as const],
  ]);
});

test("the role is read again at every sign-in; another name at the provider is the same person", async () => {
  const { app, provider, signIn, state } = await start();
  await signIn(new Browser(), "ann");
  const [before] = await app.app.store.people.list();
  await provider.setPeople({ ann: { preferred_username: "anna", groups: ["team-a"] } });
  const later = new Browser();
  await signIn(later, "ann");
  expect(await state(later)).toMatchObject({ name: "ann", role: "operator", backends: ["team-a-*"] });
  expect((await app.app.store.people.list()).map((person) => person.id)).toEqual([before?.id]);
});

test("whose groups have no role is refused in plain words, and what was still signed in ends", async () => {
  const { provider, signIn, state, url, log } = await start();
  const eve = new Browser();
  expect((await signIn(eve, "eve", "/events")).location).toBe(`${url}/sign-in?problem=no-role&next=%2Fevents`);
  expect(await state(eve)).toMatchObject({ signedIn: false });
  const ann = new Browser();
  await signIn(ann, "ann");
  expect(await state(ann)).toMatchObject({ signedIn: true });
  await provider.setPeople({ ann: { preferred_username: "ann", groups: ["guests"] } });
  expect((await signIn(new Browser(), "ann")).location).toBe(`${url}/sign-in?problem=no-role`);
  expect(await state(ann)).toMatchObject({ signedIn: false });
  expect(log.join("")).toContain("no group of this person has a role");
});

test("a name from the provider is made fit for a screen, and never that of somebody who is here", async () => {
  const { app, signIn, state, url } = await start({}, "correct horse battery");
  const odd = new Browser();
  await signIn(odd, "odd");
  expect(await state(odd)).toMatchObject({ signedIn: true, name: "O Brien Pat" });
  const fake = new Browser();
  expect((await signIn(fake, "fake")).location).toBe(`${url}/sign-in?problem=name-taken`);
  expect(await state(fake)).toMatchObject({ signedIn: false });
  expect((await app.app.store.people.list()).map((person) => person.name)).toEqual(["admin", "O Brien Pat"]);
});

test("a disabled person stays out", async () => {
  const { app, signIn, url } = await start();
  await signIn(new Browser(), "ann");
  await signIn(new Browser(), "bob");
  const bob = await app.app.store.people.byName("bob");
  await app.app.store.people.change(bob!.id, { disabledAt: 1 });
  expect((await signIn(new Browser(), "bob")).location).toBe(`${url}/sign-in?problem=disabled`);
});

test("a way back that this browser did not begin signs nobody in", async () => {
  const { wayBack, url } = await start();
  const refused = `${url}/sign-in?problem=expired`;
  const ann = new Browser();
  const back = await wayBack(ann, "ann");
  // without the ticket, with a rubbish one, with another browser's
  expect((await new Browser().ask(back)).location).toBe(refused);
  const rubbish = new Browser();
  rubbish.setCookie(url, "drainboard-oidc", "A".repeat(200));
  expect((await rubbish.ask(back)).location).toBe(refused);
  const other = new Browser();
  await other.ask(`${url}/auth/oidc/start`);
  expect((await other.ask(back)).location).toBe(refused);
  expect(other.cookies(url)).not.toContain("drainboard=");
  // another state, none, two
  const forged = new URL(back);
  forged.searchParams.set("state", "x".repeat(43));
  expect((await other.ask(forged.href)).location).toBe(refused);
  // its own: once
  const ticket = ann.cookies(url);
  expect((await ann.ask(back)).location).toBe(`${url}/`);
  expect((await ann.ask(back)).location).toBe(refused);
  const [name = "", value = ""] = ticket.split("=");
  const replay = new Browser();
  replay.setCookie(url, name, value);
  expect((await replay.ask(back)).location).toBe(refused);
  expect(replay.cookies(url)).toBe("");
});

/** The ID token with another payload, or another signature. */
function forged(token: string, change: (payload: Record<string, unknown>) => void, keepSignature = true): string {
  const [head = "", payload = "", signature = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  change(claims);
  const text = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return [head, text, keepSignature ? signature : ""].join(".");
}

test.each<[string, (token: string) => string]>([
  ["another person", (token) => forged(token, (claims) => Object.assign(claims, { sub: "ann" }))],
  ["another nonce", (token) => forged(token, (claims) => Object.assign(claims, { nonce: "x" }))],
  ["a signature of nothing", (token) => forged(token, () => {}, false)],
  [
    "no signature by its own word",
    (token) => {
      const head = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
      return `${head}.${token.split(".")[1]}.`;
    },
  ],
  ["rubbish", () => "rubbish"],
])("an ID token with %s signs nobody in", async (_name, change) => {
  const { provider, signIn, state, url } = await start();
  provider.change((path, body) =>
    path === "/token" && typeof body.id_token === "string" ? { ...body, id_token: change(body.id_token) } : body,
  );
  const browser = new Browser();
  expect((await signIn(browser, "bob")).location).toBe(`${url}/sign-in?problem=not-proved`);
  expect(await state(browser)).toMatchObject({ signedIn: false });
});

test("user info of another person is refused", async () => {
  const { provider, signIn, url } = await start();
  provider.change((path, body) => (path === "/me" ? { ...body, sub: "ann", groups: ["ops"] } : body));
  expect((await signIn(new Browser(), "bob")).location).toBe(`${url}/sign-in?problem=not-proved`);
});

test("a token for another nonce, signed by the provider itself, is refused", async () => {
  const { signIn, provider, url, wayBack } = await start();
  let first = "";
  provider.change((path, body) => {
    if (path !== "/token" || typeof body.id_token !== "string") return body;
    if (first !== "") return { ...body, id_token: first };
    first = body.id_token;
    return body;
  });
  await signIn(new Browser(), "ann");
  const browser = new Browser();
  expect((await browser.ask(await wayBack(browser, "bob"))).location).toBe(`${url}/sign-in?problem=not-proved`);
});

test("a provider that is down stops neither the app nor, once it is back, the sign-in", async () => {
  const { app, provider, signIn, state, url, log } = await start({}, "correct horse battery");
  provider.setDown(true);
  expect((await app.rest("GET", "/readyz")).status).toBe(200);
  const browser = new Browser();
  expect((await browser.ask(`${url}/auth/oidc/start?next=/events`)).location).toBe(
    `${url}/sign-in?problem=provider-down&next=%2Fevents`,
  );
  expect(await app.signIn()).toMatch(/^drainboard=/);
  expect(log.join("")).toContain("503 from");
  provider.setDown(false);
  expect((await signIn(browser, "ann")).location).toBe(`${url}/`);
  expect(await state(browser)).toMatchObject({ signedIn: true });
});

test("a provider that goes down between the two steps is told as that", async () => {
  const { provider, wayBack, url } = await start();
  const browser = new Browser();
  const back = await wayBack(browser, "ann");
  provider.setDown(true);
  expect((await browser.ask(back)).location).toBe(`${url}/sign-in?problem=provider-down`);
});

test.each([
  ["nobody listens", "http://127.0.0.1:1", "provider-down"],
  ["a name that does not resolve", "https://provider.invalid", "provider-down"],
])("an issuer where %s: one sentence, and the app serves", async (_name, issuer, problem) => {
  const { app, url } = await start({ issuer });
  expect((await new Browser().ask(`${url}/auth/oidc/start`)).location).toBe(`${url}/sign-in?problem=${problem}`);
  expect((await app.rest("GET", "/readyz")).status).toBe(200);
});

test("a secret that the provider does not know, and an issuer of another name, are faults of the set-up", async () => {
  const wrongSecret = await start({ clientSecret: "another" });
  expect((await wrongSecret.signIn(new Browser(), "ann")).location).toContain("problem=provider-setup");
  expect(wrongSecret.log.join("")).toMatch(/WWW-Authenticate|invalid_client/);
  expect(wrongSecret.log.join("")).not.toContain('"another"');
  const { provider, url } = wrongSecret;
  const elsewhere = await start({ issuer: provider.issuer.replace("127.0.0.1", "localhost") });
  expect((await new Browser().ask(`${elsewhere.url}/auth/oidc/start`)).location).toContain("problem=provider-setup");
  expect(url).not.toBe(elsewhere.url);
});

test.each([
  ["access_denied", "provider-refused"],
  ["temporarily_unavailable", "provider-down"],
  ["invalid_scope", "provider-setup"],
  ["<script>alert(1)</script>", "provider-setup"],
])("the provider's own refusal %s comes back as a code, never as its words", async (error, problem) => {
  const { url, provider } = await start();
  const browser = new Browser();
  const begun = await browser.ask(`${url}/auth/oidc/start`);
  const state = new URL(begun.location ?? "").searchParams.get("state") ?? "";
  const query = new URLSearchParams({ state, error, error_description: "words of mine", iss: provider.issuer });
  const page = await browser.ask(`${url}/auth/oidc/callback?${query}`);
  expect(page.location).toBe(`${url}/sign-in?problem=${problem}`);
});

test("next never leads to another site, not by way of the provider either", async () => {
  const { signIn, url } = await start();
  for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
    expect((await signIn(new Browser(), "ann", next)).location, next).toBe(`${url}/`);
});

test("the sign-in page is told the button's text; without a provider there are no such addresses", async () => {
  const { state } = await start();
  expect((await state(new Browser())).oidc).toEqual({ label: "Sign in with the test" });
  const plain = await startTestApp();
  expect((await plain.rest("GET", "/auth/state")).body.oidc).toBeNull();
  expect((await plain.rest("GET", "/auth/oidc/start")).status).toBe(404);
});

test("signing out ends it here, and at the provider where that is asked for", async () => {
  const signOut = (browser: Browser, url: string) =>
    fetch(`${url}/auth/sign-out`, { method: "POST", headers: { cookie: browser.cookies(url), origin: url } });
  const here = await start();
  const ann = new Browser();
  await here.signIn(ann, "ann");
  expect((await signOut(ann, here.url)).status).toBe(204);
  expect(await here.state(ann)).toMatchObject({ signedIn: false });

  const both = await start({ signOutAtProvider: true }, "correct horse battery");
  await both.signIn(ann, "ann");
  const reply = await signOut(ann, both.url);
  expect(reply.status).toBe(200);
  const { next } = (await reply.json()) as { next: string };
  const asked = new URL(next);
  expect(`${asked.origin}${asked.pathname}`).toBe(`${both.provider.issuer}/session/end`);
  expect(asked.searchParams.get("post_logout_redirect_uri")).toBe(`${both.url}/sign-in`);
  const page = await ann.follow(next);
  expect(page.status).toBe(200);
  expect(page.text).toContain("logout");
  expect(await both.state(ann)).toMatchObject({ signedIn: false });
  // A local account has nothing to end there.
  const cookie = await both.app.signIn();
  const local = await fetch(`${both.url}/auth/sign-out`, { method: "POST", headers: { cookie, origin: both.url } });
  expect(local.status).toBe(204);
});

test("a hundred sign-ins begun at once keep nothing in the app and ask the provider's addresses once", async () => {
  const { provider, url } = await start();
  const begun = await Promise.all(Array.from({ length: 100 }, () => new Browser().ask(`${url}/auth/oidc/start`)));
  expect(new Set(begun.map((page) => new URL(page.location ?? "").searchParams.get("state"))).size).toBe(100);
  await until("the provider was asked", () => provider.asked.length > 0);
  expect(provider.asked.filter((path) => path.includes("well-known"))).toHaveLength(1);
});

test("a way back that proves nothing is in the audit, with our words only", async () => {
  const { app, wayBack, url } = await start();
  await new Browser().ask(`${await wayBack(new Browser(), "ann")}`);
  await new Browser().ask(`${url}/auth/oidc/callback?error=access_denied&error_description=Call+0900`);
  const rows = (await app.app.store.audit.list({ action: "auth:sign-in", limit: 5 })).map(({ outcome, answer }) => ({
    outcome,
    answer,
  }));
  const sentence = "The sign-in took too long, or it was started in another window. Start it again here.";
  expect(rows).toEqual([
    { outcome: "denied", answer: sentence },
    { outcome: "denied", answer: sentence },
  ]);
});
