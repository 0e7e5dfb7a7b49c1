// The master CLI of one load balancer: only to see old workers after a reload, never for the poll. It keeps a connection
// open after its answer and has ten slots that several releases leak (haproxy issues 3351, 3070, 2863), so each question
// half-closes and has a deadline, and one is asked at a time.
import { type MasterCommand, masterLine } from "#lib/haproxy/command.ts";
import { parseShowProc, type ShowProc } from "#lib/haproxy/show-proc.ts";
import { type Address, addressText } from "./address.ts";
import { type ClientOptions, exchangeOptions } from "./client-options.ts";
import { RuntimeError } from "./errors.ts";
import { Lane } from "./lane.ts";
import { exchange } from "./transport.ts";

export class MasterClient {
  readonly name: string;
  readonly address: Address;
  readonly #who: string;
  readonly #options: ClientOptions;
  readonly #lane = new Lane();
  readonly #closing = new AbortController();

  constructor(options: ClientOptions) {
    this.name = options.name;
    this.address = options.address;
    this.#who = `master of load balancer ${JSON.stringify(options.name)}`;
    this.#options = options;
  }

  /** The master, its workers and the old ones that still run. */
  async processes(signal?: AbortSignal): Promise<ShowProc> {
    const text = await this.#ask({ kind: "show-proc" }, signal);
    try {
      return parseShowProc(text);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const code = text.startsWith("#<PID>") ? "unreadable" : "not-haproxy";
      throw new RuntimeError(code, "after-send", this.#who, `${addressText(this.address)}: ${said}`, error);
    }
  }

  /** `show stat` (server rows) of one worker as text, or null when that process has ended. 2.2 prints no rows of an old one. */
  workerStat(pid: number, signal?: AbortSignal): Promise<string | null> {
    return this.#askWorker({ kind: "worker-stat", pid }, signal);
  }

  /** `show info` of one worker as text, or null when that process has ended. */
  workerInfo(pid: number, signal?: AbortSignal): Promise<string | null> {
    return this.#askWorker({ kind: "worker-info", pid }, signal);
  }

  /** `show sess` of one worker as text, or null when that process has ended. */
  workerSessions(pid: number, signal?: AbortSignal): Promise<string | null> {
    return this.#askWorker({ kind: "worker-sessions", pid }, signal);
  }

  /** HAProxy's answer: a bare line end is success; null when that process has ended. */
  workerShutdownSession(pid: number, id: string, signal?: AbortSignal): Promise<string | null> {
    return this.#askWorker({ kind: "worker-shutdown-session", pid, id }, signal);
  }

  /** The answers one behind the other, as text; null when that process has ended. */
  workerShutdownSessions(pid: number, ids: readonly string[], signal?: AbortSignal): Promise<string | null> {
    return this.#askWorker({ kind: "worker-shutdown-sessions", pid, ids }, signal);
  }

  close(): void {
    this.#closing.abort();
  }

  async #askWorker(command: MasterCommand, signal: AbortSignal | undefined): Promise<string | null> {
    const text = await this.#ask(command, signal);
    return isGone(text) ? null : text;
  }

  async #ask(command: MasterCommand, signal: AbortSignal | undefined): Promise<string> {
    const options = exchangeOptions(this.#options, this.#who, this.#closing.signal, signal);
    const reply = await this.#lane.run(() =>
      (this.#options.exchange ?? exchange)(this.address, masterLine(command), { ...options, isWhole: isGone }),
    );
    const text = reply.bytes.toString("utf8");
    if (text !== "") return text;
    throw new RuntimeError("cut", "after-send", this.#who, `${addressText(this.address)} closed without an answer`);
  }
}

/** One line, after which 3.0 and 3.2 now and then leave the connection open in spite of the half-close. */
function isGone(text: string): boolean {
  return text.startsWith("Can't find the target PID") && text.endsWith("\n");
}
