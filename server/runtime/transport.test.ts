// Every way an exchange can go wrong, against a scripted fake; what goes right is shown on real HAProxy in real.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "#lab/net.ts";
import type { Address } from "./address.ts";
import { RuntimeError } from "./errors.ts";
import { testCerts } from "./testing/certs.ts";
import { type FakeOptions, type FakeScript, startFake } from "./testing/fake-haproxy.ts";
import { type ExchangeOptions, exchange } from "./transport.ts";

const TEXT = "Name: HAProxy\nPid: 1\n\n";
/** Generous for what must succeed on a loaded machine, tiny for what must time out. */
const SHORT_MS = 150;

async function fake(script: FakeScript, options?: FakeOptions) {
  const started = await startFake(script, options);
  onTestFinished(() => started.stop());
  return started;
}

function ask(address: Address, options: Partial<ExchangeOptions> = {}) {
  return exchange(address, "show info", { who: 'load balancer "lb1"', ...options });
}

async function failure(asked: Promise<unknown>): Promise<RuntimeError> {
  const result = await asked.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(result instanceof RuntimeError)) throw new Error(`expected a RuntimeError, got ${String(result)}`);
  expect(result.message).toMatch(/^load balancer "lb1": /);
  return result;
}

describe.each(["unix", "tcp"] as const)("over %s", (listen) => {
  // The fake goes on writing: after our half-close only a write tells it that we have gone.
  const trickle = { kind: "pieces", text: Buffer.alloc(10_000_000, "x"), bytes: 1 } as const;

  test("a reply is whole at the end of the stream, with the time of its first byte", async () => {
    const lb = await fake({ kind: "reply", text: TEXT }, { listen });
    let clockMs = 0;
    const reply = await ask(lb.address, { now: () => ++clockMs });
    expect(reply.bytes.toString()).toBe(TEXT);
    expect(reply).toMatchObject({ sentAtMs: 1, receivedAtMs: 2, endedAtMs: 3 });
    expect(lb.lines).toEqual(["show info"]);
  });

  test("a reply that comes one byte at a time is the same reply", async () => {
    const lb = await fake({ kind: "pieces", text: TEXT, bytes: 1 }, { listen });
    expect((await ask(lb.address)).bytes.toString()).toBe(TEXT);
  });

  test("a huge reply arrives byte for byte", async () => {
    const huge = Buffer.alloc(20 * 1024 * 1024, "0123456789abcdef");
    const lb = await fake({ kind: "reply", text: huge }, { listen });
    const { bytes } = await ask(lb.address);
    expect(bytes.equals(huge)).toBe(true);
  });

  test("an empty reply is empty, not an error: its reader decides", async () => {
    const lb = await fake({ kind: "reply", text: "" }, { listen });
    expect((await ask(lb.address)).bytes.length).toBe(0);
  });

  test("silence ends at the deadline, and the command may have been done", async () => {
    const lb = await fake({ kind: "hang" }, { listen });
    const error = await failure(ask(lb.address, { limits: { replyTimeoutMs: SHORT_MS } }));
    expect(error).toMatchObject({ code: "reply-timeout", phase: "after-send", outcome: "unknown" });
    expect(error.message).toContain("no answer from");
  });

  test("half a reply and silence ends at the same deadline", async () => {
    const lb = await fake({ kind: "hang-after", text: TEXT, bytes: 8 }, { listen });
    const error = await failure(ask(lb.address, { limits: { replyTimeoutMs: SHORT_MS } }));
    expect(error.code).toBe("reply-timeout");
    expect(error.message).toContain("only 8 bytes of an answer");
  });

  test("a reply that never ends is stopped by its size", async () => {
    const lb = await fake({ kind: "endless", text: "x".repeat(4_096) }, { listen });
    const error = await failure(ask(lb.address, { limits: { maxBytes: 100_000 } }));
    expect(error).toMatchObject({ code: "too-large", phase: "after-send" });
  });

  test("a reply that trickles without end is stopped by the deadline: bytes do not extend it", async () => {
    const lb = await fake(trickle, { listen });
    expect((await failure(ask(lb.address, { limits: { replyTimeoutMs: SHORT_MS } }))).code).toBe("reply-timeout");
    await expect.poll(() => lb.connections.now).toBe(0);
  });

  test("stopping destroys the connection at once", async () => {
    const lb = await fake(trickle, { listen });
    const stop = new AbortController();
    const line = lb.nextLine();
    const asked = failure(ask(lb.address, { signal: stop.signal }));
    await line;
    stop.abort();
    expect(await asked).toMatchObject({ code: "aborted", phase: "after-send" });
    await expect.poll(() => lb.connections.now).toBe(0);
  });
});

test("a reset in the middle of a reply is a cut, at every byte", async () => {
  for (let bytes = 1; bytes < TEXT.length; bytes += 1) {
    const lb = await fake({ kind: "reset", text: TEXT, bytes }, { listen: "tcp" });
    expect(await failure(ask(lb.address))).toMatchObject({ code: "cut", phase: "after-send", outcome: "unknown" });
  }
});

test("stopped before asking: nothing is connected", async () => {
  const lb = await fake({ kind: "reply", text: TEXT });
  expect(await failure(ask(lb.address, { signal: AbortSignal.abort() }))).toMatchObject({
    code: "aborted",
    phase: "before-send",
  });
  expect(lb.connections.most).toBe(0);
});

