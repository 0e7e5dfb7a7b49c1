// Commands are typed values that become exactly one line. Nothing is escaped: a name or a value that could inject a
// second command is refused, and the fleet additionally refuses names that HAProxy did not list.
import type { AdminState } from "./admin-state.ts";
import { isName } from "./names.ts";

export type RuntimeCommand =
  | { kind: "observe" }
  | { kind: "show-info" }
  | { kind: "show-cli-level" }
  | { kind: "show-tables" }
  | { kind: "show-servers-state"; backend: string }
  | { kind: "set-state"; backend: string; server: string; adminState: AdminState }
  /** `only` one server's: from 3.2; older ones ignore the words and list everything */
  | { kind: "show-sessions"; only: { backend: string; server: string } | null }
  | { kind: "shutdown-session"; id: string }
  | { kind: "shutdown-server-sessions"; backend: string; server: string };

/** What the master CLI understands. `worker` commands are answered by the process with that pid. */
export type MasterCommand =
  | { kind: "show-proc" }
  | { kind: "worker-stat"; pid: number }
  | { kind: "worker-info"; pid: number }
  | { kind: "worker-sessions"; pid: number }
  | { kind: "worker-shutdown-session"; pid: number; id: string };

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
    case "show-cli-level":
      return "show cli level";
    case "show-servers-state":
      return `show servers state ${checked("backend", command.backend)}`;
    case "set-state":
      return `set server ${checked("backend", command.backend)}/${checked("server", command.server)} state ${command.adminState}`;
    case "show-sessions": {
      // Identity and data in one exchange: an id is a memory address and means nothing in another process.
      if (command.only === null) return "show info;show sess";
      const { backend, server } = command.only;
      return `show info;show sess server ${checked("backend", backend)}/${checked("server", server)}`;
    }
    case "shutdown-session":
      return `shutdown session ${checkedId(command.id)}`;
    case "shutdown-server-sessions":
      return `shutdown sessions server ${checked("backend", command.backend)}/${checked("server", command.server)}`;
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
  }
}

const SESSION_ID = /^0x[0-9a-f]{1,16}$/;

function checkedId(id: string): string {
  if (!SESSION_ID.test(id)) throw new UnsafeName("session", id);
  return id;
}

function checked(what: "backend" | "server", name: string): string {
  if (!isName(name)) throw new UnsafeName(what, name);
  return name;
}

function wholePid(pid: number): number {
  if (!Number.isSafeInteger(pid) || pid <= 0) throw new UnsafeName("process", String(pid));
  return pid;
}
