// What can be asked of one server, beside its admin state. Nothing is repeated by itself: what got no answer is unknown.
import type { Socket } from "socket.io-client";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { DiagnosisReport } from "#lib/wire/diagnosis.ts";
import type { ClientToServer, ServerToClient } from "#lib/wire/events.ts";
import type {
  AgentInput,
  CheckInput,
  ClearStickInput,
  ControlResult,
  HealthInput,
  WeightInput,
} from "#lib/wire/server-control.ts";
import type { EndSessionsInput, EndSessionsResult } from "#lib/wire/sessions.ts";
import type { Answer } from "./outcome.ts";
import { COMMAND_TIMEOUT_MS } from "./pending.ts";

export type Ask = <T>(send: () => Promise<Answer<T>>) => Promise<Answer<T>>;

/** A change of weight, health, check or agent, or of what stick tables remember; each is a command of the same shape. */
export type Control =
  | { kind: "weight"; input: WeightInput }
  | { kind: "health"; input: HealthInput }
  | { kind: "check"; input: CheckInput }
  | { kind: "agent"; input: AgentInput }
  | { kind: "clear-stick"; input: ClearStickInput };

/** Thousands of sessions are ended one by one, and read again after it. */
const END_TIMEOUT_MS = 30_000;
/** Every load balancer is listed, and its stick tables are read. */
const DIAGNOSE_TIMEOUT_MS = 15_000;

export class ServerCommands {
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #ask: Ask;

  constructor(socket: Socket<ServerToClient, ClientToServer>, ask: Ask) {
    this.#socket = socket;
    this.#ask = ask;
  }

  endSessions(input: EndSessionsInput): Promise<Answer<EndSessionsResult>> {
    return this.#ask(() => this.#socket.timeout(END_TIMEOUT_MS).emitWithAck("sessions:end", input));
  }

  diagnose(server: ServerId): Promise<Answer<DiagnosisReport>> {
    return this.#ask(() => this.#socket.timeout(DIAGNOSE_TIMEOUT_MS).emitWithAck("server:diagnose", { server }));
  }

  control(asked: Control): Promise<Answer<ControlResult>> {
    const socket = this.#socket.timeout(COMMAND_TIMEOUT_MS);
    switch (asked.kind) {
      case "weight":
        return this.#ask(() => socket.emitWithAck("server:set-weight", asked.input));
      case "health":
        return this.#ask(() => socket.emitWithAck("server:set-health", asked.input));
      case "check":
        return this.#ask(() => socket.emitWithAck("server:set-check", asked.input));
      case "agent":
        return this.#ask(() => socket.emitWithAck("server:set-agent", asked.input));
      case "clear-stick":
        return this.#ask(() => socket.emitWithAck("server:clear-stick", asked.input));
    }
  }
}
