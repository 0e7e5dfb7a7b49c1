// The sessions of the one server that is looked at. Listing costs HAProxy something, so it is followed only while the list
// is on a visible page, and every new connection asks again.
import type { Socket } from "socket.io-client";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { ClientToServer, ServerToClient } from "#lib/wire/events.ts";
import type { Problem } from "#lib/wire/problem.ts";
import type { SessionsReport } from "#lib/wire/sessions.ts";
import { type Answer, notConnected } from "./outcome.ts";
import type { Ask } from "./server-commands.ts";

const FOLLOW_TIMEOUT_MS = 15_000;

export interface SessionsView {
  /** the last list; null: none yet */
  readonly report: SessionsReport | null;
  /** why there is none, or none newer */
  readonly problem: Problem | null;
}

const NOTHING: SessionsView = { report: null, problem: null };

export class SessionsFeed {
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #ask: Ask;
  readonly #listeners = new Set<() => void>();
  #followed: ServerId | null = null;
  #view: SessionsView = NOTHING;

  constructor(socket: Socket<ServerToClient, ClientToServer>, ask: Ask) {
    this.#socket = socket;
    this.#ask = ask;
    socket.on("sessions:listed", (report) => {
      if (report.server === this.#followed) this.#set({ report, problem: null });
    });
  }

  readonly view = (): SessionsView => this.#view;

  readonly watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** `force`: also where listing would be felt by traffic, once. Follow another server, or stop, with what is returned. */
  follow(server: ServerId, force = false): () => void {
    if (server !== this.#followed) this.#set(NOTHING);
    this.#followed = server;
    void this.#send(server, force);
    return () => this.#unfollow(server);
  }

  connected(): void {
    if (this.#followed !== null) void this.#send(this.#followed, false);
  }

  /** Lists again now, for somebody who is about to act on the number. */
  async read(server: ServerId, force: boolean): Promise<Answer<SessionsReport>> {
    this.#followed = server;
    return (await this.#send(server, force)) ?? notConnected();
  }

  async #send(server: ServerId, force: boolean): Promise<Answer<SessionsReport> | null> {
    // the connection that comes will ask
    if (!this.#socket.connected) return null;
    const answer = await this.#ask<SessionsReport>(() =>
      this.#socket
        .timeout(FOLLOW_TIMEOUT_MS)
        .emitWithAck("sessions:follow", { server, ...(force ? { force: true } : {}) }),
    );
    if (server === this.#followed)
      this.#set(answer.ok ? { report: answer.value, problem: null } : { ...this.#view, problem: answer.problem });
    return answer;
  }

  #unfollow(server: ServerId): void {
    if (this.#followed !== server) return;
    this.#followed = null;
    if (this.#socket.connected) this.#socket.emit("sessions:unfollow");
  }

  #set(view: SessionsView): void {
    this.#view = view;
    for (const listener of [...this.#listeners]) listener();
  }
}
