import { type Helper, startHelper } from "./children.ts";
import type { CrowdOrder, CrowdWord } from "./crowd-child.ts";

/** Browsers spread over processes. */
export class Crowd implements AsyncDisposable {
  readonly #helpers: Helper<CrowdOrder, CrowdWord>[];

  constructor(processes: number) {
    this.#helpers = Array.from({ length: processes }, () => startHelper<CrowdOrder, CrowdWord>("./crowd-child.ts"));
  }

  /** Milliseconds until each had its snapshot. */
  async join(count: number, where: { url: string; token: string; via: "app" | "raw" }): Promise<number[]> {
    const share = Math.ceil(count / this.#helpers.length);
    return this.#all("joined", { kind: "join", count: share, ...where }, (word) => word.readyMs);
  }

  async leave(): Promise<void> {
    for (const helper of this.#helpers) helper.send({ kind: "leave" });
    await Promise.all(this.#helpers.map((helper) => helper.next("left")));
  }

  /** Resolves when every browser has one more delta: milliseconds since it was made. */
  async round(): Promise<number[]> {
    const words = await Promise.all(this.#helpers.map((helper) => helper.next("round")));
    return words.flatMap((word) => word.latencyMs);
  }

  /** What crosses the wire to the first process while `work` runs. */
  async bytes(work: () => Promise<void>): Promise<{ bytes: number; deltas: string[] }> {
    const [helper] = this.#helpers;
    if (helper === undefined) throw new Error("a crowd needs a process");
    helper.send({ kind: "count-bytes" });
    await work();
    helper.send({ kind: "tell-bytes" });
    return helper.next("bytes");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#helpers.map((helper) => helper.stop()));
  }

  async #all<K extends CrowdWord["kind"], T>(
    kind: K,
    order: CrowdOrder,
    take: (word: Extract<CrowdWord, { kind: K }>) => T[],
  ): Promise<T[]> {
    for (const helper of this.#helpers) helper.send(order);
    const words = await Promise.all(this.#helpers.map((helper) => helper.next(kind)));
    return words.flatMap(take);
  }
}
