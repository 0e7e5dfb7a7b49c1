// The client against a scripted fake: lanes, replies that are whole streams but not whole replies, and refusals.
import { describe, expect, onTestFinished, test } from "vitest";
import { parseShowServersState } from "#lib/haproxy/show-servers-state.ts";
import { parseShowStat } from "#lib/haproxy/show-stat.ts";
import { RuntimeClient } from "./client.ts";
import { RuntimeError } from "./errors.ts";
import { type FakeScript, startFake } from "./testing/fake-haproxy.ts";
import { fakeModel, modelServer } from "./testing/fake-model.ts";
import type { ExchangeLimits } from "./transport.ts";

const DRAIN = { kind: "set-state", backend: "APP1", server: "SRV1", adminState: "drain" } as const;

function model() {
  return fakeModel([modelServer("APP1", "SRV1", { scur: 7 }), modelServer("APP1", "SRV2")]);
}

async function fakeWith(script: FakeScript, limits?: Partial<ExchangeLimits>) {
  const fake = await startFake(script);
  const client = new RuntimeClient({ name: "lb1", address: fake.address, ...(limits ? { limits } : {}) });
  onTestFinished(async () => {
    client.close();
    await fake.stop();
  });
  return { fake, client };
}

async function failure(asked: Promise<unknown>): Promise<RuntimeError> {
  const error = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RuntimeError)) throw new Error(`expected a RuntimeError, got ${String(error)}`);
  return error;
}

describe("observe", () => {
  test("tells where the three blocks are", async () => {
    const { client, fake } = await fakeWith(model().script);
    const seen = await client.observe();
    const text = (span: { start: number; end: number }) => seen.bytes.toString("utf8", span.start, span.end);
    expect(text(seen.info)).toContain("\nPid: 4711\n");
    expect(parseShowStat(`${text(seen.stat)}\n`).rows.map((row) => row.get("scur"))).toEqual(["7", "0", "7"]);
    expect(parseShowServersState(`1\n${text(seen.servers)}\n`).rows).toHaveLength(2);
    expect(fake.lines).toEqual(["show info;show stat -1 6 -1;show servers state"]);
  });

  test("cut at any byte it is an error, never fewer servers", async () => {
    const whole = model().answer("show info;show stat -1 6 -1;show servers state");
    const { client, fake } = await fakeWith(model().script);
    for (let bytes = 0; bytes < whole.length; bytes += 1) {
      fake.script({ kind: "cut", text: whole, bytes });
      expect((await failure(client.observe())).code, `cut after ${bytes} bytes`).toBe("cut");
    }
  });

  test("another protocol is named, not parsed", async () => {
    const { client } = await fakeWith({ kind: "reply", text: "HTTP/1.1 400 Bad Request\r\n\r\n" });
    const error = await failure(client.observe());
    expect(error.code).toBe("not-haproxy");
    expect(error.message).toContain('load balancer "lb1": ');
    expect(error.message).toContain("HTTP/1.1 400 Bad Request");
  });

  test("a stopping process never passes for the one that serves", async () => {
    const old = model();
    old.isStopping = true;
    const { client } = await fakeWith(old.script);
    expect((await failure(client.observe())).code).toBe("old-process");
  });

  test("an accepted connection that ends without a byte is an error", async () => {
    const { client } = await fakeWith({ kind: "reply", text: "" });
    expect(await failure(client.observe())).toMatchObject({ code: "cut", phase: "after-send" });
  });
});

describe("send", () => {
  test("hands on HAProxy's words, success and refusal alike", async () => {
    const lb = model();
    const { client } = await fakeWith(lb.script);
    expect(await client.send(DRAIN)).toBe("\n");
    expect(lb.servers[0]?.adminBits).toBe(8);
    expect(await client.send({ ...DRAIN, server: "SRV9" })).toBe("No such server.\n\n");
  });

  test("a name that could inject a command is refused before anything is sent", async () => {
    const { client, fake } = await fakeWith(model().script);
    await expect(client.send({ ...DRAIN, server: "SRV1 state maint;show info" })).rejects.toThrow("nothing was sent");
    expect(fake.connections.most).toBe(0);
  });

  test("no byte at all is an unknown outcome, not a success", async () => {
    const { client } = await fakeWith({ kind: "reply", text: "" });
    expect(await failure(client.send(DRAIN))).toMatchObject({ code: "cut", outcome: "unknown" });
  });

  test("no answer in time is an unknown outcome and is not asked again", async () => {
    const { client, fake } = await fakeWith({ kind: "hang" }, { replyTimeoutMs: 100 });
    expect(await failure(client.send(DRAIN))).toMatchObject({ code: "reply-timeout", outcome: "unknown" });
    expect(fake.lines).toHaveLength(1);
  });

  test.each(["operator", "user"] as const)("level %s is refused with the line to write", async (level) => {
    const lb = model();
    lb.level = level;
    const { client, fake } = await fakeWith(lb.script);
    const path = fake.address.kind === "unix" ? fake.address.path : "";
    const error = await failure(client.send(DRAIN));
    expect(error).toMatchObject({ code: "denied", outcome: "refused" });
    expect(error.message).toBe(
      `load balancer "lb1": ${path} has level ${level}: it can show but not change. ` +
        `In haproxy.cfg write: stats socket ${path} mode 660 level admin`,
    );
    expect(lb.servers[0]?.adminBits).toBe(0);
  });
});

describe("level", () => {
  test.each(["admin", "operator", "user"] as const)("%s", async (level) => {
    const lb = model();
    lb.level = level;
    const { client } = await fakeWith(lb.script);
    expect(await client.level()).toBe(level);
  });

  test("another protocol is not a level", async () => {
    const { client } = await fakeWith({ kind: "reply", text: "HTTP/1.1 400 Bad Request\r\n\r\n" });
    expect((await failure(client.level())).code).toBe("not-haproxy");
  });
});

describe("lanes", () => {
  test("however much is asked, at most two connections are open", async () => {
    const { client, fake } = await fakeWith(model().script);
    await Promise.all([...Array(10)].flatMap(() => [client.observe(), client.send(DRAIN), client.level()]));
    expect(fake.connections.most).toBe(2);
    expect(fake.lines).toHaveLength(30);
  });

  test("commands keep their order, also after one that failed", async () => {
    const { client, fake } = await fakeWith((line) =>
      line.includes("drain") ? { kind: "cut", text: "\n", bytes: 0 } : { kind: "reply", text: "\n" },
    );
    const states = ["maint", "drain", "ready"] as const;
    const results = await Promise.allSettled(states.map((adminState) => client.send({ ...DRAIN, adminState })));
    expect(results.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(fake.lines).toEqual(states.map((state) => `set server APP1/SRV1 state ${state}`));
  });

  test("a command does not wait behind a poll that hangs", async () => {
    const lb = model();
    const { client } = await fakeWith((line) => (line.startsWith("show info") ? { kind: "hang" } : lb.script(line)));
    const poll = failure(client.observe());
    expect(await client.send(DRAIN)).toBe("\n");
    client.close();
    expect((await poll).code).toBe("aborted");
  });

  test("close ends what is in flight and what waits; what is asked later ends too", async () => {
    const { client, fake } = await fakeWith({ kind: "hang" });
    const line = fake.nextLine();
    const asked = [client.send(DRAIN), client.send(DRAIN), client.observe()].map(failure);
    await line;
    client.close();
    expect((await Promise.all(asked)).map((error) => error.code)).toEqual(["aborted", "aborted", "aborted"]);
    expect(await failure(client.observe())).toMatchObject({ code: "aborted", phase: "before-send" });
  });
});
