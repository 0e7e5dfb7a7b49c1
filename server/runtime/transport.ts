// The one file that opens connections to HAProxy. One connection per exchange: connect, one line, half-close, read to the
// end. The end of the stream is the only end of a reply that cannot be mistaken, and a connection kept open would stay
// with an old process after a reload and keep it alive (haproxy.md, rules 1 and 3).
import { connect as netConnect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { type Address, addressText } from "./address.ts";
import { faultOf, faultOfPath } from "./connect-fault.ts";
import { type ExchangePhase, RuntimeError, type RuntimeErrorCode } from "./errors.ts";

export interface ExchangeLimits {
  readonly connectTimeoutMs: number;
  /** from the line sent to the last byte: a reply that trickles does not extend it */
  readonly replyTimeoutMs: number;
  readonly maxBytes: number;
}

/** Replies of 10,000 servers are about 5 MB; anything near this bound is not a reply. */
const MEBIBYTE = 1024 * 1024;
export const DEFAULT_LIMITS: ExchangeLimits = {
  connectTimeoutMs: 2_000,
  replyTimeoutMs: 5_000,
  maxBytes: 64 * MEBIBYTE,
};

/** Above this an answer is no refusal: `isWhole` is not asked, so collecting stays linear. */
const SHORT_REPLY_BYTES = 512;

/** PEM texts, read by whoever reads the configuration. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  /** default true; false accepts any certificate */
  readonly rejectUnauthorized?: boolean;
}

export interface ExchangeOptions {
  /** who is spoken to, for messages: `load balancer "lb1"` */
  readonly who: string;
  readonly limits?: Partial<ExchangeLimits>;
  readonly tls?: TlsSettings;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
  /** a short answer that is whole though the stream does not end (the master's refusals); asked for small replies only */
  readonly isWhole?: (text: string) => boolean;
}

export interface Reply {
  readonly bytes: Buffer;
  /** when the line was written */
  readonly sentAtMs: number;
  /** when the first byte came: as fresh as the numbers in it are */
  readonly receivedAtMs: number;
  readonly endedAtMs: number;
}

export type Exchange = (address: Address, line: string, options: ExchangeOptions) => Promise<Reply>;

/** The whole reply to one line, or a RuntimeError. Whether a whole stream is a whole reply is for lib/haproxy to say. */
export const exchange: Exchange = (address, line, options) => {
  const { who, signal, tls } = options;
  const now = options.now ?? Date.now;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const where = addressText(address);
  if (/[\r\n\0]/.test(line)) return Promise.reject(new TypeError("a command must be one line"));
  if (signal?.aborted) return Promise.reject(new RuntimeError("aborted", "before-send", who, "stopped before asking"));

  return new Promise((resolve, reject) => {
    const socket = open(address, tls);
    const chunks: Buffer[] = [];
    let size = 0;
    let phase: ExchangePhase = "before-send";
    let sentAtMs = 0;
    let receivedAtMs: number | null = null;
    let isSettled = false;
    let hasBroken = false;
    let timer = setTimeout(connectTimedOut, limits.connectTimeoutMs);

    function settle(): boolean {
      if (isSettled) return false;
      isSettled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      return true;
    }
    function fail(code: RuntimeErrorCode, sentence: string, cause?: unknown): void {
      if (!settle()) return;
      socket.destroy();
      reject(new RuntimeError(code, phase, who, sentence, cause));
    }
    function aborted(): void {
      fail("aborted", "stopped while waiting for an answer");
    }
    function connectTimedOut(): void {
      const hint =
        address.kind === "tls" ? "Is the address right, and does this port speak TLS?" : "Is the address right?";
      fail("connect-timeout", `no connection to ${where} within ${limits.connectTimeoutMs} ms. ${hint}`);
    }
    function replyTimedOut(): void {
      const got = size === 0 ? "no answer" : `only ${size} bytes of an answer`;
      fail("reply-timeout", `${got} from ${where} within ${limits.replyTimeoutMs} ms. ${TIMEOUT_HINT}`);
    }

    function ended(): void {
      // A TLS peer may end before the handshake did; that is not a reply.
      if (phase === "before-send" || !settle()) return;
      socket.destroy();
      const endedAtMs = now();
      resolve({ bytes: Buffer.concat(chunks, size), sentAtMs, receivedAtMs: receivedAtMs ?? endedAtMs, endedAtMs });
    }

    signal?.addEventListener("abort", aborted);
    socket.once(address.kind === "tls" ? "secureConnect" : "connect", () => {
      if (isSettled) return;
      clearTimeout(timer);
      timer = setTimeout(replyTimedOut, limits.replyTimeoutMs);
      phase = "after-send";
      sentAtMs = now();
      socket.end(`${line}\n`);
    });
    socket.on("data", (chunk) => {
      if (isSettled) return;
      receivedAtMs ??= now();
      size += chunk.length;
      if (size > limits.maxBytes) {
        fail(
          "too-large",
          `the answer of ${where} is larger than ${limits.maxBytes} bytes. Is this HAProxy's stats socket?`,
        );
        return;
      }
      chunks.push(chunk);
      if (size <= SHORT_REPLY_BYTES && options.isWhole?.(Buffer.concat(chunks, size).toString("utf8"))) ended();
    });
    socket.once("end", ended);
    socket.once("close", () => {
      // After an error the reason is known better, though what stands at the path may still be looked up.
      if (hasBroken) return;
      if (phase === "before-send") fail("tls", `${where} closed the connection before TLS was agreed`);
      else fail("cut", `${where} closed the connection after ${size} bytes of an answer`);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (isSettled || hasBroken) return;
      hasBroken = true;
      const fault = faultOf(error, address, phase, size);
      if (fault.neverArrived) phase = "before-send";
      if (address.kind !== "unix" || phase === "after-send") return fail(fault.code, fault.sentence, error);
      void faultOfPath(address.path, fault).then((known) => fail(known.code, known.sentence, error));
    });
  });
};

const TIMEOUT_HINT = "HAProxy may be overloaded, or others use up its command slots (stats maxconn, 10 by default).";

function open(address: Address, tls: TlsSettings | undefined): Socket {
  switch (address.kind) {
    case "unix":
      return netConnect({ path: address.path });
    case "tcp":
      return netConnect({ host: address.host, port: address.port });
    case "tls":
      return tlsConnect({ host: address.host, port: address.port, minVersion: "TLSv1.2", ...tls });
  }
}
