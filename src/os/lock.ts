import { cannot, UserError } from "../schema/errors.ts";
import { systemClock } from "./clock.ts";
import { readTextIfPresent } from "./read.ts";
import { statFile } from "./stat.ts";

/** A lock that this process has, until `using`, `release` or the end of the process releases it. */
export class Lock implements Disposable {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Reports whether the file at the path is the locked one, not a replacement. */
  async isOn(path: string): Promise<boolean> {
    const there = await Deno.stat(path).catch(() => null);
    return there !== null && there.ino === (await this.#file.stat()).ino;
  }

  release(): void {
    release(this.#file);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** How often a lock is tried again, and after how many milliseconds: {@linkcode lockHolder} has it for less than all. */
const [MAX_PROBES, PROBE_MS] = [10, 20];

/** Takes the kernel lock on a file and writes `note` into it; `null` if another process has it. */
export async function tryLock(path: string, note = ""): Promise<Lock | null> {
  const file = openLock(path);
  try {
    for (let probes = 0; !file.tryLockSync(true); probes++) {
      if (probes === MAX_PROBES) {
        file.close();
        return null;
      }
      await systemClock.sleep(PROBE_MS);
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
 * @throws the reason of `signal` if it fires first.
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
    // The kernel may still grant the lock later.
    locked.finally(() => release(file));
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** Returns the note that the process with the lock on a file wrote into it; `null` if none has it. */
export async function lockHolder(path: string): Promise<string | null> {
  if (statFile(path) === null) return null;
  try {
    const file = await Deno.open(path);
    try {
      if (await file.tryLock(false)) return null;
    } finally {
      release(file);
    }
    return await readTextIfPresent(path);
  } catch (error) {
    throw cannot("read the lock", path, error);
  }
}

/** Closed alone, a file keeps its lock while a process that was just forked has it too, until that runs its program. */
function release(file: Deno.FsFile): void {
  file.unlockSync();
  file.close();
}

function openLock(path: string): Deno.FsFile {
  statFile(path, "lock");
  try {
    return Deno.openSync(path, { write: true, create: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannot("lock", path, error);
    throw new UserError(
      `cannot lock ${path}: its directory is missing; run looop tick to make the data directory`,
      { cause: error },
    );
  }
}
