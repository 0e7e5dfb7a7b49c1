import { expect, test } from "vitest";
import type { AddressFinding, AddressTest } from "#lib/wire/settings.ts";
import { factsOf } from "./facts.ts";

const GOOD: AddressTest = {
  ...{ ok: true, version: "3.0.5", level: "admin", pid: 7, backends: 5, servers: 18, uptimeSec: 41 * 86_400 },
  persistence: [
    { backend: "APP1", cookie: "SRVID", balance: "roundrobin" },
    { backend: "WS", cookie: "", balance: "source" },
    { backend: "API", cookie: "", balance: "roundrobin" },
  ],
  findings: [],
};

function finding(facts: Partial<AddressFinding>): AddressFinding {
  return { code: "refused", severity: "error", of: "address", message: "What.", fix: "Do this.", ...facts };
}

const words = (test: AddressTest) => factsOf(test).map(({ tone, label, text }) => `${tone} ${label}: ${text}`);

test("a socket of level admin: what answers, what it may, what is there, who is kept", () => {
  expect(words(GOOD)).toEqual([
    "good Answers: HAProxy 3.0.5, up 41 d",
    "good Permission: level admin",
    "good Found: 5 backends, 18 servers",
    "good Persistence: cookie SRVID on APP1 and source hash on WS",
  ]);
});

test("level operator is against it, with the line that mends it", () => {
  const fix = "In section global of haproxy.cfg write: stats socket /a level admin";
  const facts = factsOf({
    ...GOOD,
    level: "operator",
    findings: [finding({ code: "read-only", severity: "warning", fix })],
  });
  expect(facts[1]).toEqual({
    ...{ tone: "bad", label: "Permission", fix },
    text: "level operator, needs level admin to change states",
  });
});

test("nobody answers: why and what to do, and the rest is not read", () => {
  const silent = { ...GOOD, ok: false, version: null, level: null, backends: null, servers: null, persistence: null };
  expect(words({ ...silent, findings: [finding({ message: "Nobody answers at /a." })] })).toEqual([
    "bad Answers: Nobody answers at /a.",
    "unknown Permission: not read yet",
    "unknown Found: not read yet",
  ]);
});

test("what else was found has a line each", () => {
  const findings = [
    finding({ code: "duplicate", message: "This is the socket of lb1." }),
    finding({ code: "plaintext", severity: "warning", message: "In the clear." }),
  ];
  expect(words({ ...GOOD, findings }).slice(-2)).toEqual([
    "bad In the way: This is the socket of lb1.",
    "warn Mind: In the clear.",
  ]);
});
