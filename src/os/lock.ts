import { UserError } from "../schema/errors.ts";
import { systemClock } from "./clock.ts";
import { cannot } from "./errors.ts";
import { openFile, readTextIfPresent } from "./read.ts";
import { findFile } from "./stat.ts";

/** A held lock: let go by `using`, `release`, or the end of the process, however it ends. */
export class Lock implements Disposable {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Whether the file at the path is the one that was locked, not another that took its place. */
  async isOn(path: string): Promise<boolean> {
    const there = await Deno.stat(path).catch(() => null);
    return there !== null && there.ino === (await this.#file.stat()).ino;
  }

  release(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Whoever only looks holds a lock for less than this many milliseconds. */
const LOOK_MS = 20;

/** Takes the kernel lock on a file if nobody holds it; `null` if somebody does. `note` is written into it. */
export async function tryLock(path: string, note = ""): Promise<Lock | null> {
  const file = openLock(path);
  try {
    if (!file.tryLockSync(true)) {
      await systemClock.sleep(LOOK_MS);
      if (!file.tryLockSync(true)) {
        file.close();
        return null;
      }
    }
    if (note !== "") {
      file.truncateSync();
      file.writeSync(new TextEncoder().encode(note));
    }
    return new Lock(file);
  } catch (error) {
    file.close();
    throw cannot("lock", path, error);
  }
}

/**
 * Waits for the kernel lock on a file.
 *
 * @throws the reason of `signal` when it fires first.
 */
export async function lock(path: string, signal?: AbortSignal): Promise<Lock> {
  const file = openLock(path);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal?.reason);
  signal?.addEventListener("abort", stop);
  const locked = file.lock(true);
  try {
    signal?.throwIfAborted();
    await Promise.race([locked, stopped]);
    return new Lock(file);
  } catch (error) {
    // The kernel may still grant what nobody waits for any more.
    locked.finally(() => file.close());
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The note that whoever holds the lock on a file left in it; `null` when nobody does. */
export async function lockHolder(path: string): Promise<string | null> {
  using file = await openFile(path);
  try {
    if (file === null || await file.tryLock(false)) return null;
    return await readTextIfPresent(path);
  } catch (error) {
    throw cannot("look at the lock", path, error);
  }
}

function openLock(path: string): Deno.FsFile {
  findFile(path, "lock");
  try {
    return Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannot("lock", path, error);
    const why = "its directory is not there: the first looop tick makes the data directory";
    throw new UserError(`cannot lock ${path}: ${why}`, { cause: error });
  }
}
