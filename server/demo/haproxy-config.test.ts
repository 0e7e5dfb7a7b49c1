import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { haproxyConfig } from "./haproxy-config.ts";
import { backends, loadBalancerNames, originKey } from "./situation.ts";
import { testBinaries } from "./testing/binaries.ts";

const directory = mkdtempSync(join(tmpdir(), "demo-config-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const keys = backends.flatMap((plan) => plan.servers.map((server) => originKey(plan.name, server.name)));
const originPorts = Object.fromEntries(keys.map((key, at) => [key, 20_000 + at]));
const ports = { lb1: { http: 1, auth: 2, peer: 3 }, lb2: { http: 4, auth: 5, peer: 6 } };

describe.each(testBinaries())("%s", (binary) => {
  test.each(loadBalancerNames)("takes the configuration of %s without a warning", (name) => {
    const file = join(directory, `${name}.cfg`);
    writeFileSync(file, haproxyConfig({ name, socketPath: join(directory, "s.sock"), ports, originPorts }));
    const version = execFileSync(binary, ["-v"], { encoding: "utf8" });
    const checked = spawnSync(binary, ["-c", "-L", name, "-f", file], { encoding: "utf8" });
    expect(checked.stderr + checked.stdout, version).not.toMatch(/ALERT|WARNING|Warnings were found/);
    expect(checked.status).toBe(0);
  });
});

test("both load balancers have the same backends and servers in the same order", () => {
  const [one, two] = loadBalancerNames.map((name) =>
    haproxyConfig({ name, socketPath: "/s", ports, originPorts })
      .split("\n")
      .filter((line) => /^backend |^ {2}server /.test(line)),
  );
  expect(one).toEqual(two);
  expect(one).toContain("backend APP1");
});

test("an origin without a port is an error, never a server line without one", () => {
  expect(() => haproxyConfig({ name: "lb1", socketPath: "/s", ports, originPorts: {} })).toThrow("APP1/SRV1");
});
