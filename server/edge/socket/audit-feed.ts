// New audit rows to the pages that follow them. Joining and the number of the newest row are one step, and numbers are
// consecutive: a page that misses one knows it and reads again.
import type { Ack, SocketCommand } from "#lib/wire/events.ts";
import type { Call } from "#server/ops/verb.ts";
import type { Audit } from "#server/store/audit.ts";
import { entryOf } from "#server/store/audit-read.ts";
import type { Client, Io } from "./socket-edge.ts";

const ROOM = "audit";

export type SocketAudit = Pick<Audit, "newestSeq" | "onAppend" | "attempt">;

export interface AuditFeedOptions {
  audit: SocketAudit;
  now: () => number;
  /** who asks and whether they may is checked there; a connection whose rights change is ended */
  answer: <T>(socket: Client, command: SocketCommand, ack: Ack<T>, work: (call: Call) => T | Promise<T>) => void;
}

export function auditFeed({ audit, now, answer }: AuditFeedOptions) {
  return {
    connected(socket: Client): void {
      socket.on("audit:follow", (ack) => {
        answer(socket, "audit:follow", ack, () => {
          void socket.join(ROOM);
          return { at: now(), seq: audit.newestSeq() };
        });
      });
      socket.on("audit:unfollow", () => void socket.leave(ROOM));
    },

    /** Without `detail`: a plan can be long, and a page asks for it when it shows it. Returns how to stop. */
    publish(io: Io): () => void {
      return audit.onAppend((row) => {
        io.to(ROOM).emit("audit:row", now(), entryOf({ ...row, detail: null }));
      });
    },
  };
}