test("a command of two lines never leaves", async () => {
  const lb = await fake({ kind: "reply", text: TEXT });
  for (const line of ["a\nb", "a\rb", "a\0b"]) {
    await expect(exchange(lb.address, line, { who: "lb1" })).rejects.toThrow("a command must be one line");
  }
  expect(lb.connections.most).toBe(0);
});

describe("nobody there", () => {
  function tempDir(): string {
    const dir = mkdtempSync(join(tmpdir(), "dbt-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    return dir;
  }

  test("a path that does not exist", async () => {
    const path = join(tempDir(), "admin.sock");
    const error = await failure(ask({ kind: "unix", path }));
    expect(error).toMatchObject({ code: "not-found", phase: "before-send", outcome: "refused" });
    expect(error.message).toBe(
      `load balancer "lb1": there is no ${path} (ENOENT). Is HAProxy running, and does haproxy.cfg say: stats socket ${path} mode 660 level admin`,
    );
  });

  test("a path through something that is no directory", async () => {
    const dir = tempDir();
    writeFileSync(join(dir, "file"), "");
    expect((await failure(ask({ kind: "unix", path: join(dir, "file", "admin.sock") }))).code).toBe("not-found");
  });

  test("a plain file, and a directory, are not a socket", async () => {
    const dir = tempDir();
    writeFileSync(join(dir, "file"), "");
    const file = await failure(ask({ kind: "unix", path: join(dir, "file") }));
    expect(file).toMatchObject({ code: "not-a-socket", phase: "before-send" });
    expect(file.message).toContain("is a file, not a socket");
    expect((await failure(ask({ kind: "unix", path: dir }))).message).toContain("is a directory, not a socket");
  });

  test("a port where nobody listens", async () => {
    const port = await freePort();
    const error = await failure(ask({ kind: "tcp", host: "127.0.0.1", port }));
    expect(error).toMatchObject({ code: "refused", phase: "before-send", outcome: "refused" });
    expect(error.message).toContain(`nobody answers at tcp://127.0.0.1:${port} (ECONNREFUSED). Is HAProxy running?`);
  });

  test("a name that does not resolve", async () => {
    const error = await failure(ask({ kind: "tcp", host: "no-such-host.invalid", port: 9 }));
    expect(error.code).toBe("unresolved");
  });
});

describe("TLS", () => {
  const serverTls = { cert: testCerts.server, key: testCerts.server };

  test("a certificate of a known authority is accepted", async () => {
    const lb = await fake({ kind: "reply", text: TEXT }, { listen: "tls", tls: serverTls });
    expect((await ask(lb.address, { tls: { ca: testCerts.ca } })).bytes.toString()).toBe(TEXT);
  });

  test("an unknown authority is refused before anything is sent", async () => {
    const lb = await fake({ kind: "reply", text: TEXT }, { listen: "tls", tls: serverTls });
    const error = await failure(ask(lb.address));
    expect(error).toMatchObject({ code: "tls", phase: "before-send", outcome: "refused" });
    expect(error.message).toContain("certificate authority");
    expect(lb.lines).toEqual([]);
  });

  test("another name in the certificate is refused", async () => {
    const lb = await fake({ kind: "reply", text: TEXT }, { listen: "tls", tls: serverTls });
    const tls = { ca: testCerts.ca, servername: "lb9.test" };
    expect((await failure(ask(lb.address, { tls }))).code).toBe("tls");
    expect((await ask(lb.address, { tls: { ...tls, servername: "lb1.test" } })).bytes.toString()).toBe(TEXT);
  });

  test("a plaintext answer at a tls:// address: an error, and the command never left", async () => {
    const lb = await fake({ kind: "greet", text: "Unknown command\n\n" }, { listen: "tcp" });
    const address: Address = { ...lb.address, kind: "tls" } as Address;
    const error = await failure(ask(address, { tls: { ca: testCerts.ca } }));
    expect(error).toMatchObject({ code: "tls", phase: "before-send" });
    expect(error.message).toContain("does not speak TLS; nothing was sent in the clear");
  });

  test("a silent port at a tls:// address ends at the connect deadline", async () => {
    const lb = await fake({ kind: "hang" }, { listen: "tcp" });
    const address: Address = { ...lb.address, kind: "tls" } as Address;
    const error = await failure(ask(address, { limits: { connectTimeoutMs: SHORT_MS } }));
    expect(error).toMatchObject({ code: "connect-timeout", phase: "before-send" });
    expect(lb.lines.join()).not.toContain("show info");
  });

  test("a server that wants a certificate which we do not have", async () => {
    const tls = { ...serverTls, ca: testCerts.ca, requestCert: true };
    const lb = await fake({ kind: "reply", text: TEXT }, { listen: "tls", tls });
    const error = await failure(ask(lb.address, { tls: { ca: testCerts.ca } }));
    expect(error).toMatchObject({ code: "tls", outcome: "refused" });
    expect(lb.lines).toEqual([]);
    const client = { ca: testCerts.ca, cert: testCerts.client, key: testCerts.client };
    expect((await ask(lb.address, { tls: client })).bytes.toString()).toBe(TEXT);
  });
});
