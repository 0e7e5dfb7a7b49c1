// Maintenances over the socket: what a page asks, and what it is told when one changes.
import { z } from "zod";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import type { Ack, Scope, SocketCommand } from "#lib/wire/events.ts";
import { type Maintenances, requestKinds } from "#server/maintenance/maintenances.ts";
import { parsed } from "#server/ops/commands.ts";
import type { Call } from "#server/ops/verb.ts";
import type { Client, Io } from "./socket-edge.ts";

export type SocketMaintenances = Pick<Maintenances, "recent" | "onChange" | "plan" | "start" | "request">;

export interface MaintenanceEventsOptions {
  maintenances: SocketMaintenances;
  now: () => number;
  /** asks anew who asks and whether they may, then works and acknowledges */
  answer: <T>(socket: Client, command: SocketCommand, ack: Ack<T>, work: (call: Call) => T | Promise<T>) => void;
}

const idSchema = z.string("the id of a maintenance is text").max(100);
const kindSchema = z.looseObject({ kind: z.enum(requestKinds, `kind: write one of ${requestKinds.join(", ")}`) });

export function maintenanceEvents({ maintenances, now, answer }: MaintenanceEventsOptions) {
  return {
    /** what a subscriber of this scope starts with */
    of(scope: Scope): MaintenanceSummary[] {
      const all = maintenances.recent();
      return scope.kind === "fleet"
        ? all
        : all.filter((one) => one.servers.some((server) => server.server === scope.id));
    },

    connected(socket: Client): void {
      socket.on("maintenance:plan", (input, ack) => {
        answer(socket, "maintenance:plan", ack, (call) => maintenances.plan(call, input));
      });
      socket.on("maintenance:start", (input, ack) => {
        answer(socket, "maintenance:start", ack, (call) => maintenances.start(call, input));
      });
      socket.on("maintenance:request", (id, request, ack) => {
        answer(socket, "maintenance:request", ack, (call) => {
          const { kind, ...rest } = parsed(kindSchema, request);
          const body = kind === "patch" ? rest.patch : rest;
          return maintenances.request(call, parsed(idSchema, id), kind, body);
        });
      });
    },

    /** Tells those who follow the fleet or one of its servers. Returns how to stop. */
    publish(io: Io, fleetRoom: string, roomOfServer: (id: ServerId) => string): () => void {
      return maintenances.onChange((summary) => {
        const rooms = [fleetRoom, ...summary.servers.map((one) => roomOfServer(one.server))];
        io.to(rooms).emit("maintenance:changed", now(), summary);
      });
    },
  };
}
