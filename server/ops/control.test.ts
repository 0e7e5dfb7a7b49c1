// Weight, health, check and agent on real HAProxies: what is sent, what HAProxy shows afterwards, and what takes it back.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { type LabHaproxy, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { startOrigin } from "#lab/origins.ts";
import { startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { type RestReply, startTestApp, type TestApp } from "#server/testing.ts";

interface Lab {
  lb: LabHaproxy;
  app: TestApp;
  put: (what: string, body: object, server?: string) => Promise<RestReply>;
  /** a column of `show servers state`, as HAProxy says */
  state: (column: string, server?: string) => Promise<number>;
}

async function start(bin: string): Promise<Lab> {
  const origin = await startOrigin("origin");
  onTestFinished(() => origin.stop());
  const agent = createServer((socket) => socket.on("error", () => socket.destroy()).end("up\n"));
  await once(agent.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void agent.close());
  const place = `${origin.address}:${origin.port}`;
  const agentCheck = `agent-check agent-port ${(agent.address() as AddressInfo).port} agent-inter 300`;
  const lb = await startHaproxy({
    bin,
    config: () =>
      [
        "backend APP",
        `  server SRV1 ${place} weight 20 check inter 200 ${agentCheck}`,
        `  server SRV2 ${place} weight 20`,
        `  server SRV3 ${place} weight 1`,
        "backend STATIC",
        "  balance static-rr",
        `  server SRV1 ${place}`,
        `  server SRV2 ${place}`,
        "backend HASHED",
        "  balance source",
        `  server SRV1 ${place}`,
        `  server SRV2 ${place}`,
      ].join("\n"),
  });
  onTestFinished(() => lb.dispose());
  const app = await startTestApp({ loadBalancers: { lb1: lb.adminSocket }, backends: { APP: { minimum: 1 } } });
  await until("the check passed", () => app.app.fleet.view().servers.get("APP/SRV1")?.status === "UP");
  return {
    ...{ lb, app },
    put: (what, body, server = "APP/SRV1") => app.rest("PUT", `/api/v1/servers/${server}/${what}`, body),
    async state(column, server = "APP/SRV1") {
      const [backend, name] = server.split("/");
      const lines = (await lb.ask(`show servers state ${backend}`)).split("\n").map((one) => one.split(" "));
      const at = lines[1]!.indexOf(column) - 1;
      return Number(lines.find((cells) => cells[3] === name)?.[at]);
    },
  };
}

const outcome = (reply: RestReply) => {
  expect(reply.status, reply.text).toBe(200);
  return reply.body.outcomes[0];
};

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("weight: a number, a percentage, back; what rounds to nothing asks first; static balancing says what it takes", async () => {
    const { lb, app, put, state } = await start(bin);
    expect(outcome(await put("weight", { weight: "50%" }))).toMatchObject({
      ...{ lb: "lb1", outcome: "done", before: "20", after: "10 (configured 20)" },
      undo: "set server APP/SRV1 weight 100%",
    });
    expect(await state("srv_uweight")).toBe(10);
    expect(outcome(await put("weight", { weight: "100" })).undo).toBe("set server APP/SRV1 weight 10");
    expect(await lb.ask("get weight APP/SRV1")).toContain("100 (initial 20)");

    const rounded = await put("weight", { weight: "50%" }, "APP/SRV3");
    expect([rounded.status, rounded.body.code]).toEqual([409, "guard"]);
    expect(rounded.body.detail).toContain("rounds down to 0");
    expect(await state("srv_uweight", "APP/SRV3")).toBe(1);
    expect(outcome(await put("weight", { weight: "50%", override: true }, "APP/SRV3")).after).toBe("0 (configured 1)");

    const refused = await put("weight", { weight: "50" }, "STATIC/SRV1");
    expect([refused.status, refused.body.code]).toEqual([409, "guard"]);
    expect(refused.body.detail).toContain("static-rr, which takes only the weights 0% and 100%");
    const hashed = await put("weight", { weight: "50" }, "HASHED/SRV1");
    expect([hashed.status, hashed.body.code]).toEqual([422, "refused"]);
    expect(hashed.body.controls[0].message).toContain("only accepts weights '0%' and '100%'");
    expect(outcome(await put("weight", { weight: "0%" }, "STATIC/SRV1"))).toMatchObject({ after: "0 (configured 1)" });
    const last = await put("weight", { weight: "0%" }, "STATIC/SRV2");
    expect(last.body.findings.map((one: { code: string }) => one.code)).toContain("last-server");

    for (const weight of ["257", "-1", "abc", "", "5 0", "50%;x", "100000%"])
      expect((await put("weight", { weight })).status, weight).toBe(400);
    const rows = await app.app.store.audit.list({ action: "server:set-weight", limit: 50 });
    expect(rows.some((row) => row.command === "set server APP/SRV1 weight 50%" && row.outcome === "done")).toBe(true);
    expect(rows.some((row) => row.outcome === "denied")).toBe(true);
  });

  test("health, check and agent; HAProxy shows it, and what is not configured is said before", async () => {
    const { put, state } = await start(bin);
    expect(outcome(await put("check", { check: "disable" }))).toMatchObject({
      ...{ before: "check enabled", after: "check disabled", undo: "enable health APP/SRV1" },
    });
    expect((await state("srv_check_state")) & 4).toBe(0);
    expect(outcome(await put("agent", { agent: "disable" })).after).toBe("agent check disabled, up");
    expect((await state("srv_agent_state")) & 4).toBe(0);
    expect(outcome(await put("health", { health: "nolb" }))).toMatchObject({
      ...{ outcome: "done", before: "up", after: "nolb", undo: "set server APP/SRV1 health up" },
    });
    expect(await state("srv_op_state")).toBe(3);
    expect(outcome(await put("health", { health: "down" })).after).toBe("down");
    expect(outcome(await put("health", { health: "up" })).after).toMatch(/^up/);
    expect(outcome(await put("check", { check: "enable" })).after).toBe("check enabled");
    expect(outcome(await put("agent", { agent: "enable" })).after).toBe("agent check enabled, up");
    expect(outcome(await put("agent", { agent: "down" })).outcome).toMatch(/done|refused/);

    for (const [what, body] of [
      ["check", { check: "enable" }],
      ["agent", { agent: "enable" }],
    ] as const) {
      const reply = await put(what, body, "APP/SRV2");
      expect([reply.status, reply.body.code], what).toEqual([409, "guard"]);
      expect(reply.body.findings[0].code).toBe("not-configured");
    }
    const inMaint = await put("admin-state", { adminState: "maint", override: true }, "APP/SRV2");
    expect(inMaint.status).toBe(200);
    expect((await put("health", { health: "up" }, "APP/SRV2")).body.detail).toContain("where health has no effect");
  });
});

