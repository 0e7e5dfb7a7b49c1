// The persistence card and the probe on real HAProxy: each way to keep users, each admin state, and what stands in between.
import { describe, expect, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import type { BackendPersistence, ProbeResult, ProbeSettingInput } from "#lib/wire/persistence.ts";
import type { TestApp } from "#server/testing.ts";
import { type Mode, setState, startStripper, startWays } from "./testing.ts";

async function point(app: TestApp, backend: string, port: number, more: Partial<ProbeSettingInput> = {}) {
  const body = { address: `127.0.0.1:${port}`, host: `${backend}.test`, ...more };
  const set = await app.rest("PUT", `/api/v1/settings/backends/${backend}/probe`, body);
  expect(set.status, set.text).toBe(200);
}

async function probe(app: TestApp, server: string, requests = 2): Promise<ProbeResult> {
  const reply = await app.rest("POST", `/api/v1/servers/${server}/probe`, { requests });
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
}

async function card(app: TestApp, backend: Mode): Promise<BackendPersistence> {
  const reply = await app.rest("GET", `/api/v1/backends/${backend}/persistence`);
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
}

/** with its sentence, so that a failure tells why */
const said = ({ verdict }: ProbeResult) => `${verdict.code}: ${verdict.text}`;
const fates = (result: ProbeResult) => result.steps.map((step) => [step.kind, ...step.requests.map((one) => one.fate)]);
const noteCodes = (result: ProbeResult) => result.notes.map((note) => note.code);

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("each cookie mode: who answered, what became of the cookie, and one verdict", async () => {
    const ways = await startWays(bin);
    const { app } = ways;
    const ask = async (mode: Mode, more: Partial<ProbeSettingInput> = {}, port = ways.port) => {
      await point(app, mode, port, more);
      return probe(app, `${mode}/S1`);
    };

    const insert = await ask("insert");
    expect(insert.verdict).toMatchObject({ code: "keeps", tone: "good" });
    expect(fates(insert)).toEqual([
      ["without", "set", "set"],
      ["return", "kept"],
      ["with", "kept", "kept"],
    ]);
    expect(insert.cookie).toEqual({ name: "SRVID", value: "s1" });
    const byCookie = insert.steps[0]?.requests.map((one) => one.answeredBy).toSorted();
    expect(byCookie, "round robin met both").toEqual(["insert/S1", "insert/S2"]);
    expect(insert.steps[2]?.counted).toEqual({ server: 2, backend: 2 });
    expect(insert.steps[0]?.requests[0]).toMatchObject({ status: 200, otherCookies: ["theme"], by: "cookie" });
    expect(noteCodes(insert)).toEqual([]);
    expect(JSON.stringify(insert), "values of other cookies stay with the application").not.toContain("dark");

    expect(noteCodes(await ask("plain")), "without nocache").toEqual(["cacheable"]);

    const get = await ask("postonly");
    expect(get.verdict).toMatchObject({ code: "not-set", tone: "warn" });
    expect(get.verdict.next).toContain("postonly");
    expect(said(await ask("postonly", { method: "POST" }))).toMatch(/^keeps:/);

    const preserved = await ask("preserve", { path: "/app" });
    expect(noteCodes(preserved)).toContain("foreign-value");
    expect(JSON.stringify(preserved)).not.toContain("session-of-the-application");
    expect(said(await ask("preserve"))).toMatch(/^keeps:/);

    expect(said(await ask("rewrite")), "the application sets none here").toMatch(/^not-set:/);
    expect(said(await ask("rewrite", { path: "/app" }))).toMatch(/^keeps:/);
    const prefix = await ask("prefix", { path: "/app" });
    expect(said(prefix)).toMatch(/^keeps:/);
    expect(fates(prefix).at(-1)).toEqual(["with", "renewed", "renewed"]);

    const dynamic = await ask("dynamic");
    expect(said(dynamic)).toMatch(/^keeps:/);
    expect(dynamic.cookie?.value).toMatch(/^[0-9a-f]{16}$/);

    const bounded = await ask("bounded");
    expect(said(bounded)).toMatch(/^keeps:/);
    expect(noteCodes(bounded)).toEqual(["dates"]);

    const domain = await ask("domain");
    expect(domain.verdict).toMatchObject({ code: "lost-by-browsers", tone: "bad" });
    expect(domain.verdict.text).toContain("domain");
    expect(fates(domain)[1], "a browser comes back without it").toEqual(["return", "set"]);
    expect(said(await ask("domain", { host: "domain.example.com" }))).toMatch(/^keeps:/);

    expect((await ask("secure")).verdict.text).toContain("plain http");
    const overTls = await ask("secure", { tls: "any-certificate" }, ways.tlsPort);
    expect(said(overTls)).toMatch(/^keeps:/);
    expect(overTls.steps[0]?.requests[0]?.setCookie).toMatchObject({ isSecure: true, isHttpOnly: true, loss: null });
    const untrusted = await ask("secure", { tls: "verify" }, ways.tlsPort);
    expect(untrusted.verdict.text).toContain("certificate");

    expect((await ask("ignoring")).verdict.tone).toBe("bad");
  });

  test("drain and maint: kept while it drains, moved in maint, and force-persist is found out", async () => {
    const ways = await startWays(bin);
    const { app } = ways;
    for (const mode of ["insert", "persist", "forced"] as const) {
      await point(app, mode, ways.port);
      await setState(ways, `${mode}/S1`, "drain");
    }
    const drained = await probe(app, "insert/S1");
    expect(drained.verdict).toMatchObject({ code: "keeps-while-drained", tone: "good" });
    expect(drained.steps[0]?.requests.every((one) => one.answeredBy === "insert/S2")).toBe(true);
    for (const mode of ["insert", "persist", "forced"] as const) await setState(ways, `${mode}/S1`, "maint");
    const moved = await probe(app, "insert/S1");
    expect(moved.verdict).toMatchObject({ code: "moves-in-maint", tone: "good" });
    expect(fates(moved).at(-1)).toEqual(["with", "replaced", "replaced"]);
    for (const mode of ["persist", "forced"] as const) {
      const persisting = await probe(app, `${mode}/S1`);
      expect(persisting.verdict, mode).toMatchObject({ code: "persists-in-maint", tone: "bad" });
    }
  });

  test("what stands in between: cookies stripped on the way, another backend, a redirect, nobody", async () => {
    const ways = await startWays(bin);
    const { app } = ways;
    const through = async (what: { request: boolean; answer: boolean }, more: Partial<ProbeSettingInput> = {}) => {
      await point(app, "insert", await startStripper(ways.port, what), more);
      return probe(app, "insert/S1", 4);
    };
    const inRequests = await through({ request: true, answer: false });
    expect(said(inRequests)).toMatch(/^not-kept:/);
    expect(fates(inRequests).at(-1)).toContain("replaced");
    const inAnswers = await through({ request: false, answer: true });
    expect(said(inAnswers)).toMatch(/^not-set:/);
    const inBoth = await through({ request: true, answer: true });
    expect(inBoth.verdict).toMatchObject({ code: "not-kept", tone: "bad" });
    expect(inBoth.verdict.text, "HAProxy counted fewer than were sent").toContain("both directions");
    const named = await through({ request: true, answer: true }, { header: "X-Served-By" });
    expect(named.steps.at(-1)?.requests.map((one) => one.fate)).toContain("ignored");

    await point(app, "plain", ways.port, { host: "none.test" });
    expect((await probe(app, "plain/S1")).verdict).toMatchObject({ code: "wrong-place", tone: "bad" });
    await point(app, "plain", ways.port, { host: "redirect.test" });
    const redirected = await probe(app, "plain/S1");
    expect(said(redirected)).toMatch(/^redirected:/);
    expect(JSON.stringify(redirected)).not.toContain("token");
    expect(redirected.steps[0]?.requests[0]?.redirectTo).toBe("https://shop.example.com/login");
    await ways.lab.stop();
    const nobody = await probe(app, "plain/S1");
    expect(said(nobody)).toMatch(/^unreachable:/);
    expect(nobody.steps[0]?.requests).toHaveLength(1);
  });

  test("the card says what drain means for each way to keep users, and what it cannot see", async () => {
    const ways = await startWays(bin);
    const { app } = ways;
    const insert = await card(app, "insert");
    expect(insert.kind).toBe("cookie");
    expect(insert.drain).toContain("whoever holds cookie SRVID keeps coming back");
    expect(insert.loadBalancers[0]?.cookie?.values).toEqual([
      { server: "insert/S1", value: "s1" },
      { server: "insert/S2", value: "s2" },
    ]);
    expect(insert.unseen).toContain("maxidle");
    expect(insert.probeUrl).toBeNull();
    await point(app, "stick", ways.port, { header: "x-served-by" });
    const tried = await probe(app, "stick/S1", 3);
    expect(said(tried)).toMatch(/^no-cookie:/);
    expect(new Set(tried.steps[0]?.requests.map((one) => one.answeredBy)).size, "the table keeps the app on one").toBe(
      1,
    );
    const stick = await card(app, "stick");
    expect(stick.kind).toBe("stick-table");
    const table = stick.loadBalancers[0]?.stickTables?.[0];
    expect(table).toMatchObject({ name: "stick", type: "ip", used: 1, isShared: false });
    expect(table?.longestLeftSec).toBeGreaterThan(1_700);
    expect(stick.lasts).toMatch(/has (?:29|30) min left/);
    expect(stick.probeUrl).toBe("http://stick.test/");
    expect((await card(app, "counting")).kind, "a table that only counts keeps nobody").toBe("none");
    expect(await card(app, "hash")).toMatchObject({ kind: "hash", drain: expect.stringContaining("balance source") });
    expect((await card(app, "none")).drain).toContain("nobody new comes");
    const dynamic = await card(app, "dynamic");
    expect(dynamic.warnings, "dynamic values are values").toEqual([]);
  });
});
