import { join } from "@std/path";
import { systemClock } from "./clock.ts";
import type { Notices } from "./notices.ts";

/** Milliseconds between two looks: a person's edit is to be seen within the second. */
const LOOK_MS = 250;

/**
 * The same where the kernel tells of changes: for those that it does not see, such as what a link leads to. Each look
 * takes a sleeping process 1 ms of CPU, more for waking up than for looking.
 */
const SELDOM_MS = 5000;

/**
 * Watches files, and folders one level deep, by looking again and again; they may come and go.
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

/** What changes when a file is written or replaced, or a folder replaced; `null` where there is nothing to look at. */
function stampOf(path: string): { stamp: string; isDirectory: boolean } | null {
  try {
    const { mtime, size, ino, isDirectory } = Deno.statSync(path);
    return { stamp: isDirectory ? `${ino}` : `${mtime?.getTime()} ${size} ${ino}`, isDirectory };
  } catch {
    return null; // as above
  }
}
