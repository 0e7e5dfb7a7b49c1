// Sessions, diagnosis and controls of one server over the socket. A page follows the sessions of one server at a time; they
// are read again modestly while somebody looks, once for all who look at the same one, and not at all when nobody does.
import { z } from "zod";
import type { ServerId } from "#lib/haproxy/names.ts";
import { serverIdSchema } from "#lib/wire/commands.ts";
import type { Ack, SocketCommand } from "#lib/wire/events.ts";
import type { ControlResult } from "#lib/wire/server-control.ts";
import { followSessionsSchema, SESSIONS_SHOWN, type SessionsReport } from "#lib/wire/sessions.ts";
import type { SessionLists } from "#server/fleet/session-lists.ts";
import type { Log } from "#server/log.ts";
import type { Diagnose } from "#server/maintenance/diagnose.ts";
import { parsed } from "#server/ops/commands.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { ServerCommands } from "#server/ops/server-commands.ts";
import type { Call } from "#server/ops/verb.ts";
import { refuseToInsist } from "../insist.ts";
import type { Client, Io } from "./socket-edge.ts";

const ROOM = "sessions:";
/** Between two lists for those who look; a load balancer that lists slowly rests longer by itself. */
export const READ_AGAIN_MS = 3_000;

const diagnoseSchema = z.strictObject({ server: serverIdSchema });

export interface ServerEventsOptions {
  commands: ServerCommands;
  lists: SessionLists;
  diagnose: Diagnose;
  log: Log;
  /** who asks and whether they may is checked there; a connection whose rights change is ended */
  answer: <T>(socket: Client, command: SocketCommand, ack: Ack<T>, work: (call: Call) => T | Promise<T>) => void;
}

export function serverEvents({ commands, lists, diagnose, log, answer }: ServerEventsOptions) {
  const timers = new Map<ServerId, NodeJS.Timeout | null>();
  const focus = new WeakMap<Client, ServerId>();
  let io: Io | null = null;

  /** One timer for each server that somebody follows; it ends itself when the room is empty. */
  function keepReading(server: ServerId): void {
    if (timers.has(server) || io === null) return;
    const to = io;
    const next = () =>
      timers.set(
        server,
        setTimeout(() => void again(), READ_AGAIN_MS),
      );
    async function again(): Promise<void> {
      timers.set(server, null);
      if (!to.sockets.adapter.rooms.has(ROOM + server)) {
        timers.delete(server);
        return;
      }
      try {
        const report = await lists.report({ server });
        if (report !== null) to.to(ROOM + server).emit("sessions:listed", shown(report));
      } catch (error) {
        log.error({ err: error, server }, "sessions could not be listed for those who look");
      }
      if (timers.has(server)) next();
    }
    next();
  }

  return {
    connected(socket: Client): void {
      socket.on("sessions:follow", (request, ack) => {
        answer(socket, "sessions:follow", ack, async ({ actor }) => {
          const { server, force = false } = parsed(followSessionsSchema, request);
          if (force) refuseToInsist(actor, server);
          leave(socket);
          focus.set(socket, server);
          const report = await lists.report({ server, isForced: force });
          if (report === null) throw unknown(server);
          // Gone meanwhile, or looking at another one: nobody would leave that room again.
          if (socket.connected && focus.get(socket) === server) {
            void socket.join(ROOM + server);
            keepReading(server);
          }
          return shown(report);
        });
      });
      socket.on("sessions:unfollow", () => {
        focus.delete(socket);
        leave(socket);
      });
      socket.on("sessions:end", (input, ack) => {
        answer(socket, "sessions:end", ack, (call) => commands.endSessions(call, input));
      });
      socket.on("server:diagnose", (request, ack) => {
        answer(socket, "server:diagnose", ack, async () => {
          const { server } = parsed(diagnoseSchema, request);
          const report = await diagnose(server);
          if (report === null) throw unknown(server);
          return report;
        });
      });
      const control = (
        name:
          | "server:set-weight"
          | "server:set-health"
          | "server:set-check"
          | "server:set-agent"
          | "server:clear-stick",
        run: (call: Call, input: unknown) => Promise<ControlResult>,
      ) => {
        socket.on(name, (input: unknown, ack: Ack<ControlResult>) => {
          answer(socket, name, ack, (call) => run(call, input));
        });
      };
      control("server:set-weight", commands.setWeight);
      control("server:set-health", commands.setHealth);
      control("server:set-check", commands.setCheck);
      control("server:set-agent", commands.setAgent);
      control("server:clear-stick", commands.clearStick);
    },

    /** Returns how to stop. */
    publish(to: Io): () => void {
      io = to;
      return () => {
        for (const timer of timers.values()) if (timer !== null) clearTimeout(timer);
        timers.clear();
        io = null;
      };
    },
  };
}

function leave(socket: Client): void {
  for (const room of socket.rooms) if (room.startsWith(ROOM)) void socket.leave(room);
}

function shown(report: SessionsReport): SessionsReport {
  return { ...report, sessions: report.sessions.slice(0, SESSIONS_SHOWN) };
}

function unknown(server: ServerId): ProblemError {
  return new ProblemError("unknown-name", `No load balancer has a server ${JSON.stringify(server)}.`);
}
