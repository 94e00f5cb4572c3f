import { dirname, join } from "@std/path";
import { systemClock } from "./clock.ts";

/** Milliseconds between two looks: a person's edit is to be seen within the second. */
const LOOK_MS = 250;

/**
 * The same where the kernel tells of changes: for those that it does not see, such as what a link leads to. Each look
 * takes a sleeping process 1 ms of CPU, more for waking up than for looking.
 */
const SELDOM_MS = 5000;

/**
 * Watches files, and directories one level deep, by looking again and again; they may come and go.
 *
 * A look at 50 files takes a fraction of a millisecond, no hostile file blocks it, and it works on network disks. With
 * {@linkcode Notices} it looks at once when the kernel tells of a change, and otherwise seldom.
 */
export class Watch {
  readonly #paths: string[];
  readonly #notices: Notices | null;
  #seen: string;

  constructor(paths: string[], notices: Notices | null = null) {
    this.#paths = paths;
    this.#notices = notices;
    this.#seen = look(paths);
  }

  /** Resolves at the next change, at once if there was one since the last call, or when `signal` fires. */
  async changed(signal: AbortSignal): Promise<void> {
    const notices = this.#notices;
    let before: number | null = null;
    while (!signal.aborted) {
      const count = notices?.count ?? 0;
      const seen = look(this.#paths);
      const changed = seen !== this.#seen;
      this.#seen = seen;
      if (changed) {
        if (before === count) await notices?.doubt(count);
        return;
      }
      if (notices?.come) await notices.next(count, SELDOM_MS, signal);
      else await systemClock.sleep(LOOK_MS, signal);
      before = count;
    }
  }
}

function look(paths: string[]): string {
  return paths.map(lookAt).join("\n");
}

function lookAt(path: string): string {
  const found = stampOf(path);
  if (!found?.isDirectory) return found?.stamp ?? "";
  try {
    const names = Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
    return names.map((name) => `${name} ${stampOf(join(path, name))?.stamp}`).join("\n");
  } catch {
    return ""; // it has just gone, or may not be read: whoever reads it says so
  }
}

/** What changes when a file is written or replaced, or a directory replaced; `null` where there is nothing to look at. */
function stampOf(path: string): { stamp: string; isDirectory: boolean } | null {
  try {
    const { mtime, size, ino, isDirectory } = Deno.statSync(path);
    return { stamp: isDirectory ? `${ino}` : `${mtime?.getTime()} ${size} ${ino}`, isDirectory };
  } catch {
    return null; // as above
  }
}

/** How long a notice may be late, in milliseconds, before it counts as lost. */
const LATE_MS = 200;

/**
 * The kernel's notices of changes to some files, and to files in some directories, so that nobody need look again and again.
 *
 * They can fall silent, and only looking shows that: `Deno.watchFs` opens what changes, so that one FIFO made in a
 * directory blocks it for ever, and with it whoever starts another watch in the same process. So a process has at most one
 * of these, begun before anything can be in its way; who runs in the program of somebody else has none.
 */
export class Notices implements Disposable {
  readonly #watcher: Deno.FsWatcher | null;
  #count = 0;
  #lost = false;
  /** Not a promise that all wait for: what waits for one is kept as long as that, though it has long given up. */
  readonly #waiting = new Set<() => void>();

  /** @param paths of files and directories, absolute; what is not there is not watched */
  constructor(paths: string[]) {
    const dirs = new Set(paths.flatMap((path) => [path, dirname(path)]).filter(isDir));
    this.#watcher = begin([...dirs]);
    if (this.#watcher) this.#listen(this.#watcher, new Set(paths));
  }

  /** How many there were so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether they come at all. */
  get come(): boolean {
    return this.#watcher !== null && !this.#lost;
  }

  /** Resolves at the next notice after the first `seen`, after `ms` milliseconds, or when `signal` fires. */
  async next(seen: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== seen) return;
    const over = new AbortController();
    const wake = () => over.abort();
    this.#waiting.add(wake);
    await systemClock.sleep(ms, AbortSignal.any([signal, over.signal]));
    this.#waiting.delete(wake);
  }

  /** Told of a change that was seen without a notice beyond the first `seen`: if none comes still, none will any more. */
  async doubt(seen: number): Promise<void> {
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
    return false; // what is not there yet is found by looking
  }
}

function begin(dirs: string[]): Deno.FsWatcher | null {
  try {
    return Deno.watchFs(dirs, { recursive: false });
  } catch {
    return null; // too many watches, or a disk that has none: then it is looked at
  }
}