test("an answer that is lost is unknown, and what became of it is a row of its own", async () => {
  const model = fakeModel([modelServer("APP1", "SRV1"), modelServer("APP1", "SRV2")]);
  const fake = await startFake((line) => {
    if (!line.startsWith("set server")) return model.script(line);
    model.servers[0]!.weight = 50;
    return { kind: "reply", text: "" };
  });
  onTestFinished(() => fake.stop());
  const app = await startTestApp({ loadBalancers: { lb1: fake.address.kind === "unix" ? fake.address.path : "" } });
  const reply = await app.rest("PUT", "/api/v1/servers/APP1/SRV1/weight", { weight: "50" });
  expect(outcome(reply)).toMatchObject({ outcome: "done", after: "50" });
  model.servers[0]!.weight = 100;
  const never = await startFake((line) =>
    line.startsWith("set server") ? { kind: "reply", text: "" } : model.script(line),
  );
  onTestFinished(() => never.stop());
  const other = await startTestApp({ loadBalancers: { lb1: never.address.kind === "unix" ? never.address.path : "" } });
  const lost = await other.rest("PUT", "/api/v1/servers/APP1/SRV1/weight", { weight: "50" });
  expect([lost.status, lost.body.code]).toEqual([502, "outcome-unknown"]);
  await until("it was looked at again", async () => {
    const rows = await other.app.store.audit.list({ action: "server:set-weight", limit: 10 });
    return rows.some((row) => row.outcome === "refused" && row.answer?.startsWith("Looked again"));
  });
});
