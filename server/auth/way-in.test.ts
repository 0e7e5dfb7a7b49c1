import type { IncomingHttpHeaders } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { createLog } from "#server/log.ts";
import { networkMistake } from "./networks.ts";
import { tellOfUnnamedProxy } from "./unnamed-proxy.ts";
import { directWayIn, type WayInOptions, wayInOf } from "./way-in.ts";

const proxies = ["10.0.0.5", "192.168.0.0/16", "fd00::/8"];

function cameBy(peer: string, headers: Record<string, string | string[]>, options: Partial<WayInOptions> = {}) {
  const ways = wayInOf({ publicUrl: null, trustedProxies: proxies, forwardedHeaders: "x-forwarded", ...options });
  return ways({ headers: { host: "10.0.0.1:3000", ...headers }, socket: peerOf(peer) });
}

function peerOf(address: string): Socket {
  return Object.defineProperty(new Socket(), "remoteAddress", { value: address });
}

const told = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "x-forwarded-host": "board.example" };

test("a named proxy is believed about address, https and host", () => {
  const expected = { address: "203.0.113.7", host: "board.example", isTls: true, isHttps: true };
  for (const peer of ["10.0.0.5", "::ffff:10.0.0.5", "192.168.7.7", "fd00::1"])
    expect(cameBy(peer, told), peer).toEqual(expected);
});

test.each(["10.0.0.6", "203.0.113.9", "::1", "fe80::1"])("the same headers from %s mean nothing", (peer) => {
  expect(cameBy(peer, told)).toEqual({ address: peer, host: "10.0.0.1:3000", isTls: false, isHttps: false });
});

test("without a named proxy no header is believed, from nobody", () => {
  const way = cameBy("127.0.0.1", { ...told, forwarded: "for=203.0.113.7;proto=https" }, { trustedProxies: [] });
  expect(way).toEqual({ address: "127.0.0.1", host: "10.0.0.1:3000", isTls: false, isHttps: false });
});

test.each([
  ["the client wrote addresses of its own before", "1.2.3.4, 198.51.100.1, 203.0.113.7", "203.0.113.7"],
  ["the client wrote an address of ours before", "10.0.0.5, 203.0.113.7", "203.0.113.7"],
  ["two of our proxies in a row", "1.2.3.4, 203.0.113.7, 192.168.1.1", "203.0.113.7"],
  ["only proxies of ours", "192.168.1.1, 192.168.1.2", "192.168.1.1"],
  ["with ports", "203.0.113.7:4711", "203.0.113.7"],
  ["IPv6 with brackets and port", "[2001:DB8::7]:4711", "2001:db8::7"],
  ["no address at the right end", "203.0.113.7, unknown", "10.0.0.5"],
  ["no address before a proxy of ours", "203.0.113.7, _hidden, 192.168.1.1", "192.168.1.1"],
  ["markup", "<script>", "10.0.0.5"],
  ["nothing", "", "10.0.0.5"],
  ["ten thousand hops of ours", Array(10_000).fill("192.168.1.1").join(","), "192.168.1.1"],
])("the nearest address that is none of our proxies: %s", (_name, hops, expected) => {
  expect(cameBy("10.0.0.5", { "x-forwarded-for": hops }).address).toBe(expected);
});

test("of several values the proxy's own counts, which stands last; what no browser has is not believed", () => {
  const twice = { "x-forwarded-proto": "https, http", "x-forwarded-host": "evil.example, board.example:8443" };
  expect(cameBy("10.0.0.5", twice)).toMatchObject({ host: "board.example:8443", isTls: false });
  for (const host of ["a/b", "a@b", "a b", "", "a:99999999", "a\r\nx"])
    expect(cameBy("10.0.0.5", { "x-forwarded-host": host }).host, host).toBe("10.0.0.1:3000");
  expect(cameBy("10.0.0.5", { "x-forwarded-proto": "javascript" }).isTls).toBe(false);
});

test("RFC 7239, only when the configuration says so; then the X- headers mean nothing", () => {
  const forwarded = 'for=1.2.3.4;proto=http, For="[2001:db8::7]:4711";PROTO=https;host="board.example"';
  expect(cameBy("10.0.0.5", { forwarded })).toMatchObject({ address: "10.0.0.5", isTls: false });
  const options = { forwardedHeaders: "forwarded" } as const;
  expect(cameBy("10.0.0.5", { ...told, forwarded }, options)).toEqual({
    ...{ address: "2001:db8::7", host: "board.example", isTls: true, isHttps: true },
  });
  for (const [text, address] of [
    ['for="a,b;for=1.1.1.1", for=203.0.113.7', "203.0.113.7"],
    ['for="203.0.113.7\\"', "10.0.0.5"],
    ["for=unknown", "10.0.0.5"],
    ["203.0.113.7", "10.0.0.5"],
    ["for=203.0.113.7, for=192.168.1.1", "203.0.113.7"],
  ] as const)
    expect(cameBy("10.0.0.5", { forwarded: text }, options).address, text).toBe(address);
});

test("a public URL with https makes every way https, but not every request encrypted", () => {
  expect(cameBy("203.0.113.7", {}, { publicUrl: "https://board.example" })).toMatchObject({
    ...{ isTls: false, isHttps: true },
  });
});

test.each([
  "",
  "proxy",
  "10.0.0",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "0.0.0.0/0",
  "::/0",
  "fe80::1%eth0",
  "fd00::/129",
])("%j is no network of proxies", (text) => expect(networkMistake(text)).toMatch(/^(is|has|names) /));

test.each(proxies)("%s is one", (text) => expect(networkMistake(text)).toBeNull());

test("a proxy that nobody named is told once, and only where it can be one's own", () => {
  const lines: string[] = [];
  const log = createLog({ to: { write: (line) => void lines.push(JSON.parse(line).msg) } });
  const ways = tellOfUnnamedProxy(directWayIn, ["10.0.0.5"], log);
  const ask = (peer: string, headers: IncomingHttpHeaders) => ways({ headers, socket: peerOf(peer) }).address;
  const forwarded = { "x-forwarded-for": "192.0.2.1" };
  expect(ask("10.0.0.5", forwarded)).toBe("10.0.0.5");
  expect(ask("203.0.113.9", forwarded)).toBe("203.0.113.9");
  expect(ask("127.0.0.1", {})).toBe("127.0.0.1");
  expect(lines).toEqual([]);
  expect(ask("::ffff:127.0.0.1", forwarded)).toBe("127.0.0.1");
  expect(ask("127.0.0.1", { forwarded: "for=192.0.2.1" })).toBe("127.0.0.1");
  expect(lines).toEqual([expect.stringMatching(/^Requests from 127\.0\.0\.1 .*--trusted-proxy 127\.0\.0\.1$/)]);
});
