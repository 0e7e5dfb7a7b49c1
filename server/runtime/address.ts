// Addresses of load balancers as people write them: `/path`, `tcp://host:port`, `tls://host:port`.
import { realpathSync } from "node:fs";
import { isIP } from "node:net";
import { posix } from "node:path";

export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp" | "tls"; readonly host: string; readonly port: number };

export type ParsedAddress =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly message: string };

/** sun_path of Linux has 108 bytes with its final zero; macOS has fewer, and says so itself when connecting. */
const MAX_PATH_BYTES = 107;
const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const FORMS = "write /path/to/admin.sock, tcp://host:port or tls://host:port";

/** The message is one sentence about the address alone; the caller puts in front where it was written. */
export function parseAddress(text: string): ParsedAddress {
  if (text === "") return fault(`the address is empty; ${FORMS}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a message or a socket
  if (/[\u0000-\u001f\u007f]/.test(text)) return fault(`the address has a control character; ${FORMS}`);
  if (text.startsWith("/")) return unixAddress(text);
  const match = /^(tcp|tls):\/\/(.*)$/.exec(text);
  if (match === null) return fault(`${JSON.stringify(text)} is not an address; ${guess(text)}`);
  const [, kind, rest = ""] = match;
  return hostAddress(kind === "tls" ? "tls" : "tcp", rest);
}

/** The text form, the same for every way to write one address. Never carries a secret. */
export function addressText(address: Address): string {
  if (address.kind === "unix") return address.path;
  return `${address.kind}://${hostPort(address)}`;
}

/**
 * Equal for two addresses that reach the same socket as far as can be told without connecting: a link in the path is
 * followed where it exists, localhost is 127.0.0.1, and TLS or not does not matter at one port.
 */
export function addressKey(address: Address): string {
  if (address.kind !== "unix") {
    return hostPort({ ...address, host: address.host === "localhost" ? "127.0.0.1" : address.host });
  }
  try {
    return realpathSync(address.path);
  } catch {
    return address.path;
  }
}

/** One sentence when the runtime API, which has no sign-in of its own, would cross a network in the clear; else null. */
export function plaintextWarning(name: string, address: Address): string | null {
  if (address.kind !== "tcp" || isLoopback(address.host)) return null;
  return (
    `load balancer ${JSON.stringify(name)}: ${addressText(address)} is neither encrypted nor protected by a password, so ` +
    "anyone on that network can change HAProxy; use a unix socket, or tls:// to a TLS listener in front of the socket"
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function unixAddress(text: string): ParsedAddress {
  const path = posix.normalize(text);
  if (path.endsWith("/")) return fault(`${JSON.stringify(text)} is a directory; write the path of the socket in it`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    return fault(`the path ${path} is longer than ${MAX_PATH_BYTES} bytes, which no socket can be; use a shorter one`);
  }
  return { ok: true, address: { kind: "unix", path } };
}

function hostAddress(kind: "tcp" | "tls", rest: string): ParsedAddress {
  const whole = JSON.stringify(`${kind}://${rest}`);
  if (rest.includes("@")) return fault(`a ${kind}:// address takes no user or password; write ${kind}://host:port`);
  const match = /^(?:\[([^\]]*)\]|([^:[\]/]*)):(\d{1,5})\/?$/.exec(rest);
  if (match === null) {
    const hint = isIP(rest.replace(/:\d+$/, "")) === 6 || isIP(rest) === 6;
    const how = hint ? `put the IPv6 address in brackets: ${kind}://[::1]:9999` : `write ${kind}://host:port`;
    return fault(`${whole} is not a host and a port; ${how}`);
  }
  const [, bracketed, plain = "", portText] = match;
  const port = Number(portText);
  if (port < 1 || port > 65_535) return fault(`${whole} has port ${portText}; ports are 1 to 65535`);
  if (bracketed !== undefined) {
    if (isIP(bracketed) !== 6) return fault(`${whole} has no IPv6 address in its brackets`);
    return { ok: true, address: { kind, host: canonicalIpv6(bracketed), port } };
  }
  if (isIP(plain) === 0 && !HOST_NAME.test(plain))
    return fault(`${whole} has no valid host; write ${kind}://host:port`);
  return { ok: true, address: { kind, host: plain.toLowerCase(), port } };
}

function canonicalIpv6(host: string): string {
  const [ip = host, zone] = host.toLowerCase().split("%");
  const short = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  return zone === undefined ? short : `${short}%${zone}`;
}

function hostPort({ host, port }: { host: string; port: number }): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function guess(text: string): string {
  const haproxyForm = /^(?:unix|ipv4|ipv6)@(.+)$/.exec(text)?.[1];
  if (haproxyForm?.startsWith("/")) return `write ${haproxyForm}`;
  if (haproxyForm !== undefined) return `write tcp://${haproxyForm}`;
  if (/^(?:\.{1,2}\/|~)/.test(text)) return "write the whole path of the socket, beginning with /";
  if (/^https?:/.test(text)) return "the stats page cannot be used: the app talks to HAProxy's stats socket";
  if (/^[^:/\s]+:\d+$/.test(text)) return `write tcp://${text} or tls://${text}`;
  return FORMS;
}

function fault(message: string): ParsedAddress {
  return { ok: false, message };
}
