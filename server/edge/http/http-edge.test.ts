import { connect, Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { problemOf } from "#lib/wire/problem.ts";
import { MAX_KEYS } from "#server/store/idempotency.ts";
import { httpServerOptions } from "./http-edge.ts";
import { fail } from "./problem.ts";
import { type Route, route, signedIn } from "./route.ts";
import { ADMIN_TOKEN, PASSWORD, startEdge, type TestEdge, type TestEdgeOptions } from "./testing/edge.ts";

async function start(options?: TestEdgeOptions): Promise<TestEdge> {
  const edge = await startEdge(options);
  onTestFinished(() => edge[Symbol.asyncDispose]());
  return edge;
}

const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** A write that counts how often it ran. */
function counter(): { route: Route; runs: string[]; release: (() => void)[]; hold: boolean } {
  const state = { runs: [] as string[], release: [] as (() => void)[], hold: false };
  return Object.assign(state, {
    route: route({
      method: "PUT",
      path: "/api/v1/servers/:backend/:server/admin-state",
      summary: "test",
      permission: "server:set-state",
      body: z.strictObject({ adminState: z.enum(["ready", "drain", "maint"]) }),
      async handle({ params, body, actor }) {
        state.runs.push(`${signedIn(actor).name} ${params.backend}/${params.server} ${body.adminState}`);
        if (state.hold) await new Promise<void>((resolve) => state.release.push(resolve));
        return { status: 200, body: { run: state.runs.length } };
      },
    }),
  });
}

const PUT = "/api/v1/servers/APP1/SRV1/admin-state";
const drain = { adminState: "drain" };

test("health and readiness need no sign-in", async () => {
  const readiness = { ready: false, why: "the first poll of lb1 has not come back" };
  const { ask } = await start({ readiness: () => readiness });
  expect((await ask("/healthz")).status).toBe(200);
  expect(await ask("/readyz")).toMatchObject({ status: 503, json: readiness });
  readiness.ready = true;
  expect((await ask("/readyz")).status).toBe(200);
});

test("a page without sign-in leads to the sign-in page and back", async () => {
  const { ask, signIn } = await start();
  expect((await ask("/")).headers.location).toBe("/sign-in");
  const deep = await ask("/servers/APP1/SRV1?tab=sessions&_rsc=abc");
  expect([deep.status, deep.headers.location]).toEqual([
    303,
    "/sign-in?next=%2Fservers%2FAPP1%2FSRV1%3Ftab%3Dsessions",
  ]);
  const cookie = await signIn();
  expect((await ask("/servers/APP1/SRV1", { headers: { cookie } })).json).toMatchObject({ page: "/servers/APP1/SRV1" });
});

test("the sign-in page, the set-up page and the build's files are public, nothing else", async () => {
  const { ask } = await start();
  for (const path of ["/sign-in", "/sign-in?next=/x", "/setup?code=x", "/_next/static/chunks/a.js", "/icon.svg"])
    expect((await ask(path)).status, path).toBe(200);
  for (const path of [
    "/sign-in/x",
    "/sign-inx",
    "/_next/image?url=x",
    "/_next/data/x.json",
    "/settings",
    "/_next/staticx",
  ])
    expect((await ask(path)).status, path).toBe(303);
});

test.each([
  "//evil.example/x",
  "/\\evil.example",
  "http://evil.example/",
  "/_next/static/../../settings",
  "/_next/static/%2e%2e/%2E%2e/settings",
  "/_next/static/..%2f..%2fsettings",
  "/_next/static/..%5c..%5csettings",
  "/_next/static/./x",
  "/%zz",
  "/%ff",
  "*",
])("the address %s is refused, not redirected and not served", async (path) => {
  const { ask } = await start();
  const reply = await ask(path);
  expect(reply).toMatchObject({ status: 400, json: { code: "malformed" } });
  expect(reply.headers.location).toBeUndefined();
});

test("pages are only read", async () => {
  const { ask } = await start();
  const reply = await ask("/sign-in", { method: "POST", headers: { "next-action": "x" }, body: {} });
  expect([reply.status, reply.headers.allow]).toEqual([405, "GET, HEAD"]);
});

test("every page gets its own nonce, which a client cannot choose", async () => {
  const { ask } = await start();
  const forged = { "x-nonce": "mine", "content-security-policy": "script-src 'nonce-mine'" };
  const [one, two] = [await ask("/sign-in", { headers: forged }), await ask("/sign-in", { headers: forged })];
  expect(one.json.nonce).not.toBe(two.json.nonce);
  expect(one.json.nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/);
  expect(one.headers["content-security-policy"]).toBe(one.json.policy);
  expect(one.json.policy).toContain(`script-src 'self' 'nonce-${one.json.nonce}' 'strict-dynamic';`);
  expect(one.json.policy).toContain(`style-src 'self' 'nonce-${one.json.nonce}';`);
  expect(one.json.policy).toContain("frame-ancestors 'none'");
  expect(one.json.policy).not.toContain("unsafe-eval");
});

test("security headers are on every answer; HSTS only behind https", async () => {
  const plain = await start();
  for (const path of ["/sign-in", "/healthz", "/", "/api/v1/none"]) {
    const { headers } = await plain.ask(path);
    expect(headers, path).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "same-origin",
      "permissions-policy": expect.stringContaining("camera=()"),
    });
    expect(headers["content-security-policy"], path).toContain("frame-ancestors 'none'");
    expect(headers["strict-transport-security"], path).toBeUndefined();
    expect(headers["x-powered-by"], path).toBeUndefined();
  }
  const tls = await start({ publicUrl: "https://board.example" });
  expect((await tls.ask("/healthz")).headers["strict-transport-security"]).toBe("max-age=31536000");
});

