// Names that would be commands: sent to every address and every socket event there is, with every right there is. HAProxy
// hears nothing of them. A fake one writes down each line.
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { until } from "#lab/net.ts";
import type { Route } from "#server/edge/http/route.ts";
import { startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { startTestApp } from "#server/testing.ts";

const hostile = [
  "SRV1;disable server APP1/SRV2",
  "SRV1\nset server APP1/SRV2 state maint",
  "SRV1\r\nshow info",
  "SRV1\\;show info",
  "SRV1\\",
  "SRV1 <<",
  "<<\nEOF",
  "SRV1 state maint #",
  "SRV1\0",
  "SRV1\u2028show info",
  "SRV1%0Ashow info",
  "$(show info)",
  "APP1/SRV1;show info",
  "APP1/SRV1/state",
  "../../SRV1",
  "",
  " ",
  "x".repeat(10_000),
];

/** Everything that HAProxy may hear when nobody asks for a change. */
const LOOKS =
  /^(?:show info;show stat -1 6 -1;show servers state|show cli level|show table|show servers state APP1|show info;show sess(?: server APP1\/SRV[12])?)$/;

async function start() {
  const model = fakeModel([modelServer("APP1", "SRV1"), modelServer("APP1", "SRV2")]);
  const fake = await startFake(model.script);
  onTestFinished(() => fake.stop());
  const path = fake.address.kind === "unix" ? fake.address.path : "";
  const app = await startTestApp({ loadBalancers: { lb1: path } });
  return { model, fake, app };
}

test("every address of REST, with every name, id, filter and body", async () => {
  const { model, fake, app } = await start();
  const routes = app.app.routes();
  expect(routes.length).toBeGreaterThan(20);
  for (const route of routes) {
    for (const text of hostile) {
      for (const { path, body } of requestsOf(route, text)) {
        const reply = await app.rest(route.method, path, body);
        expect(reply.status, `${route.method} ${path} ${body === undefined ? "" : JSON.stringify(body)}`).toBeLessThan(
          500,
        );
      }
    }
  }
  expect(fake.lines.filter((line) => !LOOKS.test(line))).toEqual([]);
  expect(model.servers.map((server) => server.adminBits)).toEqual([0, 0]);
}, 120_000);

test("every event of the socket", async () => {
  const { model, fake, app } = await start();
  const ask = async (event: string, ...inputs: unknown[]): Promise<unknown> => {
    const socket = app.socket();
    await until("the socket is open", () => socket.connected);
    // biome-ignore lint/suspicious/noExplicitAny: sends what no type allows
    const answer = await (socket as any).timeout(5_000).emitWithAck(event, ...inputs);
    socket.disconnect();
    return answer;
  };
  for (const text of hostile) {
    const server = `APP1/${text}`;
    const answers = await Promise.all([
      ask("fleet:subscribe", { kind: "server", id: text }),
      ask("history:get", { servers: [text], spanMs: 60_000, stepMs: 1_000 }),
      ask("server:set-state", { server, adminState: "maint", override: true }),
      ask("server:set-state", { server: text, adminState: text }),
      ask("server:set-state", { server: "APP1/SRV1", adminState: "maint", loadBalancers: [text], override: true }),
      ask("server:set-state", { server: "APP1/SRV1", adminState: text }),
      ask("maintenance:plan", { servers: [text] }),
      ask("maintenance:start", { servers: [server], override: true }),
      ask("maintenance:start", { servers: ["APP1/SRV1"], quiet: text, deadline: text, override: true }),
      ask("maintenance:start", { servers: ["APP1/SRV1"], loadBalancers: [text], override: true }),
      ask("maintenance:request", text, { kind: "ready" }),
      ask("states:answer", { lb: text, server, answer: "re-apply" }),
      ask("states:answer", { lb: "lb1", server: text, answer: "re-apply" }),
    ]);
    for (const answer of answers) expect(answer, JSON.stringify(text)).toMatchObject({ ok: false });
  }
  expect(fake.lines.filter((line) => !LOOKS.test(line))).toEqual([]);
  expect(model.servers.map((server) => server.adminBits)).toEqual([0, 0]);
}, 120_000);

test("a reason may say anything: it is kept and never sent", async () => {
  const { fake, app } = await start();
  for (const text of hostile.filter((one) => one.length <= 500)) {
    const body = { adminState: "drain", reason: text, override: true };
    expect((await app.rest("PUT", "/api/v1/servers/APP1/SRV1/admin-state", body)).status).toBe(200);
    expect((await app.rest("PUT", "/api/v1/servers/APP1/SRV1/admin-state", { adminState: "ready" })).status).toBe(200);
  }
  const sent = fake.lines.filter((line) => !LOOKS.test(line));
  expect(new Set(sent)).toEqual(new Set(["set server APP1/SRV1 state drain", "set server APP1/SRV1 state ready"]));
});

/** The text in each place of the path, each field of the query and each field of the body. */
function requestsOf(route: Route, text: string): { path: string; body?: unknown }[] {
  const places = route.path.split("/").filter((part) => part.startsWith(":"));
  const good: Record<string, string> = { ":backend": "APP1", ":server": "SRV1" };
  const fill = (part: string, bad: string | null) =>
    part.startsWith(":") ? encodeURIComponent(part === bad ? text : (good[part] ?? text)) : part;
  const pathWith = (bad: string | null) =>
    route.path
      .split("/")
      .map((part) => fill(part, bad))
      .join("/");
  const goodBody = route.body === undefined ? undefined : filled(schemaOf(route.body), "x");
  const byPath = places.map((place) => ({ path: pathWith(place), body: goodBody }));
  const fields = route.query === undefined ? [] : Object.keys(schemaOf(route.query).properties ?? {});
  const byQuery = fields.map((field) => ({
    path: `${pathWith(null)}?${field}=${encodeURIComponent(text)}`,
    body: goodBody,
  }));
  const byBody = route.body === undefined ? [] : [{ path: pathWith(null), body: filled(schemaOf(route.body), text) }];
  return [...byPath, ...byQuery, ...byBody];
}

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

function schemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

/** A value of that shape with the text wherever a text may stand. */
function filled(schema: JsonSchema, text: string): unknown {
  const one = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (one !== undefined) return filled(one, text);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, inner]) => [key, filled(inner, text)]),
      );
    case "array":
      return [filled(schema.items ?? {}, text)];
    case "boolean":
      return true;
    case "integer":
    case "number":
      return 1;
    default:
      return text;
  }
}
