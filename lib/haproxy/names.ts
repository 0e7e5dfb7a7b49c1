// Names as haproxy.cfg allows them. Every version from 2.2 to 3.2 refuses any other character at start-up, so a name
// outside this set cannot come from a configuration: it is refused here, never escaped.

/** HAProxy allows letters, digits and `- _ . :`, case-sensitive. 300 characters were seen; 255 is our bound. */
const NAME = /^[A-Za-z0-9_.:-]{1,255}$/;

/** `BACKEND/SERVER`. Neither part can contain a slash. */
export type ServerId = string;

export function isName(text: string): boolean {
  return NAME.test(text);
}

export function serverId(backend: string, server: string): ServerId {
  return `${backend}/${server}`;
}

/** The two parts of `BACKEND/SERVER`, or null when the text is not exactly two valid names. */
export function splitServerId(id: string): { backend: string; server: string } | null {
  const slash = id.indexOf("/");
  if (slash < 0) return null;
  const backend = id.slice(0, slash);
  const server = id.slice(slash + 1);
  return isName(backend) && isName(server) ? { backend, server } : null;
}
