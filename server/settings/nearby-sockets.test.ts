import { expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { startHaproxy } from "#lab/haproxy.ts";
import { startTestApp } from "#server/testing.ts";
import { nearbySockets } from "./nearby-sockets.ts";

const CONFIG = { config: () => "backend APP1\n server SRV1 127.0.0.1:9" };

test.each(haproxyBinaries())(
  "the socket of a running HAProxy $version is found by what its process bound",
  async ({ bin }) => {
    const lab = await startHaproxy({ ...CONFIG, bin });
    onTestFinished(() => lab.dispose());
    const found = nearbySockets([]);
    expect(found).toContain(lab.adminSocket);
    expect(found).not.toContain(lab.userSocket);
  },
);

test("usual places come first and once; other programs, abstract names, masters and what is gone are left out", () => {
  const line = (path: string) => `0000000000000000: 00000002 00000000 00010000 0001 01 12345 ${path}`;
  const table = [
    "Num       RefCount Protocol Flags    Type St Inode Path",
    line("/run/docker.sock"),
    line("@haproxy-abstract"),
    line("/run/haproxy/not-there.sock.17.tmp"),
    line("/run/haproxy/master.sock"),
    "0000000000000000: 00000003 00000000 00000000 0001 03 12346",
  ].join("\n");
  expect(nearbySockets(["/run/haproxy/admin.sock", "/run/haproxy/admin.sock"], table)).toEqual([
    "/run/haproxy/admin.sock",
  ]);
});

test("over REST an admin is told those that are not used yet, as they are now", async () => {
  const lab = await startHaproxy(CONFIG);
  onTestFinished(() => lab.dispose());
  const other = await startHaproxy(CONFIG);
  onTestFinished(() => other.dispose());
  const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
  onTestFinished(() => app.stop());
  const ask = async () => (await app.rest("GET", "/api/v1/settings/load-balancers/nearby")).body.sockets as string[];
  expect(await ask()).toContain(other.adminSocket);
  expect(await ask()).not.toContain(lab.adminSocket);
  await other.stop();
  expect(await ask()).not.toContain(other.adminSocket);
});
