// Why an address works as the stats socket of a load balancer, or does not, each with what to do about it. Asks only what
// changes nothing: show info, show cli level, show proc. Nothing that another program answers is repeated to anybody.
import { type CliLevel, parseCliLevel } from "#lib/haproxy/cli-level.ts";
import { parseShowInfo, type ShowInfo } from "#lib/haproxy/show-info.ts";
import type { AddressFinding, AddressFindingCode } from "#lib/wire/settings.ts";
import { type Address, addressText, plaintextWarning } from "./address.ts";
import { RuntimeError } from "./errors.ts";
import { permissionWords } from "./socket-rights.ts";
import { speaksTls } from "./speaks-tls.ts";
import { type ExchangeLimits, exchange, type TlsSettings } from "./transport.ts";

export interface DiagnoseOptions {
  readonly name: string;
  readonly tls?: TlsSettings;
  readonly limits?: Partial<ExchangeLimits>;
}

export interface Diagnosis {
  /** null: it does not answer as HAProxy's stats socket does */
  readonly info: ShowInfo | null;
  readonly level: CliLevel | null;
  readonly findings: readonly Finding[];
}

type Finding = Omit<AddressFinding, "of">;
type Ask = (line: string) => Promise<string>;

/** A person waits for the answer. */
const LIMITS: Partial<ExchangeLimits> = { connectTimeoutMs: 2_000, replyTimeoutMs: 3_000, maxBytes: 1024 * 1024 };
const OLDEST = [2, 2] as const;
const SHOW_PROC = "#<PID>";
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|DEPTH_ZERO|CERT_CHAIN/;
const REFUSED_CERTIFICATE = /ALERT_(?:.*_)?(?:CERTIFICATE|UNKNOWN_CA)|CERTIFICATE_REQUIRED/;

/** Never throws for anything that the other end does. */
export async function diagnose(address: Address, options: DiagnoseOptions): Promise<Diagnosis> {
  const ask = asking(address, options, options.tls);
  const nothing = (...findings: Finding[]): Diagnosis => ({ info: null, level: null, findings });
  let text: string;
  try {
    text = await ask("show info");
  } catch (error) {
    return nothing(await faultFinding(address, options, error));
  }
  const info = infoOf(text);
  if (info === null) return nothing(await foreignFinding(address, ask, text));
  const level = await ask("show cli level")
    .then(parseCliLevel, () => null)
    .catch(() => null);
  return { info, level, findings: worthKnowing(address, options.name, info, level) };
}

/** Of the address of a master CLI: whether old workers can be seen there. */
export async function diagnoseMaster(address: Address, options: DiagnoseOptions): Promise<readonly Finding[]> {
  const where = addressText(address);
  let text: string;
  try {
    text = await asking(address, options, options.tls)("show proc");
  } catch (error) {
    return [await faultFinding(address, options, error)];
  }
  if (text.startsWith(SHOW_PROC)) return [];
  if (/^Unknown command/.test(text)) {
    return [
      finding(
        "stats-socket",
        `${where} is a stats socket, not a master CLI.`,
        "Start HAProxy with -W -S /run/haproxy/master.sock and write that path, or leave the master out.",
      ),
    ];
  }
  return [await foreignFinding(address, asking(address, options, options.tls), text)];
}

function asking(address: Address, { name, limits }: DiagnoseOptions, tls: TlsSettings | undefined): Ask {
  return async (line) => {
    const reply = await exchange(address, line, {
      who: `load balancer ${JSON.stringify(name)}`,
      limits: { ...LIMITS, ...limits },
      ...(tls === undefined ? {} : { tls }),
    });
    return reply.bytes.toString("utf8");
  };
}

