// Maintenances over the socket: what a page asks, and what it is told when one changes.
import { z } from "zod";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import type { Ack, Scope } from "#lib/wire/events.ts";
import { type Maintenances, requestKinds } from "#server/maintenance/maintenances.ts";
import { parsed } from "#server/ops/commands.ts";
import type { Call } from "#server/ops/verb.ts";
import type { Client, Io } from "./socket-edge.ts";

export type SocketMaintenances = Pick<Maintenances, "recent" | "onChange" | "plan" | "start" | "request">;

export interface MaintenanceEventsOptions {
  maintenances: SocketMaintenances;
  now: () => number;
  /** who asks, checked anew */
  callOf: (socket: Client, requestId: string) => Promise<Call>;
  answer: <T>(socket: Client, ack: Ack<T>, work: (requestId: string) => T | Promise<T>) => void;
}

const idSchema = z.string("the id of a maintenance is text").max(100);
const kindSchema = z.looseObject({ kind: z.enum(requestKinds, `kind: write one of ${requestKinds.join(", ")}`) });

export function maintenanceEvents({ maintenances, now, callOf, answer }: MaintenanceEventsOptions) {
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
        answer(socket, ack, async (requestId) => maintenances.plan(await callOf(socket, requestId), input));
      });
      socket.on("maintenance:start", (input, ack) => {
        answer(socket, ack, async (requestId) => maintenances.start(await callOf(socket, requestId), input));
      });
      socket.on("maintenance:request", (id, request, ack) => {
        answer(socket, ack, async (requestId) => {
          const { kind, ...rest } = parsed(kindSchema, request);
          const body = kind === "patch" ? rest.patch : rest;
          return maintenances.request(await callOf(socket, requestId), parsed(idSchema, id), kind, body);
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