test("a route needs sign-in, then the permission, then a body of its shape", async () => {
  const writes = counter();
  const { ask, store } = await start({ routes: [writes.route] });
  await store.tokens.add(await sha("viewer-token"), token("viewer", null));
  await store.tokens.add(await sha("team-token"), token("operator", ["team-a-*"]));
  const put = (headers: Record<string, string>, body: unknown = drain) => ask(PUT, { method: "PUT", headers, body });

  const nobody = await put({});
  expect(nobody.status).toBe(401);
  expect(await put({ authorization: "Bearer wrong" })).toMatchObject({
    status: 401,
    json: { code: "not-signed-in" },
    headers: { "www-authenticate": "Bearer", "content-type": "application/problem+json" },
  });
  const viewer = await put({ authorization: "Bearer viewer-token" });
  expect(viewer).toMatchObject({ status: 403, json: { code: "not-allowed" } });
  expect(viewer.json.detail).toContain("This takes the role operator, and yours is viewer");
  const team = await put({ authorization: "Bearer team-token" });
  expect(team.json.detail).toContain("not APP1 (server:set-state)");
  const bad = await put(bearer, { adminState: "gone", extra: 1 });
  expect(bad).toMatchObject({ status: 400, json: { code: "malformed" } });
  expect(bad.json.detail).toContain("adminState: ");
  expect(writes.runs).toEqual([]);
  expect(await put(bearer)).toMatchObject({ status: 200, json: { run: 1 } });
  expect(writes.runs).toEqual(["admin token APP1/SRV1 drain"]);
  expect(nobody.json.requestId).toBe(nobody.headers["x-request-id"]);
});

