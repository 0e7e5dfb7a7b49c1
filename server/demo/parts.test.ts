import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { findHaproxy } from "./haproxy.ts";
import { readOptions } from "./options.ts";
import { seededRandom } from "./random.ts";
import { openSessionFiles } from "./session-files.ts";
import { createTerminal } from "./terminal.ts";
import { acceptKey, createFrameReader, encodeFrame, opcode } from "./ws-frames.ts";

const directory = mkdtempSync(join(tmpdir(), "demo-parts-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("options: defaults, and an address of either kind", () => {
  expect(readOptions([])).toMatchObject({ host: "127.0.0.1", port: 3000, hasApp: true, seconds: null, users: 1200 });
  expect(readOptions(["--listen", "[::1]:4000"])).toMatchObject({ host: "::1", port: 4000 });
  expect(readOptions(["--help"])).toBeNull();
});

test.each([
  [["--listen", "4000"], "--listen 4000 is not HOST:PORT"],
  [["--listen", "127.0.0.1:70000"], "--listen 127.0.0.1:70000 is not HOST:PORT"],
  [["--users", "many"], "--users many is not a whole number from 10 to 10000"],
  [["--seconds", "0"], "--seconds 0 is not a whole number"],
  [["--lisen", "x"], "--lisen"],
])("options: %j is refused in words", (args, words) => {
  expect(() => readOptions(args)).toThrow(words);
});

test("options: every mistake is named at once", () => {
  expect(() => readOptions(["--users", "x", "--seconds", "y"])).toThrow(/--users x .*\n--seconds y /);
});

test("HAProxy is found on PATH, then in the usual places; none is a sentence with a command", () => {
  const program = join(directory, "haproxy");
  writeFileSync(program, "");
  chmodSync(program, 0o755);
  expect(findHaproxy({ PATH: directory }, [])).toBe(program);
  expect(findHaproxy({ PATH: "/nonexistent" }, [directory])).toBe(program);
  expect(() => findHaproxy({ PATH: "/nonexistent" }, [])).toThrow(
    /^HAProxy was not found; install it with "[^"]+ haproxy"/,
  );
});

test("the same seed gives the same numbers, another one others, all within bounds", () => {
  const numbers = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 1_000 }, () => random.whole(1, 6));
  };
  expect(numbers(5)).toEqual(numbers(5));
  expect(numbers(5)).not.toEqual(numbers(6));
  expect(new Set(numbers(5))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});

test("a session file is on one server only, and ends with its time or its user", async () => {
  const here = await openSessionFiles(join(directory, "SRV1"));
  const there = await openSessionFiles(join(directory, "SRV2"));
  const id = "0123456789abcdef0123456789abcdef";
  await here.write(id, { user: "user 17", cart: 4 });
  expect(await here.read(id)).toEqual({ user: "user 17", cart: 4 });
  expect(await there.read(id)).toBeNull();
  await here.removeExpired(Date.now());
  expect(await here.read(id)).not.toBeNull();
  await here.removeExpired(Date.now() + 25 * 60_000);
  expect(await here.read(id)).toBeNull();
});

test("a session id that is a path reads nothing", async () => {
  const files = await openSessionFiles(join(directory, "SRV3"));
  expect(await files.read("../../../../etc/passwd")).toBeNull();
});

test("frames come out whole whatever the cut, masked or not", () => {
  const mask = Buffer.from([1, 2, 3, 4]);
  const bytes = Buffer.concat([
    encodeFrame(opcode.text, Buffer.from("hello"), mask),
    encodeFrame(opcode.ping, Buffer.alloc(0), null),
    encodeFrame(opcode.text, Buffer.from("w".repeat(125)), mask),
  ]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const reader = createFrameReader();
    const texts = [bytes.subarray(0, cut), bytes.subarray(cut)].flatMap((part) => {
      const frames = reader.push(part);
      return frames === "unsupported" ? [frames] : frames.map((frame) => frame.payload.toString());
    });
    expect(texts).toEqual(["hello", "", "w".repeat(125)]);
  }
});

test("a long or fragmented frame is unsupported, not misread", () => {
  expect(createFrameReader().push(Buffer.from([0x81, 126, 0, 200]))).toBe("unsupported");
  expect(createFrameReader().push(Buffer.from([0x01, 1, 65]))).toBe("unsupported");
});

test("the handshake answers as RFC 6455 section 1.3 shows", () => {
  expect(acceptKey("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("many lost sessions at once are a few lines and a count; other lines are never held back", () => {
  vi.useFakeTimers();
  try {
    const written: string[] = [];
    const terminal = createTerminal((line) => written.push(line));
    for (let user = 1; user <= 50; user++) terminal.say(`lost session: user ${user} was on APP1/SRV1`);
    terminal.say("1200 users");
    expect(written).toHaveLength(9);
    vi.advanceTimersByTime(10_000);
    expect(written.at(-1)).toBe("lost session: 42 more users");
    terminal.say("lost session: user 51 was on APP1/SRV1");
    expect(written.at(-1)).toContain("user 51");
    terminal.flush();
  } finally {
    vi.useRealTimers();
  }
});
