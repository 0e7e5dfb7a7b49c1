// Idempotency-Key: the same key within a day gets the first answer and does nothing again.
import { createHash } from "node:crypto";
import type { Actor } from "#lib/auth/actor.ts";
import type { Store } from "#server/store/store.ts";
import { fail } from "./problem.ts";

export interface StoredAnswer {
  status: number;
  /** JSON text; null with 204 */
  text: string | null;
  /** never of a write, so never kept */
  stream?: AsyncIterable<string>;
  /** what is kept instead, when the text carries a secret that is shown once */
  keptText?: string;
  isProblem: boolean;
  headers: Record<string, string | string[]>;
}

export interface IdempotentRequest {
  key: string;
  actor: Actor;
  method: string;
  target: string;
  bodyText: string;
}

/** Two requests with one key at the same time: the second waits for the first's answer. */
export class Idempotent {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #running = new Map<string, { hash: string; answer: Promise<StoredAnswer> }>();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async run(request: IdempotentRequest, work: () => Promise<StoredAnswer>): Promise<StoredAnswer> {
    const { key, actor } = request;
    if (!/^[!-~]{1,200}$/.test(key))
      fail("malformed", "Idempotency-Key must be 1 to 200 printable characters without spaces, a UUID for example.");
    const hash = createHash("sha256").update(`${request.method} ${request.target}\n${request.bodyText}`).digest("hex");
    const id = `${actor.kind} ${actor.id}`;
    const running = this.#running.get(`${id} ${key}`);
    if (running !== undefined) return running.hash === hash ? running.answer : otherRequest();
    const answer = this.#claimed(id, key, hash, work);
    this.#running.set(`${id} ${key}`, { hash, answer });
    try {
      return await answer;
    } finally {
      this.#running.delete(`${id} ${key}`);
    }
  }

  async #claimed(id: string, key: string, hash: string, work: () => Promise<StoredAnswer>): Promise<StoredAnswer> {
    const claim = await this.#store.idempotency.claim(id, key, hash, this.#now());
    switch (claim.kind) {
      case "other-request":
        return otherRequest();
      case "too-many":
        return fail(
          "too-many-requests",
          "Too many new values of Idempotency-Key within a day, so nothing was done. Send the request without the header.",
        );
      case "unanswered":
        return fail(
          "conflict",
          "The first request with this Idempotency-Key was cut off before its answer was known. Look at the state, then use a new key.",
        );
      case "answered":
        return {
          status: claim.status,
          text: claim.body,
          isProblem: claim.status >= 400,
          headers: { "idempotent-replayed": "true" },
        };
      case "first": {
        const answer = await work();
        await this.#store.idempotency.answer(id, key, answer.status, answer.keptText ?? answer.text);
        return answer;
      }
    }
  }
}

function otherRequest(): never {
  return fail(
    "conflict",
    "This Idempotency-Key was used for another request within a day. Use a new key for a new request.",
  );
}
