import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { addressKey, addressText, parseAddress, plaintextWarning } from "./address.ts";

function parsed(text: string) {
  const result = parseAddress(text);
  if (!result.ok) throw new Error(result.message);
  return result.address;
}

describe("parseAddress", () => {
  test.each([
    ["/run/haproxy/admin.sock", "/run/haproxy/admin.sock"],
    ["/run//haproxy/x/../admin.sock", "/run/haproxy/admin.sock"],
    ["tcp://10.0.0.2:9999", "tcp://10.0.0.2:9999"],
    ["tcp://LB2.Example:9999/", "tcp://lb2.example:9999"],
    ["tls://[2001:DB8:0:0::1]:9443", "tls://[2001:db8::1]:9443"],
    ["tcp://[::1]:1", "tcp://[::1]:1"],
  ])("%s is %s", (text, canonical) => {
    expect(addressText(parsed(text))).toBe(canonical);
    expect(parsed(canonical)).toEqual(parsed(text));
  });

  test.each([
    ["", "the address is empty; write /path/to/admin.sock"],
    ["admin.sock", "write /path/to/admin.sock, tcp://host:port or tls://host:port"],
    ["./admin.sock", "write the whole path of the socket, beginning with /"],
    ["10.0.0.2:9999", "write tcp://10.0.0.2:9999 or tls://10.0.0.2:9999"],
    ["ipv4@127.0.0.1:9999", "write tcp://127.0.0.1:9999"],
    ["unix@/run/a.sock", "write /run/a.sock"],
    ["http://lb1:8404/stats", "the stats page cannot be used"],
    ["tcp://lb1", "write tcp://host:port"],
    ["tcp://lb1:0", "ports are 1 to 65535"],
    ["tcp://lb1:65536", "ports are 1 to 65535"],
    ["tcp://::1:9999", "put the IPv6 address in brackets: tcp://[::1]:9999"],
    ["tcp://[lb1]:9999", "no IPv6 address in its brackets"],
    ["tcp://admin:secret@lb1:9999", "takes no user or password"],
    ["tcp://lb_1!:9999", "has no valid host"],
    ["/run/haproxy/", "is a directory"],
    ["/run/a\nb", "has a control character"],
    [`/${"x".repeat(107)}`, "longer than 107 bytes"],
  ])("%j is refused: %s", (text, reason) => {
    const result = parseAddress(text);
    expect(result.ok ? "" : result.message).toContain(reason);
  });

  test("a refused address never repeats a password", () => {
    const result = parseAddress("tcp://admin:secret@lb1:9999");
    expect(result.ok ? "" : result.message).not.toContain("secret");
  });
});

describe("addressKey finds the same load balancer given twice", () => {
  test("through a symbolic link", () => {
    const dir = mkdtempSync(join(tmpdir(), "dba-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "a.sock"), "");
    symlinkSync(join(dir, "a.sock"), join(dir, "b.sock"));
    expect(addressKey(parsed(join(dir, "b.sock")))).toBe(addressKey(parsed(join(dir, "a.sock"))));
  });

  test("by name of this machine and whatever the scheme", () => {
    expect(addressKey(parsed("tls://localhost:9"))).toBe(addressKey(parsed("tcp://127.0.0.1:9")));
    expect(addressKey(parsed("tcp://127.0.0.1:9"))).not.toBe(addressKey(parsed("tcp://127.0.0.1:10")));
  });
});

describe("plaintextWarning", () => {
  test.each([
    "/run/a.sock",
    "tls://lb1:9",
    "tcp://127.0.0.1:9",
    "tcp://127.8.8.8:9",
    "tcp://[::1]:9",
    "tcp://localhost:9",
  ])("%s crosses no network in the clear", (text) => expect(plaintextWarning("lb1", parsed(text))).toBeNull());

  test.each(["tcp://10.0.0.2:9999", "tcp://127.example:9"])("%s does", (text) => {
    expect(plaintextWarning("lb1", parsed(text))).toContain('load balancer "lb1": ');
  });
});
