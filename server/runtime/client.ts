// The runtime API of one load balancer. At most two connections at once; a reply is whole and of the process that serves
// now, or it is a RuntimeError. Nothing is retried here: who asked knows whether asking again is safe.
import { type CliLevel, parseCliLevel } from "#lib/haproxy/cli-level.ts";
import { commandLine, OBSERVE_LINE, type RuntimeCommand } from "#lib/haproxy/command.ts";
import { type Span, splitObserve } from "#lib/haproxy/reply.ts";
import { type Address, addressText } from "./address.ts";
import { type ClientOptions, exchangeOptions } from "./client-options.ts";
import { RuntimeError } from "./errors.ts";
import { Lane } from "./lane.ts";
import { type Exchange, exchange, type Reply } from "./transport.ts";

/** One poll: the bytes and where its three blocks are, checked to be whole and from a process that is not stopping. */
export interface Observation extends Reply {
  readonly info: Span;
  readonly stat: Span;
  readonly servers: Span;
}

export class RuntimeClient {
  readonly name: string;
  readonly address: Address;
  readonly #who: string;
  readonly #options: ClientOptions;
  readonly #exchange: Exchange;
  readonly #polls = new Lane();
  readonly #commands = new Lane();
  readonly #closing = new AbortController();

  constructor(options: ClientOptions) {
    this.name = options.name;
    this.address = options.address;
    this.#who = `load balancer ${JSON.stringify(options.name)}`;
    this.#options = options;
    this.#exchange = options.exchange ?? exchange;
  }

  async observe(signal?: AbortSignal): Promise<Observation> {
    const reply = await this.#polls.run(() => this.#ask(OBSERVE_LINE, signal));
    if (reply.bytes.length === 0) throw this.#emptyReply();
    const blocks = splitObserve(reply.bytes);
    if (!blocks.ok) throw this.#error(blocks.code, `${addressText(this.address)}: ${blocks.message}`);
    const { info, stat, servers } = blocks;
    // Right at a reload the old process still answers the odd connection (seen on 3.0 and 3.2).
    if (STOPPING.test(reply.bytes.toString("latin1", info.start, info.end))) {
      throw this.#error("old-process", "a process that is stopping answered; the next poll will meet the new one");
    }
    return { ...reply, info, stat, servers };
  }

  /**
   * The text that HAProxy answers, never empty; `stateReply` of lib/haproxy judges it. Throws a RuntimeError whose
   * `outcome` says whether the command may have been carried out, and UnsafeName before anything is sent.
   */
  async send(command: RuntimeCommand, signal?: AbortSignal): Promise<string> {
    const line = commandLine(command);
    const reply = await this.#commands.run(() => this.#ask(line, signal));
    if (reply.bytes.length === 0) throw this.#emptyReply();
    const text = reply.bytes.toString("utf8");
    if (text.startsWith("Permission denied")) throw await this.#denied(signal);
    return text;
  }

  /** What this socket may do. */
  async level(signal?: AbortSignal): Promise<CliLevel> {
    const text = await this.send({ kind: "show-cli-level" }, signal);
    try {
      return parseCliLevel(text);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw this.#error("not-haproxy", `${said}. Is ${addressText(this.address)} HAProxy's stats socket?`, error);
    }
  }

  /** Ends what is in flight with `aborted`; later calls end so too. */
  close(): void {
    this.#closing.abort();
  }

  #ask(line: string, signal: AbortSignal | undefined): Promise<Reply> {
    const options = exchangeOptions(this.#options, this.#who, this.#closing.signal, signal);
    return this.#exchange(this.address, line, options);
  }

  async #denied(signal: AbortSignal | undefined): Promise<RuntimeError> {
    const level = await this.level(signal).catch(() => null);
    const where = addressText(this.address);
    const has = level === null ? "has not level admin" : `has level ${level}`;
    const path = this.address.kind === "unix" ? where : "/run/haproxy/admin.sock";
    return this.#error(
      "denied",
      `${where} ${has}: it can show but not change. In haproxy.cfg write: stats socket ${path} mode 660 level admin`,
    );
  }

  #emptyReply(): RuntimeError {
    const where = addressText(this.address);
    const why =
      this.address.kind === "unix"
        ? "HAProxy may be stopping"
        : "the socket behind it may be gone, or out of reach of a chroot";
    return this.#error("cut", `${where} closed the connection without an answer; ${why}`);
  }

  #error(code: RuntimeError["code"], sentence: string, cause?: unknown): RuntimeError {
    return new RuntimeError(code, "after-send", this.#who, sentence, cause);
  }
}

const STOPPING = /^Stopping: [^0]/m;
