/** A held lock: let go by `using`, `release`, or the end of the process, however it ends. */
export class Lock implements Disposable {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  release(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Takes the kernel lock on a file if nobody holds it; `null` if somebody does. `note` is written into it. */
export async function tryLock(path: string, note = ""): Promise<Lock | null> {
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  if (!await file.tryLock(true)) {
    file.close();
    return null;
  }
  if (note !== "") {
    await file.truncate();
    await file.write(new TextEncoder().encode(note));
  }
  return new Lock(file);
}

/** Waits for the kernel lock on a file. */
export async function lock(path: string): Promise<Lock> {
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  await file.lock(true);
  return new Lock(file);
}

/** Tells whether somebody holds the lock on a file, and the note they left in it. */
export async function lockHolder(path: string): Promise<string | null> {
  try {
    using file = await Deno.open(path, { read: true });
    if (await file.tryLock(false)) return null;
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
