// What the parts of a page want to see of the fleet, as one subscription.
import type { Scope } from "#lib/wire/events.ts";

const FLEET: Scope = { kind: "fleet" };

export class Scopes {
  readonly #wants = new Set<{ readonly scope: Scope }>();

  add(scope: Scope): () => void {
    const want = { scope };
    this.#wants.add(want);
    return () => void this.#wants.delete(want);
  }

  /** One server while everybody wants that one; the fleet in every other case. */
  widest(): Scope {
    const [first, ...others] = [...this.#wants].map((want) => want.scope);
    return first !== undefined && others.every((other) => isSameScope(first, other)) ? first : FLEET;
  }
}

export function isSameScope(a: Scope, b: Scope): boolean {
  return a.kind === "server" ? b.kind === "server" && a.id === b.id : b.kind === "fleet";
}
