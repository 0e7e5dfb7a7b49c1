import { expect, test } from "vitest";
import { socatLine } from "./socat.ts";

const drain = { kind: "set-state", backend: "APP1", server: "SRV1", adminState: "drain" } as const;

test("a unix socket, TCP and TLS addresses become what socat understands", () => {
  expect(socatLine("/run/haproxy/admin.sock", drain)).toBe(
    "echo 'set server APP1/SRV1 state drain' | socat stdio /run/haproxy/admin.sock",
  );
  expect(socatLine("tcp://10.0.0.1:9999", drain)).toContain("socat stdio TCP:10.0.0.1:9999");
  expect(socatLine("tls://lb1:9999", drain)).toContain("socat stdio OPENSSL:lb1:9999");
});

test("a path with spaces or quotes stays one word in the shell", () => {
  expect(socatLine("/run/my lb's.sock", drain)).toMatch(/ '\/run\/my lb'\\''s\.sock'$/);
});

test("a name that could end the quotes makes no line", () => {
  expect(() => socatLine("/s", { ...drain, server: "a'; rm -rf /" })).toThrow(/not a name/);
});
