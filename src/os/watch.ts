import { dirname, join } from "@std/path";
import { systemClock } from "./clock.ts";

/** Milliseconds between two checks: an edit must be noticed within a second. */
const CHECK_MS = 250;

/**
 * The same while the kernel reports changes, for those that it does not report, such as of a symlink's target. Each
 * check costs a sleeping process 1 ms of CPU, most of it for waking up.
 */
const RARE_CHECK_MS = 10_000;

/**
 * Watches files, and directories one level deep, by polling; they may be missing.
 *
 * A check of 50 files takes a fraction of a millisecond, no hostile file blocks it, and it works on network disks. With
 * {@linkcode Notices} it checks as soon as the kernel reports a change, and rarely otherwise.
 */
export class Watch {
  readonly #paths: string[];
  #notices: Notices | null;
  #seen: string;

  constructor(paths: string[], notices: Notices | null = null) {
    this.#paths = paths;
    this.#notices = notices;
    this.#seen = snapshot(paths);
  }

  /** Uses the kernel's notices from now on. */
  use(notices: Notices): void {
    this.#notices = notices;
  }

  /** Resolves at the first change since the last call, or when `signal` fires. */
  async changed(signal: AbortSignal): Promise<void> {
    const notices = this.#notices;
    let before: number | null = null;
    while (!signal.aborted) {
      const count = notices?.count ?? 0;
      const seen = snapshot(this.#paths);
      const changed = seen !== this.#seen;
      this.#seen = seen;
      if (changed) {
        if (before === count) await notices?.verify(count);
        return;
      }
      if (notices?.arrive) await notices.next(count, RARE_CHECK_MS, signal);
      else await systemClock.sleep(CHECK_MS, signal);
      before = count;
    }
  }
}

function snapshot(paths: string[]): string {
  return paths.map((path) => stampOf(path)).join("\n");
}

/** Returns a text that changes when a file, or one in a directory, is written or replaced; empty if nothing is there. */
function stampOf(path: string, isListed = false): string {
  try {
    const { mtime, size, ino, isDirectory } = Deno.statSync(path);
    if (!isDirectory) return `${mtime?.getTime()} ${size} ${ino}`;
    if (isListed) return `${ino}`;
    const names = Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
    return names.map((name) => `${name} ${stampOf(join(path, name), true)}`).join("\n");
  } catch {
    return ""; // removed meanwhile, or unreadable: its reader reports that
  }
}

/** How many milliseconds a notice may be late before it counts as lost. */
const LATE_MS = 200;

/**
 * The kernel's notices of changes to files, and to files in directories.
 *
 * They can stop without an error: `Deno.watchFs` opens what changes, so a FIFO that is created in a directory blocks it
 * for ever, and so does every other watch of the process. That is why a process has at most one `Notices`, started
 * before anything can block it, and none when another program uses looop as a library.
 */
export class Notices implements Disposable {
  readonly #watcher: Deno.FsWatcher | null;
  #count = 0;
  #lost = false;
  /** Not one promise for all: its waiters would stay in memory after they have given up. */
  readonly #waiting = new Set<() => void>();

  /** @param paths absolute paths of files and directories; missing ones are not watched */
  constructor(paths: string[]) {
    const dirs = new Set(paths.flatMap((path) => [path, dirname(path)]).filter(isDir));
    this.#watcher = begin([...dirs]);
    if (this.#watcher) this.#listen(this.#watcher, new Set(paths));
  }

  /** The number of notices so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether notices still arrive. */
  get arrive(): boolean {
    return this.#watcher !== null && !this.#lost;
  }

  /** Resolves when there are more than `seen` notices, after `ms` milliseconds, or when `signal` fires. */
  async next(seen: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== seen) return;
    const over = new AbortController();
    const wake = () => over.abort();
    this.#waiting.add(wake);
    await systemClock.sleep(ms, AbortSignal.any([signal, over.signal]));
    this.#waiting.delete(wake);
  }

  /** Checks after a change that had no notice beyond the first `seen`: if none follows, notices no longer arrive. */
  async verify(seen: number): Promise<void> {
    await systemClock.sleep(LATE_MS);
    if (this.#count === seen) this.#lost = true;
  }

  async #listen(watcher: Deno.FsWatcher, paths: ReadonlySet<string>): Promise<void> {
    for await (const event of watcher) {
      if (!event.paths.some((path) => paths.has(path) || paths.has(dirname(path)))) continue;
      this.#count++;
      for (const wake of this.#waiting) wake();
    }
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}

function isDir(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false; // polling finds it once it is there
  }
}

function begin(dirs: string[]): Deno.FsWatcher | null {
  try {
    return Deno.watchFs(dirs, { recursive: false });
  } catch {
    return null; // too many watches, or a disk without them: polling remains
  }
}