test.each<[string, { origin?: string }]>([
  ["another site", { origin: "http://evil.example" }],
  ["another port of this host", { origin: "http://127.0.0.1:1" }],
  ["a sandboxed page", { origin: "null" }],
  ["no Origin", {}],
  ["an Origin that only begins like ours", { origin: "HOST.evil.example" }],
  ["an Origin with a user part", { origin: "http://evil.example@HOST" }],
])("a write with the browser's cookie from %s is not done", async (_name, headers) => {
  const writes = counter();
  const { ask, signIn, baseUrl } = await start({ routes: [writes.route] });
  const cookie = await signIn();
  const origin = headers.origin?.replace("HOST", headers.origin.includes("@") ? new URL(baseUrl).host : baseUrl);
  const sent = { cookie, ...(origin === undefined ? {} : { origin }) };
  const reply = await ask(PUT, { method: "PUT", headers: sent, body: drain });
  expect(reply).toMatchObject({ status: 403, json: { code: "not-allowed" } });
  expect(writes.runs).toEqual([]);
});

test("a write with the browser's cookie from the app's own page is done, by Host or by public URL", async () => {
  const writes = counter();
  const { ask, signIn, baseUrl } = await start({ routes: [writes.route], publicUrl: "http://board.example" });
  const cookie = await signIn();
  for (const origin of [baseUrl, "http://board.example"])
    expect((await ask(PUT, { method: "PUT", headers: { cookie, origin }, body: drain })).status, origin).toBe(200);
  expect(writes.runs[0]).toBe("admin APP1/SRV1 drain");
});

test("the socket's handshake: a WebSocket needs our Origin or a token, a polling read may go without", async () => {
  const { edge } = await start({ publicUrl: "https://board.example" });
  const from = (headers: Record<string, string>) =>
    edge.originAllowed({ method: "GET", socket: new Socket(), headers: { host: "10.0.0.1:3000", ...headers } });
  expect(from({ upgrade: "websocket", origin: "https://board.example" })).toBe(true);
  expect(from({ upgrade: "websocket", origin: "http://10.0.0.1:3000" })).toBe(true);
  expect(from({ upgrade: "websocket", origin: "http://evil.example" })).toBe(false);
  expect(from({ upgrade: "websocket" })).toBe(false);
  expect(from({ upgrade: "websocket", authorization: "Bearer x" })).toBe(true);
  expect(from({ upgrade: "websocket", origin: "http://evil.example", authorization: "Basic x" })).toBe(false);
  expect(from({})).toBe(true);
  expect(from({ origin: "http://evil.example" })).toBe(false);
});

test.each([
  ["not JSON", "{", {}, 400],
  ["empty", "", {}, 400],
  ["an array", "[]", {}, 400],
  ["null", "null", {}, 400],
  ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), {}, 400],
  ["deeply nested", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, {}, 400],
  ["a form", "adminState=drain", { "content-type": "application/x-www-form-urlencoded" }, 415],
  ["text", JSON.stringify(drain), { "content-type": "text/plain" }, 415],
  ["without a type", JSON.stringify(drain), { "content-type": "" }, 415],
  ["too large", JSON.stringify({ adminState: "x".repeat(2_000_000) }), {}, 413],
])("a body that is %s gets a problem and the app goes on", async (_name, body, headers, status) => {
  const writes = counter();
  const { ask, log } = await start({ routes: [writes.route] });
  const reply = await ask(PUT, {
    method: "PUT",
    headers: { ...bearer, "content-type": "application/json", ...headers },
    body,
  });
  expect(reply.status).toBe(status);
  expect(reply.headers["content-type"]).toBe("application/problem+json");
  expect(reply.json.detail).toMatch(/\.$/);
  expect(writes.runs).toEqual([]);
  expect((await ask("/healthz")).status).toBe(200);
  expect(log.join("")).not.toContain('"level":"error"');
});

test("a body without an announced length is cut at the same size", async () => {
  const writes = counter();
  const { ask } = await start({ routes: [writes.route] });
  const headers = { ...bearer, "content-type": "application/json", "transfer-encoding": "chunked" };
  expect((await ask(PUT, { method: "PUT", headers, body: "x".repeat(200_000) })).status).toBe(413);
});

