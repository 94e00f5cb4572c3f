/** Watches folders for changes below them, one level deep. */
export class Watch implements Disposable {
  readonly #watchers: Deno.FsWatcher[] = [];
  #seen = false;
  #wake: (() => void) | null = null;

  /**
   * @param folders those that cannot be watched (missing, or no watches left) are told to `onError`
   *
   * Folders rather than files: a watch on a file follows the old one when an editor renames a new one over it.
   */
  constructor(folders: string[], onError: (folder: string, error: Error) => void) {
    for (const folder of folders) {
      try {
        const watcher = Deno.watchFs(folder, { recursive: false });
        this.#watchers.push(watcher);
        this.#follow(watcher).catch((error) => onError(folder, error));
      } catch (error) {
        onError(folder, error as Error);
      }
    }
  }

  /** Resolves at the next change, at once if there was one since the last call, or when `signal` fires. */
  async changed(signal: AbortSignal): Promise<void> {
    if (!this.#seen && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      this.#wake = wake;
      signal.addEventListener("abort", wake);
      await promise;
      // A signal that lives for days would keep one for every change.
      signal.removeEventListener("abort", wake);
      this.#wake = null;
    }
    this.#seen = false;
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind } of watcher) {
      if (kind === "access") continue;
      this.#seen = true;
      this.#wake?.();
    }
  }
}
