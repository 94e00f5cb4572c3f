import { join } from "@std/path";
import { systemClock } from "./clock.ts";

/** Milliseconds between two looks: a person's edit is to be seen within the second. */
const LOOK_MS = 250;

/**
 * Watches files, and folders one level deep, by looking again and again; they may come and go.
 *
 * Not by `Deno.watchFs`: it opens whatever changes, so that one FIFO made in a folder, or by a worker in its inbox,
 * blocks it for ever, and with it whoever starts another watch. A look at 50 files takes a fraction of a
 * millisecond, needs no watches of the kernel's, and works on network disks.
 */
export class Watch {
  readonly #paths: string[];
  #seen: string;

  constructor(paths: string[]) {
    this.#paths = paths;
    this.#seen = look(paths);
  }

  /** Resolves at the next change, at once if there was one since the last call, or when `signal` fires. */
  async changed(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const seen = look(this.#paths);
      const changed = seen !== this.#seen;
      this.#seen = seen;
      if (changed) return;
      await systemClock.sleep(LOOK_MS, signal);
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

/** What changes when a file is written or replaced; `null` where there is nothing to look at. */
function stampOf(path: string): { stamp: string; isDirectory: boolean } | null {
  try {
    const { mtime, size, ino, isDirectory } = Deno.statSync(path);
    return { stamp: `${mtime?.getTime()} ${size} ${ino}`, isDirectory };
  } catch {
    return null; // as above
  }
}
