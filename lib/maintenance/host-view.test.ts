import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import type { ServerRow } from "#lib/fleet/view.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import { countHosts, type HostFilter, hostsOfFleet, matchesHost } from "./host-view.ts";
import { serversOfMachine } from "./hosts.ts";

const NOW_MS = 1_000_000;
const drain = { adminBits: AdminBit.forcedDrain };
const maint = { adminBits: AdminBit.forcedMaint };
const at = (id: string, host: string, facts: Partial<ServerRow> = {}) =>
  aServer(id, { address: `${host}:8080`, ...facts });

function fleetOf(...rows: ServerRow[][]) {
  const views = rows.map((own, index) => aLoadBalancer(`lb${index + 1}`, own));
  return mergeFleet(null, views, NOW_MS, {});
}

test("one row an address, over all backends, in the order of the board, with how far it is out", () => {
  const fleet = fleetOf([
    at("APP1/SRV1", "10.0.0.1"),
    at("APP1/SRV2", "10.0.0.2", drain),
    at("APP1/SRV3", "10.0.0.3", maint),
    at("APP1/SRV4", "10.0.0.4", drain),
    at("API/a1", "10.0.0.1", { lastChangeAt: 950 }),
    at("API/a2", "10.0.0.2", maint),
    at("API/a3", "10.0.0.3", { ...maint, adminSinceAt: 970 }),
    at("API/a4", "10.0.0.4"),
  ]);
  const { hosts, unplaced } = hostsOfFleet(fleet);
  expect(unplaced).toEqual([]);
  expect(hosts.map((one) => [one.host, one.state, one.ready, one.drain, one.maint])).toEqual([
    ["10.0.0.1", "in", 2, 0, 0],
    ["10.0.0.2", "draining", 0, 1, 1],
    ["10.0.0.3", "out", 0, 0, 2],
    ["10.0.0.4", "partly", 1, 1, 0],
  ]);
  expect(hosts[0]?.servers.map((one) => one.id)).toEqual(["APP1/SRV1", "API/a1"]);
  expect(hosts.map((one) => one.changedAt)).toEqual([950, 900, 970, 900]);
  expect(countHosts(hosts)).toEqual({ all: 4, in: 1, draining: 1, out: 1, partly: 1 });
});

test("one machine on two networks is one row and one action, whichever address is named", () => {
  const fleet = fleetOf(
    [at("APP1/SRV1", "10.0.0.1"), at("API/a1", "10.0.0.1"), at("API/a2", "10.0.0.2")],
    [at("APP1/SRV1", "192.168.0.1"), at("WS/w1", "192.168.0.1")],
  );
  const { hosts } = hostsOfFleet(fleet);
  expect(hosts.map((one) => [one.host, one.otherHosts])).toEqual([
    ["10.0.0.1", ["192.168.0.1"]],
    ["10.0.0.2", []],
  ]);
  for (const address of ["10.0.0.1", "192.168.0.1"])
    expect(serversOfMachine(fleet, address)).toEqual(["APP1/SRV1", "API/a1", "WS/w1"]);
  expect(serversOfMachine(fleet, "10.0.0.9")).toEqual([]);
});

test("a server without an address is told apart, with why", () => {
  const fleet = fleetOf([
    aServer("A/dns", { address: "", adminBits: AdminBit.resolutionMaint }),
    aServer("A/socket", { address: "unix" }),
    aServer("A/none", { address: "" }),
    at("A/six", "[fd00::1]"),
  ]);
  const { hosts, unplaced } = hostsOfFleet(fleet);
  expect(hosts.map((one) => one.host)).toEqual(["fd00::1"]);
  expect(unplaced.map((one) => `${one.server.id}: ${one.why}`)).toEqual([
    "A/dns: its name does not resolve (DNS)",
    "A/socket: it is reached over a unix socket",
    "A/none: its load balancers show no address",
  ]);
});

test("the filter finds a host by address, server, backend or cookie value", () => {
  const { hosts } = hostsOfFleet(
    fleetOf([at("APP1/SRV1", "10.0.0.1", { cookie: "s1" }), at("API/a1", "10.0.0.1", drain), at("WS/w1", "10.0.0.2")]),
  );
  const found = (filter: Partial<HostFilter>) =>
    hosts.filter((one) => matchesHost(one, { text: "", state: "all", ...filter })).map((one) => one.host);
  expect(found({ text: "10.0.0" })).toEqual(["10.0.0.1", "10.0.0.2"]);
  expect(found({ text: "api s1" })).toEqual(["10.0.0.1"]);
  expect(found({ text: "10.0.0.2 api" })).toEqual([]);
  expect(found({ state: "in" })).toEqual(["10.0.0.2"]);
  expect(found({ state: "partly" })).toEqual(["10.0.0.1"]);
});
