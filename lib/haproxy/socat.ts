// A runtime command as one would type it in a shell, for people who want to see or script what a click does.
import { commandLine, type RuntimeCommand } from "./command.ts";

/** Throws UnsafeName for names HAProxy does not allow, so nothing in the line can end the quotes. */
export function socatLine(address: string, command: RuntimeCommand): string {
  return `echo '${commandLine(command)}' | socat stdio ${quoted(socatAddress(address))}`;
}

function socatAddress(address: string): string {
  if (address.startsWith("tcp://")) return `TCP:${address.slice("tcp://".length)}`;
  if (address.startsWith("tls://")) return `OPENSSL:${address.slice("tls://".length)}`;
  return address;
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
