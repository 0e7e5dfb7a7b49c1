// Sign-in elsewhere, as the configuration names it: OpenID Connect, and the header of a proxy.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Config, readConfig } from "../config.ts";

function read(file: unknown, env: Record<string, string> = {}) {
  const dir = mkdtempSync(join(tmpdir(), "dbc-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "c.json"), JSON.stringify(file));
  writeFileSync(join(dir, "secret"), "from the file\n");
  writeFileSync(join(dir, "empty"), "\n");
  return readConfig(["--config", join(dir, "c.json")], env, { findSockets: () => [] });
}

function good(file: unknown, env: Record<string, string> = {}): Config {
  const result = read(file, env);
  if (!result.ok) throw new Error(result.mistakes.join("\n"));
  return result.config;
}

/** Without the path of the file, which is another one each time. */
function mistakes(file: unknown, env: Record<string, string> = {}): string[] {
  const result = read(file, env);
  return result.ok
    ? []
    : result.mistakes.map((one) => one.replace(/configuration file "[^"]+", /g, "").replace(/\S+\/dbc-\w+\//g, ""));
}

const roles = [
  { group: "ops", role: "admin" },
  { group: "team-a", role: "operator", backends: ["team-a-*"] },
];
const oidc = { issuer: "https://id.example/realms/ops", clientId: "drainboard", roles };

test("off by default", () => {
  expect(good({})).not.toHaveProperty("oidc");
  expect(good({})).not.toHaveProperty("identityHeader");
});

test("the least, and what is taken for the rest", () => {
  expect(good({ oidc }).oidc).toEqual({
    ...{ issuer: "https://id.example/realms/ops", clientId: "drainboard", clientSecret: null },
    ...{ scopes: "openid profile email", nameClaim: null, groupsClaim: "groups", signOutAtProvider: false },
    label: "Sign in with OpenID Connect",
    roles: [
      { group: "ops", role: "admin", backends: null },
      { group: "team-a", role: "operator", backends: ["team-a-*"] },
    ],
  });
});

test("a secret in a file of its own, relative to the configuration file", () => {
  expect(good({ oidc: { ...oidc, clientSecretFile: "secret" } }).oidc?.clientSecret).toBe("from the file");
});

test("by environment alone, and winning over the file", () => {
  const env = {
    DRAINBOARD_OIDC_ISSUER: "https://other.example",
    DRAINBOARD_OIDC_CLIENT_ID: "other",
    DRAINBOARD_OIDC_CLIENT_SECRET: "s",
    DRAINBOARD_OIDC_SCOPES: "openid  groups",
    DRAINBOARD_OIDC_GROUPS_CLAIM: "realm_access.roles",
    DRAINBOARD_OIDC_NAME_CLAIM: "email",
    DRAINBOARD_OIDC_LABEL: "Single sign-on",
    DRAINBOARD_OIDC_ROLES: "ops=admin team-a=operator:team-a-*,app-1 *=viewer",
  };
  const expected = {
    ...{ issuer: "https://other.example", clientId: "other", clientSecret: "s", scopes: "openid groups" },
    ...{ groupsClaim: "realm_access.roles", nameClaim: "email", label: "Single sign-on" },
    roles: [
      { group: "ops", role: "admin", backends: null },
      { group: "team-a", role: "operator", backends: ["team-a-*", "app-1"] },
      { group: "*", role: "viewer", backends: null },
    ],
  };
  expect(good({}, env).oidc).toMatchObject(expected);
  expect(good({ oidc: { ...oidc, signOutAtProvider: true } }, env).oidc).toMatchObject({
    ...expected,
    signOutAtProvider: true,
  });
});

const NO_CLIENT = "there is no client id; write as clientId (DRAINBOARD_OIDC_CLIENT_ID) what the provider gave you.";
test.each<[string, unknown, Record<string, string>, string | RegExp]>([
  ["no issuer", { oidc: { clientId: "x", roles } }, {}, /^oidc: there is no issuer; write the provider's address/],
  ["no client", { oidc: { issuer: oidc.issuer, roles } }, {}, `oidc: ${NO_CLIENT}`],
  [
    "only a variable",
    {},
    { DRAINBOARD_OIDC_ISSUER: oidc.issuer, DRAINBOARD_OIDC_ROLES: "a=admin" },
    `DRAINBOARD_OIDC_ISSUER: ${NO_CLIENT}`,
  ],
  ["no address", { oidc: { ...oidc, issuer: "id.example" } }, {}, /^oidc\.issuer: is not the address of a provider/],
  ["plain http", { oidc: { ...oidc, issuer: "http://id.example" } }, {}, /^oidc\.issuer: must be https/],
  [
    "the well-known address",
    { oidc: { ...oidc, issuer: "https://a/.well-known/openid-configuration" } },
    {},
    "oidc.issuer: leave /.well-known/… out; write the issuer alone.",
  ],
  [
    "two secrets",
    { oidc: { ...oidc, clientSecret: "a", clientSecretFile: "secret" } },
    {},
    "oidc.clientSecretFile: there is also oidc.clientSecret; keep one of the two.",
  ],
  [
    "a secret file that is not there",
    { oidc: { ...oidc, clientSecretFile: "none" } },
    {},
    "oidc.clientSecretFile: none cannot be read (ENOENT). Check the path and its rights.",
  ],
  [
    "an empty secret file",
    { oidc: { ...oidc, clientSecretFile: "empty" } },
    {},
    "oidc.clientSecretFile: empty is empty; put the client secret into it.",
  ],
  ["scopes", { oidc: { ...oidc, scopes: "profile" } }, {}, /^oidc\.scopes: lacks openid/],
  ["no roles", { oidc: { ...oidc, roles: [] } }, {}, /^oidc\.roles: no group has a role, so nobody could sign in/],
  [
    "a limited admin",
    { oidc: { ...oidc, roles: [{ group: "a", role: "admin", backends: ["x"] }] } },
    {},
    'oidc.roles: "a" limits role admin to backends; only an operator can be limited.',
  ],
  [
    "an unknown role",
    { oidc: { ...oidc, roles: [{ group: "a", role: "root" }] } },
    {},
    /"oidc\.roles\.0\.role" is not one of "viewer", "operator", "admin"\./,
  ],
  [
    "a key with a typo",
    { oidc: { ...oidc, clientID: "x" } },
    {},
    /"oidc\.clientID" is not a key of it; did you mean "clientId"\./,
  ],
  [
    "a typo in a rule",
    { oidc: { ...oidc, roles: [{ group: "a", role: "viewer", backend: ["x"] }] } },
    {},
    /"oidc\.roles\.0\.backend" is not a key of it; did you mean "backends"\./,
  ],
  [
    "roles in the environment",
    { oidc },
    { DRAINBOARD_OIDC_ROLES: "ops" },
    /^DRAINBOARD_OIDC_ROLES: "ops" is not GROUP=ROLE; write ops=admin/,
  ],
  [
    "an empty limit",
    { oidc },
    { DRAINBOARD_OIDC_ROLES: "ops=operator:" },
    /^DRAINBOARD_OIDC_ROLES: "ops=operator:" is not GROUP=ROLE/,
  ],
])("OpenID Connect, mistake: %s", (_name, file, env, sentence) => {
  const found = mistakes(file, env);
  expect(found).toHaveLength(1);
  if (typeof sentence === "string") expect(found[0]).toBe(sentence);
  else expect(found[0]).toMatch(sentence);
});

test("no secret stands in a mistake", () => {
  const found = mistakes({ oidc: { clientSecret: "hidden-1" } }, { DRAINBOARD_OIDC_CLIENT_SECRET: "hidden-2" });
  expect(found.length).toBeGreaterThan(0);
  expect(found.join()).not.toMatch(/hidden/);
});

const identityHeader = { from: ["10.0.0.5", "fd00::/8"], user: "X-Remote-User", groups: "X-Remote-Groups", roles };

test("the header of a proxy", () => {
  expect(good({ identityHeader }).identityHeader).toMatchObject({
    ...{ from: ["10.0.0.5", "fd00::/8"], user: "x-remote-user", groups: "x-remote-groups" },
  });
  const everybody = { from: ["10.0.0.5"], user: "X-User", roles: [{ group: "*", role: "viewer" }] };
  expect(good({ identityHeader: everybody }).identityHeader).toMatchObject({ groups: null });
});

test.each<[string, object, string | RegExp]>([
  [
    "a name as address",
    { from: ["proxy.lan"] },
    /^identityHeader\.from \(proxy\.lan\): is not an IP address or network/,
  ],
  [
    "everybody",
    { from: ["::/0"] },
    "identityHeader.from (::/0): names every address there is; name those of your proxies.",
  ],
  ["nobody", { from: [] }, /"identityHeader\.from" is wrong/],
  [
    "a header that the app reads",
    { user: "Authorization" },
    /^identityHeader\.user \(Authorization\): is not the name of a header of its own/,
  ],
  ["no header name", { user: "X Remote" }, /^identityHeader\.user \(X Remote\): is not the name/],
  ["groups without their header", { groups: undefined }, /^identityHeader: has roles for groups and no groups header/],
  ["no roles", { roles: [] }, /^identityHeader\.roles: no group has a role/],
])("header of a proxy, mistake: %s", (_name, change, sentence) => {
  const found = mistakes({ identityHeader: { ...identityHeader, ...change } });
  expect(found).toHaveLength(1);
  if (typeof sentence === "string") expect(found[0]).toBe(sentence);
  else expect(found[0]).toMatch(sentence);
});
