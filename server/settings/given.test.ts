// What is named at the start beside what the settings hold: who wins, and that nobody counts twice.
import { expect, test } from "vitest";
import type { StoredLoadBalancer } from "#server/store/load-balancers.ts";
import { foundBeside, type KnownLoadBalancer, usableOf } from "./given.ts";

const stored = (name: string, address: string): StoredLoadBalancer => ({ name, address, master: null, tls: null });
const given = (name: string, path: string): KnownLoadBalancer => ({
  ...{ name, address: { kind: "unix", path }, master: null, source: "command line" },
});
const found = (name: string, path: string) => ({ name, address: { kind: "unix", path } as const });

test("a name or a socket that is given at the start keeps the one of the settings out", () => {
  const all = [stored("lb1", "/run/new.sock"), stored("b", "/run/a.sock"), stored("c", "/run/c.sock")];
  expect(usableOf([given("lb1", "/run/a.sock")], all).map(({ name }) => name)).toEqual(["c"]);
});

test("an address that a later version does not understand is left out, not a fault at start", () => {
  expect(usableOf([], [stored("lb1", "quic://somewhere"), stored("lb2", "/run/b.sock")])).toHaveLength(1);
});

test("sockets that were only found take names that are free, and are not shown twice", () => {
  const sockets = [found("lb1", "/run/a.sock"), found("lb2", "/run/b.sock"), found("lb3", "/run/c.sock")];
  const kept = foundBeside(sockets, [stored("lb1", "/run/other.sock"), stored("shop", "/run/b.sock")]);
  expect(kept.map(({ name, address }) => [name, address.kind === "unix" ? address.path : ""])).toEqual([
    ["lb2", "/run/a.sock"],
    ["lb3", "/run/c.sock"],
  ]);
});