test("a JSON body cannot reach the prototype", async () => {
  const writes = counter();
  const { ask } = await start({ routes: [writes.route] });
  const body = '{"adminState":"drain","__proto__":{"polluted":true}}';
  const reply = await ask(PUT, { method: "PUT", headers: { ...bearer, "content-type": "application/json" }, body });
  expect(reply.status).toBe(400);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("names in the path come decoded and whole", async () => {
  const writes = counter();
  const { ask } = await start({ routes: [writes.route] });
  const path = "/api/v1/servers/APP%3A1/SRV%0Ashow%20info%3B/admin-state";
  await ask(path, { method: "PUT", headers: bearer, body: drain });
  expect(writes.runs).toEqual(["admin token APP:1/SRV\nshow info; drain"]);
});

test("an unknown address or method is a problem with what to use instead", async () => {
  const writes = counter();
  const { ask } = await start({ routes: [writes.route] });
  expect((await ask("/api/v1/nothing")).status).toBe(401);
  expect(await ask("/api/v1/nothing", { headers: bearer })).toMatchObject({ status: 404, json: { code: "not-found" } });
  const wrong = await ask(PUT, { method: "DELETE", headers: bearer });
  expect([wrong.status, wrong.headers.allow, wrong.json.code]).toEqual([405, "PUT", "method-not-allowed"]);
  expect((await ask("/healthz", { method: "HEAD" })).text).toBe("");
  expect((await ask("/healthz", { method: "TRACE" })).status).toBe(405);
});

test("the same key gives the first answer and does nothing again", async () => {
  const writes = counter();
  const { ask, clock, store } = await start({ routes: [writes.route] });
  await store.tokens.add(await sha("other-token"), token("operator", null));
  const put = (key: string, body: unknown = drain, headers: Record<string, string> = bearer) =>
    ask(PUT, { method: "PUT", headers: { ...headers, "idempotency-key": key }, body });
  expect((await put("k1")).json).toEqual({ run: 1 });
  const again = await put("k1");
  expect([again.status, again.json, again.headers["idempotent-replayed"]]).toEqual([200, { run: 1 }, "true"]);
  expect(await put("k1", { adminState: "maint" })).toMatchObject({ status: 409, json: { code: "conflict" } });
  expect((await put("k1", drain, { authorization: "Bearer other-token" })).json).toEqual({ run: 2 });
  expect((await put("k2")).json).toEqual({ run: 3 });
  expect((await put("with space")).status).toBe(400);
  clock.now += 24 * 3_600_000;
  expect((await put("k1")).json).toEqual({ run: 4 });
});

test("two requests with one key at the same time do it once", async () => {
  const writes = counter();
  writes.hold = true;
  const { ask } = await start({ routes: [writes.route] });
  const put = () => ask(PUT, { method: "PUT", headers: { ...bearer, "idempotency-key": "k" }, body: drain });
  const both = [put(), put()];
  await expect.poll(() => writes.release.length).toBe(1);
  await ask("/healthz");
  for (const release of writes.release) release();
  expect((await Promise.all(both)).map((reply) => reply.json)).toEqual([{ run: 1 }, { run: 1 }]);
});

test("a refusal is kept under its key, too", async () => {
  let runs = 0;
  const refusing = route({
    method: "POST",
    path: "/api/v1/things",
    summary: "test",
    permission: "server:set-state",
    handle: () => fail("refused", `HAProxy said no ${++runs} times.`),
  });
  const { ask } = await start({ routes: [refusing] });
  const post = () => ask("/api/v1/things", { method: "POST", headers: { ...bearer, "idempotency-key": "k" } });
  const [first, second] = [await post(), await post()];
  expect([first.status, second.status, second.text]).toEqual([422, 422, first.text]);
  expect(second.headers["content-type"]).toBe("application/problem+json");
});

test("a first request without an answer is not done a second time", async () => {
  const writes = counter();
  const { ask, store } = await start({ routes: [writes.route] });
  const hash = await sha(`PUT ${PUT}\n${JSON.stringify(drain)}`);
  await store.idempotency.claim("token admin-token", "k", hash, Date.UTC(2026, 10, 22, 9));
  const reply = await ask(PUT, { method: "PUT", headers: { ...bearer, "idempotency-key": "k" }, body: drain });
  expect(reply).toMatchObject({ status: 409, json: { code: "conflict" } });
  expect(reply.json.detail).toContain("cut off before its answer was known");
  expect(writes.runs).toEqual([]);
});

test("a handler that is late gets a deadline: a write is then unknown, and goes on", async () => {
  let aborted = false;
  let finish = () => {};
  const slow = route({
    method: "POST",
    path: "/api/v1/slow",
    summary: "test",
    permission: "server:set-state",
    deadlineMs: 20,
    async handle({ signal }) {
      signal.addEventListener("abort", () => {
        aborted = true;
      });
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { status: 204 };
    },
  });
  const { ask } = await start({ routes: [slow] });
  const reply = await ask("/api/v1/slow", { method: "POST", headers: bearer });
  expect(reply).toMatchObject({ status: 504, json: { code: "outcome-unknown" } });
  expect(aborted).toBe(true);
  finish();
});

test("typed errors of the verbs are mapped; a bug says nothing outside and everything in the log", async () => {
  class Refused extends Error {}
  const throwing = (path: string, error: Error) =>
    route({
      method: "GET",
      path,
      summary: "test",
      permission: "fleet:read",
      handle() {
        throw error;
      },
    });
  const { ask, log } = await start({
    routes: [throwing("/api/v1/refused", new Refused("no")), throwing("/api/v1/bug", new Error("inner workings"))],
    problemOf: (error) => (error instanceof Refused ? problemOf("refused", "HAProxy: no.") : null),
  });
  expect(await ask("/api/v1/refused", { headers: bearer })).toMatchObject({ status: 422, json: { code: "refused" } });
  const bug = await ask("/api/v1/bug", { headers: bearer });
  expect(bug).toMatchObject({ status: 500, json: { code: "internal", requestId: bug.headers["x-request-id"] } });
  expect(bug.text).not.toContain("inner workings");
  expect(log.join("")).toContain("inner workings");
  expect(log.join("")).toContain(bug.json.requestId);
});

test("a page that throws is a problem, not a crash", async () => {
  const { ask } = await start({
    nextHandler: async () => {
      throw new Error("render");
    },
  });
  expect((await ask("/sign-in")).status).toBe(500);
  expect((await ask("/healthz")).status).toBe(200);
});

test("the audit is served newest first, narrowed and in pages", async () => {
  const { ask, store } = await start();
  const facts = {
    requestId: "r",
    action: "server:set-state",
    actor: { kind: "system", id: "s", name: "sys" },
  } as const;
  for (let minute = 0; minute < 4; minute++)
    await store.audit.event({
      ...{ ...facts, at: Date.UTC(2026, 0, 1, 0, minute), via: "system" },
      target: `APP1/SRV${minute % 2}`,
    });
  const list = async (query: string) => {
    const { json } = await ask(`/api/v1/audit?${query}`, { headers: bearer });
    return json.entries.map((entry: { at: string }) => entry.at.slice(14, 16));
  };
  expect(await list("")).toEqual(["03", "02", "01", "00"]);
  expect(await list("server=APP1/SRV1")).toEqual(["03", "01"]);
  expect(await list("from=2026-01-01T00:01:00Z&to=2026-01-01T01:03:00%2B01:00")).toEqual(["02", "01"]);
  expect(await list("actor=nobody")).toEqual([]);
  const { json } = await ask("/api/v1/audit?limit=3", { headers: bearer });
  expect(await list(`before=${json.next}`)).toEqual(["00"]);
  for (const query of ["from=yesterday", "limit=0", "limit=5000", "server=APP1", "what=1", "format=xml", "before=x"])
    expect((await ask(`/api/v1/audit?${query}`, { headers: bearer })).status, query).toBe(400);
  expect((await ask("/api/v1/audit")).status).toBe(401);
});

test("secrets never reach the log, the audit or an answer", async () => {
  const edge = await start({ authOptions: { adminPassword: undefined } });
  const { ask, auth, baseUrl, log, store } = edge;
  const code = new URL(auth.setupLink(baseUrl)!).searchParams.get("code")!;
  await ask(`/setup?code=${code}`);
  const post = (path: string, body: unknown, headers = {}) =>
    ask(path, { method: "POST", headers: { origin: baseUrl, ...headers }, body });
  const replies = [
    await post("/auth/setup", { code: `${code}x`, password: PASSWORD }),
    await post("/auth/setup", { code, password: PASSWORD }),
    await post("/auth/sign-in", { name: "admin", password: `${PASSWORD}-wrong` }),
    await post("/auth/sign-in", { name: "admin", password: PASSWORD, extra: PASSWORD }),
    await ask("/api/v1/audit", { headers: bearer }),
    await ask("/api/v1/nothing", { headers: { authorization: "Bearer not-the-token-of-anybody" } }),
  ];
  const cookie = await edge.signIn();
  replies.push(await post("/auth/sign-out", {}, { cookie }));
  const seen = [
    log.join(""),
    JSON.stringify(await store.audit.list({ limit: 100 })),
    ...replies.map((reply) => reply.text),
  ];
  expect(seen[0]).toContain("/auth/sign-in");
  for (const secret of [PASSWORD, code, ADMIN_TOKEN, cookie.split("=")[1]!, "not-the-token-of-anybody"])
    for (const text of seen) expect(text).not.toContain(secret);
});

test("headers that are too large are refused, slow ones end at the server's timeouts", async () => {
  expect(httpServerOptions.headersTimeout).toBeLessThanOrEqual(10_000);
  expect(httpServerOptions.requestTimeout).toBeLessThanOrEqual(30_000);
  const { baseUrl } = await start();
  const socket = connect(Number(new URL(baseUrl).port), "127.0.0.1");
  socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(20_000)}\r\n`);
  const [chunk] = await new Promise<[Buffer]>((resolve) => socket.once("data", (data) => resolve([data])));
  expect(chunk.toString()).toContain("431");
  socket.destroy();
});

async function sha(text: string): Promise<string> {
  const { sha256 } = await import("#server/auth/secrets.ts");
  return sha256(text);
}

function token(role: "viewer" | "operator" | "admin", backends: string[] | null) {
  return {
    id: `${role}-${backends}`,
    name: role,
    role,
    backends,
    createdAt: 0,
    createdBy: "admin",
    prefix: "",
    expiresAt: null,
  };
}

test("nobody has his own words shown by an address of ours", async () => {
  const { ask } = await start();
  for (const path of ["/not-allowed?why=Call+0900+1234", "/not%2Dallowed?why=x", "/%6eot-allowed?why=x&why=y"]) {
    const { json } = await ask(path, { headers: bearer });
    expect(json.page, path).toBe("/not-allowed");
  }
});

test("one actor cannot fill the disk with kept answers; others and known keys go on", async () => {
  const writes = counter();
  const { ask, store, clock } = await start({ routes: [writes.route] });
  const put = (key: string) => ask(PUT, { method: "PUT", headers: { ...bearer, "idempotency-key": key }, body: drain });
  expect((await put("first")).status).toBe(200);
  for (let n = 1; n < MAX_KEYS; n++) await store.idempotency.claim("token admin-token", `k${n}`, "h", clock.now);
  expect(await put("one-more")).toMatchObject({ status: 429, json: { code: "too-many-requests" } });
  expect((await put("first")).json).toEqual({ run: 1 });
  expect(await store.idempotency.claim("person ann", "k", "h", clock.now)).toEqual({ kind: "first" });
  clock.now += 24 * 3_600_000;
  expect((await put("one-more")).json).toEqual({ run: 2 });
});
