/** Tells that somebody's access may have changed: who holds a connection open then asks the store again at once. */
export class AccessChanges {
  readonly #listeners = new Set<() => void>();

  readonly tell = (): void => {
    for (const listener of [...this.#listeners]) listener();
  };

  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
