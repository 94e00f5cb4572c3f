/** What is under way and waited for only at the end; what has ended meanwhile is forgotten. */
export class UnderWay {
  readonly #all = new Set<Promise<unknown>>();

  /** How many have not ended yet. */
  get size(): number {
    return this.#all.size;
  }

  /** Takes one that never rejects. */
  add(promise: Promise<unknown>): void {
    this.#all.add(promise);
    void promise.then(() => this.#all.delete(promise));
  }

  /** Resolves when all of them have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#all);
  }
}
