// What an error of the operating system or of TLS means for the person who has to put it right.
import { stat } from "node:fs/promises";
import { type Address, addressText } from "./address.ts";
import type { ExchangePhase, RuntimeErrorCode } from "./errors.ts";

export interface Fault {
  readonly code: RuntimeErrorCode;
  readonly sentence: string;
  /** the line was written but cannot have been read: the handshake was refused after it */
  readonly neverArrived: boolean;
}

/** TLS 1.3 tells a client that its certificate is refused only after the client has sent its first data. */
const REFUSED_CERTIFICATE = /ALERT_(?:.*_)?(?:CERTIFICATE|UNKNOWN_CA)|CERTIFICATE_REQUIRED/;
const TLS_CODES = /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

export function faultOf(error: NodeJS.ErrnoException, address: Address, phase: ExchangePhase, size: number): Fault {
  const where = addressText(address);
  const code = error.code ?? error.message;
  if (address.kind === "tls" && (TLS_CODES.test(code) || (phase === "before-send" && code === "ECONNRESET"))) {
    const neverArrived = size === 0 && REFUSED_CERTIFICATE.test(code);
    return { code: "tls", sentence: `TLS to ${where} failed (${code}). ${tlsHint(code)}`, neverArrived };
  }
  const fault = (name: RuntimeErrorCode, sentence: string): Fault => ({ code: name, sentence, neverArrived: false });
  if (phase === "after-send")
    return fault("cut", `${where} broke the connection after ${size} bytes of an answer (${code})`);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return fault("not-found", `there is no ${where} (${code}). ${socketHint(where)}`);
    case "EACCES":
    case "EPERM":
      return fault("permission", `cannot open ${where} (${code}). ${PERMISSION_HINT}`);
    case "ENOTSOCK":
    case "EPROTOTYPE":
      return fault("not-a-socket", `${where} is not a socket (${code}). ${socketHint(where)}`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return fault(
        "unresolved",
        `the name in ${where} does not resolve (${code}). Check the name, or write an IP address.`,
      );
    case "ETIMEDOUT":
      return fault("connect-timeout", `no connection to ${where} (${code}). Is the address right?`);
    default:
      return fault("refused", `nobody answers at ${where} (${code}). Is HAProxy running?`);
  }
}

/** Linux refuses a connection to a plain file with the very code of a socket without a listener: look what stands there. */
export async function faultOfPath(path: string, fault: Fault): Promise<Fault> {
  if (fault.code !== "refused") return fault;
  try {
    const found = await stat(path);
    if (found.isSocket()) return fault;
    const what = found.isDirectory() ? "a directory" : "a file";
    return { ...fault, code: "not-a-socket", sentence: `${path} is ${what}, not a socket. ${socketHint(path)}` };
  } catch {
    return fault;
  }
}

const PERMISSION_HINT = "Add the app's user to the group of the socket (often haproxy).";

function socketHint(path: string): string {
  return `Is HAProxy running, and does haproxy.cfg say: stats socket ${path} mode 660 level admin`;
}

function tlsHint(code: string): string {
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|ECONNRESET/.test(code)) {
    return "The other end does not speak TLS; nothing was sent in the clear. Put a TLS listener in front of the socket.";
  }
  if (REFUSED_CERTIFICATE.test(code)) return "HAProxy refused the app's certificate; give the app one that it accepts.";
  return "Give the app the certificate authority of HAProxy's certificate, and the name that stands in it.";
}
