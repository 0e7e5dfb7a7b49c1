// Commands are typed values that become exactly one line. Nothing is escaped: a name or a value that could inject a
// second command is refused, and the fleet additionally refuses names that HAProxy did not list.
import type { AdminState } from "./admin-state.ts";
import { isName } from "./names.ts";

export type RuntimeCommand =
  | { kind: "observe" }
  | { kind: "show-info" }
  | { kind: "show-cli-level" }
  | { kind: "show-tables" }
  /** entries of a table that point to any server; `isEmpty`: none, only whether the table keeps servers at all */
  | { kind: "show-table-servers"; table: string; isEmpty: boolean }
  /** frontends, and their listeners where `option socket-stats` is set */
  | { kind: "show-frontends" }
  | { kind: "show-servers-state"; backend: string }
  | { kind: "set-state"; backend: string; server: string; adminState: AdminState }
  /** `only` one server's: from 3.2; older ones ignore the words and list everything */
  | { kind: "show-sessions"; only: { backend: string; server: string } | null; withPath?: boolean }
  | { kind: "shutdown-session"; id: string }
  /** in one exchange: an id is soon somebody else's; at most SESSIONS_A_LINE */
  | { kind: "shutdown-sessions"; ids: readonly string[] }
  | { kind: "shutdown-server-sessions"; backend: string; server: string }
  /** idle connections that HAProxy keeps to the servers of a backend */
  | { kind: "show-servers-conn"; backend: string }
  /** entries of these tables that send users to the server with this `srv_id` */
  | { kind: "show-stick-entries"; tables: readonly string[]; serverNumber: number }
  | { kind: "clear-stick-entries"; table: string; serverNumber: number }
  | { kind: "set-weight"; backend: string; server: string; weight: string }
  | { kind: "set-health"; backend: string; server: string; health: "up" | "stopping" | "down" }
  | { kind: "set-agent"; backend: string; server: string; agent: "up" | "down" }
  | { kind: "switch-check"; backend: string; server: string; to: "enable" | "disable" }
  | { kind: "switch-agent"; backend: string; server: string; to: "enable" | "disable" };

/** 33 bytes each: far below the 4 kB that a line may have (haproxy.md rule 23). */
export const SESSIONS_A_LINE = 100;

/** What the master CLI understands. `worker` commands are answered by the process with that pid. */
export type MasterCommand =
  | { kind: "show-proc" }
  | { kind: "worker-stat"; pid: number }
  | { kind: "worker-info"; pid: number }
  | { kind: "worker-sessions"; pid: number }
  | { kind: "worker-shutdown-session"; pid: number; id: string }
  | { kind: "worker-shutdown-sessions"; pid: number; ids: readonly string[] };

export class UnsafeName extends Error {
  readonly code = "unsafe-name";
  constructor(what: string, text: string) {
    super(
      `${what} ${JSON.stringify(text)} is not a name HAProxy allows (letters, digits, - _ . : only); nothing was sent`,
    );
    this.name = "UnsafeName";
  }
}

/**
 * The line of one poll: identity and data in one exchange, so that a reply can never mix two processes.
 * Type mask 6 = backends (2) + servers (4) (management manual 9.3, "show stat").
 */
export const OBSERVE_LINE = "show info;show stat -1 6 -1;show servers state";

/** One line without its line end. Throws UnsafeName; never returns a line with `;` or a control character from an argument. */
export function commandLine(command: RuntimeCommand): string {
  switch (command.kind) {
    case "observe":
      return OBSERVE_LINE;
    case "show-info":
      return "show info";
    case "show-tables":
      return "show table";
    case "show-table-servers":
      return `show table ${checked("table", command.table)} data.server_id ${command.isEmpty ? "lt" : "gt"} 0`;
    case "show-frontends":
      return "show stat -1 9 -1";
    case "show-cli-level":
      return "show cli level";
    case "show-servers-state":
      return `show servers state ${checked("backend", command.backend)}`;
    case "set-state":
      return `set server ${target(command)} state ${command.adminState}`;
    case "show-sessions": {
      // Identity and data in one exchange: an id is a memory address and means nothing in another process.
      if (command.only === null) return "show info;show sess";
      return `show info;show sess server ${target(command.only)}${command.withPath === true ? " show-uri" : ""}`;
    }
    case "shutdown-session":
      return `shutdown session ${checkedId(command.id)}`;
    case "shutdown-sessions":
      return atMost(command.ids)
        .map((id) => `shutdown session ${checkedId(id)}`)
        .join(";");
    case "shutdown-server-sessions":
      return `shutdown sessions server ${target(command)}`;
    case "show-servers-conn":
      return `show servers conn ${checked("backend", command.backend)}`;
    case "show-stick-entries":
      return command.tables.map((table) => `show table ${ofServer(table, command.serverNumber)}`).join(";");
    case "clear-stick-entries":
      return `clear table ${ofServer(command.table, command.serverNumber)}`;
    case "set-weight":
      return `set server ${target(command)} weight ${checkedWeight(command.weight)}`;
    case "set-health":
      return `set server ${target(command)} health ${command.health}`;
    case "set-agent":
      return `set server ${target(command)} agent ${command.agent}`;
    case "switch-check":
      return `${command.to} health ${target(command)}`;
    case "switch-agent":
      return `${command.to} agent ${target(command)}`;
  }
}

export function masterLine(command: MasterCommand): string {
  switch (command.kind) {
    case "show-proc":
      return "show proc";
    case "worker-stat":
      return `@!${wholePid(command.pid)} show stat -1 4 -1`;
    case "worker-info":
      return `@!${wholePid(command.pid)} show info`;
    case "worker-sessions":
      return `@!${wholePid(command.pid)} show sess`;
    case "worker-shutdown-session":
      return `@!${wholePid(command.pid)} shutdown session ${checkedId(command.id)}`;
    case "worker-shutdown-sessions":
      return atMost(command.ids)
        .map((id) => `@!${wholePid(command.pid)} shutdown session ${checkedId(id)}`)
        .join(";");
  }
}

function target({ backend, server }: { backend: string; server: string }): string {
  return `${checked("backend", backend)}/${checked("server", server)}`;
}

function ofServer(table: string, serverNumber: number): string {
  if (!Number.isSafeInteger(serverNumber) || serverNumber <= 0) throw new UnsafeName("server", String(serverNumber));
  return `${checked("table", table)} data.server_id eq ${serverNumber}`;
}

function atMost(ids: readonly string[]): readonly string[] {
  if (ids.length === 0 || ids.length > SESSIONS_A_LINE) throw new UnsafeName("session list", `${ids.length} ids`);
  return ids;
}

function checkedWeight(weight: string): string {
  if (!/^\d{1,5}%?$/.test(weight)) throw new UnsafeName("weight", weight);
  return weight;
}

const SESSION_ID = /^0x[0-9a-f]{1,16}$/;

function checkedId(id: string): string {
  if (!SESSION_ID.test(id)) throw new UnsafeName("session", id);
  return id;
}

function checked(what: "backend" | "server" | "table", name: string): string {
  if (!isName(name)) throw new UnsafeName(what, name);
  return name;
}

function wholePid(pid: number): number {
  if (!Number.isSafeInteger(pid) || pid <= 0) throw new UnsafeName("process", String(pid));
  return pid;
}
