import { describe, expect, test } from "vitest";
import { commandLine, masterLine, UnsafeName } from "./command.ts";
import { parseShowSess } from "./show-sess.ts";
import { fixtureText, versions } from "./testing/fixtures.ts";
import { UnreadableReply } from "./unreadable.ts";

describe.each(versions)("show sess of %s", (version) => {
  const text = fixtureText(version, "show-sess.txt");

  test("three requests in progress, a WebSocket and a TCP session; the command line's own is left out", () => {
    const sessions = parseShowSess(text);
    const told = sessions.map((one) => `${one.backend}/${one.server} ${one.isTunnel ? "tunnel" : "request"}`).sort();
    expect(told).toEqual([
      "be_app/app1 request",
      "be_app/app2 request",
      "be_app/app2 tunnel",
      "be_app/app3 request",
      "li_tcp/tcp1 tunnel",
    ]);
    for (const one of sessions) {
      expect(one.id).toMatch(/^0x[0-9a-f]+$/);
      expect(one).toMatchObject({ protocol: "tcpv4", client: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
      expect(one.ageSec).toBeGreaterThanOrEqual(2);
    }
  });

  test("cut anywhere, it is no list", () => {
    for (let end = 0; end < text.length; end += 97)
      expect(() => parseShowSess(text.slice(0, end))).toThrow(UnreadableReply);
  });
});

test("no session is an empty line; help and other texts are refused", () => {
  expect(parseShowSess("\n")).toEqual([]);
  expect(() => parseShowSess("")).toThrow(UnreadableReply);
  expect(() => parseShowSess("Permission denied\n\n")).toThrow(/"Permission denied"/);
});

test("HAProxy's own stream to a peer has neither client nor names, and is nobody's session", () => {
  const own =
    "0x559d537496f0: proto=? ts=00 epoch=0 age=2m34s calls=33 rate=0 cpu=0 lat=0 rq[f=848202h,i=0,an=00h,rx=4s,wx=,ax=] " +
    "rp[f=80448202h,i=0,an=00h,rx=4s,wx=,ax=] scf=[8,40h,fd=-1] scb=[8,49h,fd=284] exp=0s rc=0 c_exp=\n";
  const one = "0x1: proto=tcpv4 src=a fe=f be=b srv=s age=3s\n";
  expect(parseShowSess(`${own}${one}\n`).map(({ id }) => id)).toEqual(["0x1"]);
  expect(() => parseShowSess("0x1: proto=tcpv4 age=3s\n\n")).toThrow(/without src/);
});

test.each([
  ["3s", 3],
  ["59m57s", 3_597],
  ["2h5m", 7_500],
  ["1d3h", 97_200],
  ["?", null],
])("age %s is %s seconds", (age, sec) => {
  expect(parseShowSess(`0x1: proto=tcpv4 src=a fe=f be=b srv=s age=${age}\n\n`)[0]?.ageSec).toBe(sec);
});

test("lines about sessions; ids and names that are none are refused", () => {
  const target = { backend: "APP1", server: "SRV1" };
  expect(commandLine({ kind: "show-sessions", only: null })).toBe("show info;show sess");
  expect(commandLine({ kind: "show-sessions", only: target })).toBe("show info;show sess server APP1/SRV1");
  expect(() => commandLine({ kind: "show-sessions", only: { backend: "A;b", server: "s" } })).toThrow(UnsafeName);
  expect(commandLine({ kind: "shutdown-session", id: "0x55ac861f5a80" })).toBe("shutdown session 0x55ac861f5a80");
  expect(commandLine({ kind: "shutdown-server-sessions", ...target })).toBe("shutdown sessions server APP1/SRV1");
  expect(masterLine({ kind: "worker-sessions", pid: 7 })).toBe("@!7 show sess");
  expect(masterLine({ kind: "worker-shutdown-session", pid: 7, id: "0xab" })).toBe("@!7 shutdown session 0xab");
  for (const id of ["", "0x", "55ac", "0xAB", "0x1;show info", "0x1\n", "0x1 ", `0x${"1".repeat(17)}`]) {
    expect(() => commandLine({ kind: "shutdown-session", id })).toThrow(UnsafeName);
    expect(() => masterLine({ kind: "worker-shutdown-session", pid: 7, id })).toThrow(UnsafeName);
  }
  expect(() => commandLine({ kind: "shutdown-server-sessions", backend: "A;b", server: "s" })).toThrow(UnsafeName);
});

describe.each(versions)("time that is left, from %s", (version) => {
  test("the WebSocket and the TCP session have their hour, a request its minute", () => {
    for (const one of parseShowSess(fixtureText(version, "show-sess.txt"))) {
      const timeoutSec = one.isTunnel ? 3_600 : 60;
      expect(one.expiresInSec, one.id).toBeGreaterThan(timeoutSec - 10);
      expect(one.expiresInSec, one.id).toBeLessThanOrEqual(timeoutSec);
    }
  });
});

test("a request's path, without its query; whatever a client writes there is text", () => {
  const path = (uri: string) =>
    parseShowSess(`0x1: proto=tcpv4 src=a fe=f be=b srv=s age=3s rq[an=8000h] rp[an=00h] uri="${uri}"\n\n`)[0];
  expect(path("GET /a/b?token=1 HTTP/1.1")?.path).toBe("/a/b");
  expect(path('GET /"x srv=other age=9d rq[an=00h,rx=1s HTTP/1.1')).toMatchObject({
    ...{ server: "s", ageSec: 3, isTunnel: false, expiresInSec: null, path: '/"x' },
  });
  expect(path("")?.path).toBeNull();
});
