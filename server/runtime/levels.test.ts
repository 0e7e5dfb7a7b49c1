// Which level of the stats socket each command of our table needs: tried at every level on every HAProxy at hand. The
// README's table "What the socket must allow" says the same.
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { startHaproxy } from "#lab/haproxy.ts";
import { type CliLevel, cliLevels } from "#lib/haproxy/cli-level.ts";
import { commandLine, type RuntimeCommand } from "#lib/haproxy/command.ts";
import { RuntimeClient } from "./client.ts";
import { testCerts } from "./testing/certs.ts";
import { exchange } from "./transport.ts";

const CONFIG = ["backend APP1", "  server SRV1 127.0.0.1:9", "  stick-table type ip size 1k store conn_cnt"].join("\n");
const one = { backend: "APP1", server: "SRV1" };

/** Every kind of command: one that is missing here does not compile. */
const commands: {
  [Kind in RuntimeCommand["kind"]]: { needs: CliLevel; command: Extract<RuntimeCommand, { kind: Kind }> };
} = {
  observe: { needs: "user", command: { kind: "observe" } },
  "show-info": { needs: "user", command: { kind: "show-info" } },
  "show-cli-level": { needs: "user", command: { kind: "show-cli-level" } },
  "show-table-servers": {
    ...{ needs: "user", command: { kind: "show-table-servers", table: "APP1", isEmpty: true } },
  },
  "show-frontends": { needs: "user", command: { kind: "show-frontends" } },
  "show-tables": { needs: "user", command: { kind: "show-tables" } },
  "show-servers-state": { needs: "user", command: { kind: "show-servers-state", backend: "APP1" } },
  "show-sessions": { needs: "operator", command: { kind: "show-sessions", only: null } },
  "set-state": { needs: "admin", command: { kind: "set-state", ...one, adminState: "drain" } },
  "shutdown-session": { needs: "admin", command: { kind: "shutdown-session", id: "0xabc" } },
  "shutdown-sessions": { needs: "admin", command: { kind: "shutdown-sessions", ids: ["0xabc", "0xabd"] } },
  "shutdown-server-sessions": { needs: "admin", command: { kind: "shutdown-server-sessions", ...one } },
  "show-servers-conn": { needs: "user", command: { kind: "show-servers-conn", backend: "APP1" } },
  "show-stick-entries": {
    ...{ needs: "user", command: { kind: "show-stick-entries", tables: ["APP1"], serverNumber: 1 } },
  },
  "clear-stick-entries": {
    needs: "operator",
    command: { kind: "clear-stick-entries", table: "APP1", serverNumber: 1 },
  },
  "set-weight": { needs: "admin", command: { kind: "set-weight", ...one, weight: "50%" } },
  "set-health": { needs: "admin", command: { kind: "set-health", ...one, health: "stopping" } },
  "set-agent": { needs: "admin", command: { kind: "set-agent", ...one, agent: "up" } },
  "switch-check": { needs: "admin", command: { kind: "switch-check", ...one, to: "disable" } },
  "switch-agent": { needs: "admin", command: { kind: "switch-agent", ...one, to: "disable" } },
};

describe.each(haproxyBinaries())("HAProxy $version", ({ version, bin }) => {
  test("each command is taken from the level it needs on, and refused below", async () => {
    const lab = await startHaproxy({ bin, config: () => CONFIG });
    onTestFinished(() => lab.dispose());
    const sockets = { admin: lab.adminSocket, operator: lab.operatorSocket, user: lab.userSocket };
    for (const level of cliLevels) {
      for (const { needs, command } of Object.values(commands)) {
        // Up to 3.0 HAProxy lets everybody clear entries of a table; the app asks for level admin all the same.
        if (command.kind === "clear-stick-entries" && level === "user" && Number(version) < 3.1) continue;
        const address = { kind: "unix", path: sockets[level] } as const;
        const reply = await exchange(address, commandLine(command), { who: "test" });
        const isRefused = reply.bytes.toString().includes("Permission denied");
        // from admin down to user
        const isEnough = cliLevels.indexOf(level) <= cliLevels.indexOf(needs);
        expect(isRefused, `${command.kind} at level ${level}`).toBe(!isEnough);
      }
    }
    expect(await lab.adminBits("APP1/SRV1")).toBe(8);
  });

  test("`stats socket … ssl verify required`: spoken to only where HAProxy really serves TLS on it (2.2)", async () => {
    const tls = `ssl crt ${testCerts.serverFile} ca-file ${testCerts.caFile} verify required`;
    const lab = await startHaproxy({
      ...{ bin, ports: ["stats"] },
      // the lab's ports are known to the configuration only, which may have a second global section
      config: (context) =>
        `${CONFIG}\nglobal\n  stats socket ipv4@127.0.0.1:${context.port("stats")} level admin ${tls}`,
    });
    onTestFinished(() => lab.dispose());
    const address = { kind: "tls", host: "127.0.0.1", port: lab.port("stats") } as const;
    const ask = async (withCertificate: boolean, servername: string) => {
      const own = withCertificate ? { cert: testCerts.client, key: testCerts.client } : {};
      const client = new RuntimeClient({
        ...{ name: "lb1", address, tls: { ca: testCerts.ca, servername, ...own } },
        limits: { connectTimeoutMs: 1_000 },
      });
      onTestFinished(() => client.close());
      const command = { kind: "set-state", ...one, adminState: "drain" } as const;
      return client.send(command).catch((error: { code: string }) => error.code);
    };
    const isServed = version === "2.2";
    expect(["tls", "cut", "connect-timeout"]).toContain(await ask(false, "lb1.test"));
    expect(["tls", "connect-timeout"]).toContain(await ask(true, "another.test"));
    expect(await lab.adminBits("APP1/SRV1")).toBe(0);
    const answer = await ask(true, "lb1.test");
    if (isServed) expect(answer).toBe("\n");
    else expect(["tls", "connect-timeout"]).toContain(answer);
    expect(await lab.adminBits("APP1/SRV1")).toBe(isServed ? 8 : 0);
  });
});
