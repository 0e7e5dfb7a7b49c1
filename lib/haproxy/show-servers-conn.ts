// `show servers conn BACKEND` (management manual 9.3, from 2.2): connections between HAProxy and its servers. Only the idle
// ones are read: they are kept for the next request, of keep-alive and HTTP/2 clients alike, and are nobody's session.
import { type ServerId, serverId, splitServerId } from "./names.ts";
import { UnreadableReply } from "./unreadable.ts";

/** Idle connections by server. Throws UnreadableReply. */
export function parseIdleConnections(text: string): ReadonlyMap<ServerId, number> {
  const lines = text.split("\n").filter((line) => line !== "");
  const header = (lines[0] ?? "").replace(/^# /, "").split(" ");
  const at = header.indexOf("idle_cur");
  if (header[0] !== "bkname/svname" || at < 0)
    throw new UnreadableReply(`"show servers conn" should begin with "# bkname/svname" and have idle_cur`);
  const idle = new Map<ServerId, number>();
  for (const line of lines.slice(1)) {
    const cells = line.split(" ");
    const name = splitServerId(cells[0] ?? "");
    const count = Number(cells[at]);
    if (name === null || !Number.isSafeInteger(count))
      throw new UnreadableReply('"show servers conn" has a line that is not understood');
    idle.set(serverId(name.backend, name.server), count);
  }
  return idle;
}