function worthKnowing(address: Address, name: string, info: ShowInfo, level: CliLevel | null): Finding[] {
  const found: Finding[] = [];
  const where = addressText(address);
  const path = address.kind === "unix" ? where : `ipv4@${address.host}:${address.port}`;
  if (isTooOld(info.version)) {
    found.push(
      finding(
        "too-old",
        `HAProxy ${info.version} answers; Drainboard reads 2.2 and later.`,
        "Upgrade this HAProxy to a version that is still maintained.",
      ),
    );
  }
  if (level !== "admin") {
    const has = level === null ? "does not tell its level" : `has level ${level}: it can show but not change`;
    found.push(
      finding(
        "read-only",
        `This socket ${has}.`,
        `In section global of haproxy.cfg write: stats socket ${path}${address.kind === "unix" ? " mode 660" : ""} level admin`,
        "warning",
      ),
    );
  }
  if (info.isStopping) {
    found.push(
      finding(
        "stopping",
        `The process that answered (pid ${info.pid}) is stopping.`,
        "Test again in a moment; if it stays so, this socket belongs to an old process: restart HAProxy.",
        "warning",
      ),
    );
  }
  if (info.nbproc > 1) {
    found.push(
      finding(
        "several-processes",
        `This HAProxy runs ${info.nbproc} processes, and a socket reaches only one of them.`,
        "In section global of haproxy.cfg replace nbproc by nbthread.",
        "warning",
      ),
    );
  }
  if (plaintextWarning(name, address) !== null) {
    found.push(
      finding(
        "plaintext",
        `${where} is neither encrypted nor protected by a password: anyone on that network can change HAProxy.`,
        "Use a unix socket, or write tls:// to a TLS listener in front of the socket (the README shows one).",
        "warning",
      ),
    );
  }
  return found;
}

/** It answered, but not as a stats socket does. */
async function foreignFinding(address: Address, ask: Ask, text: string): Promise<Finding> {
  const where = addressText(address);
  if (address.kind === "tcp" && (await speaksTls(address))) return expectsTls(address);
  if (text === "") {
    return finding(
      "cut",
      `${where} closed the connection without an answer.`,
      "If a proxy stands in front of the socket, check that it reaches it (a chroot may hide it); else check that HAProxy is not stopping.",
    );
  }
  if (text.startsWith("HTTP/")) {
    return finding(
      "http",
      `${where} answers with HTTP: it is a frontend or the stats page, not the stats socket.`,
      `In section global of haproxy.cfg write a line such as: stats socket ${exampleSocket(address)}, and use that address.`,
    );
  }
  const proc = /^Unknown command/.test(text) ? await ask("show proc").catch(() => "") : "";
  if (proc.startsWith(SHOW_PROC)) {
    return finding(
      "master-cli",
      `${where} is HAProxy's master CLI, not its stats socket.`,
      "Write it as the master, and as the address the path of a line in haproxy.cfg such as: stats socket /run/haproxy/admin.sock mode 660 level admin",
    );
  }
  return finding(
    "not-haproxy",
    `${where} answers, but not as HAProxy's stats socket does.`,
    "Look up the path or port of the line that begins with stats socket in haproxy.cfg.",
  );
}

async function faultFinding(address: Address, options: DiagnoseOptions, error: unknown): Promise<Finding> {
  if (!(error instanceof RuntimeError)) throw error;
  const where = addressText(address);
  const socketLine = `stats socket ${exampleSocket(address)}`;
  switch (error.code) {
    case "not-found":
      return finding(
        "not-found",
        `There is no ${where}.`,
        `Check that HAProxy runs and that haproxy.cfg says: ${socketLine}`,
      );
    case "not-a-socket":
      return finding(
        "not-a-socket",
        `${where} is not a socket.`,
        `Write the path that stands in haproxy.cfg after: stats socket`,
      );
    case "permission": {
      const words = address.kind === "unix" ? await permissionWords(address.path) : null;
      return finding(
        "permission",
        words?.message ?? `Drainboard may not open ${where}.`,
        words?.fix ?? "Check the rights of the app's user.",
      );
    }
    case "unresolved":
      return finding(
        "unresolved",
        `The host name in ${where} does not resolve.`,
        "Check the name, or write an IP address.",
      );
    case "refused":
      return finding(
        "refused",
        `Nobody answers at ${where}.`,
        address.kind === "unix"
          ? "The socket file is left over: check that HAProxy runs."
          : `Check that HAProxy runs and that haproxy.cfg says: ${socketLine}`,
      );
    case "tls":
      return tlsFinding(address, options, error);
    case "connect-timeout":
      if (await answersInTheClear(address, options)) return speaksNoTls(address);
      return finding(
        "connect-timeout",
        `No connection to ${where} within ${seconds(options)}.`,
        "Check host and port, and that no firewall stands between this machine and HAProxy.",
      );
    case "cut":
      if (address.kind === "tls" && options.tls?.cert === undefined) return clientCertificate(where);
      break;
    case "reply-timeout":
      break;
    default:
      return finding(
        "not-haproxy",
        `${where} does not answer as HAProxy's stats socket does.`,
        `Use the address of a line in haproxy.cfg such as: ${socketLine}`,
      );
  }
  if (address.kind === "tcp" && (await speaksTls(address))) return expectsTls(address);
  return error.code === "cut"
    ? finding(
        "cut",
        `${where} broke the connection before it had answered.`,
        "Test again; if it stays so, check what listens there.",
      )
    : finding(
        "reply-timeout",
        `${where} takes the connection but does not answer in time.`,
        "HAProxy may hang, be overloaded, or have no command slot left: raise stats maxconn in section global, or end other tools that hold the socket.",
      );
}

async function tlsFinding(address: Address, options: DiagnoseOptions, error: RuntimeError): Promise<Finding> {
  const where = addressText(address);
  const code = codeOf(error.cause);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return finding(
      "certificate-name",
      `The certificate at ${where} is for another name.`,
      "Write the name that stands in the certificate as the server name, or use an address with that name.",
    );
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return finding(
      "certificate-expired",
      `The certificate at ${where} is not valid now (${code}).`,
      "Renew it on the load balancer, and check both clocks.",
    );
  }
  if (UNTRUSTED.test(code)) {
    return finding(
      "certificate-untrusted",
      `The certificate at ${where} is signed by nobody this machine trusts (${code}).`,
      "Name the PEM file of the authority that signed it as the CA file.",
    );
  }
  if (REFUSED_CERTIFICATE.test(code)) return clientCertificate(where);
  if (await answersInTheClear(address, options)) return speaksNoTls(address);
  return finding(
    "tls",
    `TLS to ${where} failed (${code}).`,
    "Check that a TLS listener stands at this port and takes TLS 1.2 or later.",
  );
}

function clientCertificate(where: string): Finding {
  return finding(
    "client-certificate",
    `${where} wants a certificate of the app, or refused the one it was given.`,
    "Name the files of a client certificate and its key that the ca-file of HAProxy's bind line accepts.",
  );
}

function expectsTls({ host, port }: { host: string; port: number }): Finding {
  return finding("expects-tls", `tcp://${host}:${port} speaks TLS.`, `Write tls://${host}:${port}`);
}

function speaksNoTls(address: Address): Finding {
  const plain = address.kind === "unix" ? address.path : addressText({ ...address, kind: "tcp" });
  return finding(
    "speaks-no-tls",
    `${addressText(address)} does not speak TLS: HAProxy answers there in the clear (the word ssl on a stats socket line does nothing).`,
    `Put a TLS listener in front of the socket (the README shows one), or, on a network you trust, write ${plain}`,
  );
}

async function answersInTheClear(address: Address, options: DiagnoseOptions): Promise<boolean> {
  if (address.kind !== "tls") return false;
  const text = await asking({ ...address, kind: "tcp" }, options, undefined)("show info").catch(() => "");
  return infoOf(text) !== null;
}

function infoOf(text: string): ShowInfo | null {
  try {
    return parseShowInfo(text);
  } catch {
    return null;
  }
}

function isTooOld(version: string): boolean {
  const match = /^(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function exampleSocket(address: Address): string {
  return address.kind === "tcp"
    ? `ipv4@${address.host}:${address.port} level admin`
    : `${address.kind === "unix" ? address.path : "/run/haproxy/admin.sock"} mode 660 level admin`;
}

function seconds({ limits }: DiagnoseOptions): string {
  return `${(limits?.connectTimeoutMs ?? LIMITS.connectTimeoutMs ?? 0) / 1_000} s`;
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message.slice(0, 80) : "no reason given";
}

function finding(
  code: AddressFindingCode,
  message: string,
  fix: string,
  severity: AddressFinding["severity"] = "error",
): Finding {
  return { code, severity, message, fix };
}
