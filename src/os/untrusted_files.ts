import { UserError } from "../schema/errors.ts";
import { LineSplitter } from "../schema/text.ts";
import { systemClock } from "./clock.ts";

// node:fs, because Deno.open has no O_NONBLOCK, without which opening a FIFO blocks for ever. It is loaded with the first
// file that is there: that takes longer than starting Deno.

/** A regular file that is open for reading. */
interface RegularFile extends Disposable {
  /** Its size in bytes when it was opened. */
  size: number;
  /** When it was last changed, in milliseconds since 1970. */
  changedMs: number;
  /** Fills `bytes` from a position of the file, and returns how many bytes it read. */
  read(bytes: Uint8Array, position: number): number;
}

/**
 * Opens an untrusted file; `null` if nothing is there. It follows no symlink, does not block on a FIFO and reads no
 * device, even if the file is replaced meanwhile.
 *
 * @throws {UserError} with a reason that the caller adds to the path.
 */
async function openRegular(path: string): Promise<RegularFile | null> {
  try {
    const expected = Deno.lstatSync(path);
    if (!expected.isFile) throw new UserError("it is not a regular file");
    const { closeSync, constants, fstatSync, openSync, readSync } = await import("node:fs");
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size, mtimeMs, ino, dev } = fstatSync(file);
    // Deno resolves symlinks before it opens a file; the inode shows that it did.
    if (ino !== expected.ino || dev !== expected.dev) {
      closeSync(file);
      throw new UserError("it was replaced meanwhile");
    }
    return {
      size,
      changedMs: mtimeMs,
      read(bytes, position) {
        let filled = 0;
        while (filled < bytes.length) {
          const rest = bytes.length - filled;
          const count = readSync(file, bytes, filled, rest, position + filled);
          if (count === 0) break;
          filled += count;
        }
        return filled;
      },
      [Symbol.dispose]: () => closeSync(file),
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof Deno.errors.NotFound) return null;
    if ((error as { code?: unknown }).code === "ENOENT") return null;
    throw new UserError(`it cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads an untrusted UTF-8 file; `null` if nothing is there.
 *
 * @throws {UserError} if it is larger than `maxBytes`, not a regular file or cannot be read; the caller adds the path.
 */
export async function readRegular(path: string, maxBytes: number): Promise<string | null> {
  using file = await openRegular(path);
  if (file === null) return null;
  if (file.size > maxBytes) {
    throw new UserError(`it has ${file.size} bytes; the limit is ${maxBytes}`);
  }
  const bytes = new Uint8Array(file.size);
  return new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0)));
}

/**
 * Reads the whole lines among the last `maxBytes` of an untrusted UTF-8 file; a missing file has none.
 *
 * @throws {UserError} if it is not a regular file or cannot be read; the caller adds the path.
 */
export async function readRegularTail(path: string, maxBytes: number): Promise<string[]> {
  using file = await openRegular(path);
  if (file === null) return [];
  const start = Math.max(0, file.size - maxBytes);
  const bytes = new Uint8Array(file.size - start);
  const lines = new TextDecoder().decode(bytes.subarray(0, file.read(bytes, start))).split("\n");
  // The first may be the end of one, and the last is still being written.
  return lines.slice(start === 0 ? 0 : 1, -1);
}

/**
 * Copies an untrusted file with the time of its last change, in whole milliseconds; `false` if nothing is there.
 *
 * @throws {UserError} if it is larger than `maxBytes`, not a regular file or cannot be read; the caller adds the path.
 */
export async function copyRegular(from: string, to: string, maxBytes: number): Promise<boolean> {
  using file = await openRegular(from);
  if (file === null) return false;
  if (file.size > maxBytes) {
    throw new UserError(`it has ${file.size} bytes; the limit is ${maxBytes}`);
  }
  using copy = Deno.openSync(to, { write: true, createNew: true, mode: 0o600 });
  const bytes = new Uint8Array(Math.min(CHUNK, file.size));
  for (let at = 0; at < file.size;) {
    const count = file.read(bytes, at);
    if (count === 0) break;
    for (let written = 0; written < count;) {
      written += copy.writeSync(bytes.subarray(written, count));
    }
    at += count;
  }
  const time = Math.floor(file.changedMs) / 1000;
  copy.utimeSync(time, time);
  return true;
}

const CHUNK = 1024 * 1024;

/**
 * Reads the lines of an untrusted UTF-8 file in batches; a missing file has no lines.
 *
 * @param maxBytes where to stop
 * @throws {UserError} if it is not a regular file or cannot be read; the caller adds the path.
 */
export async function* readRegularLines(
  path: string,
  maxBytes: number,
): AsyncGenerator<string[]> {
  using file = await openRegular(path);
  if (file === null) return;
  const splitter = new LineSplitter();
  const bytes = new Uint8Array(Math.min(CHUNK, file.size));
  for (let at = 0; at < Math.min(file.size, maxBytes);) {
    const count = file.read(bytes, at);
    if (count === 0) break;
    at += count;
    yield splitter.push(bytes.subarray(0, count));
    // Reading is synchronous and would block everything else.
    await systemClock.sleep(0);
  }
  yield splitter.end();
}

/** Reports whether an untrusted path is that of a regular file; a symlink is none. */
export function isRegular(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

/** Identifies the regular file at an untrusted path, however the path is spelled; `null` if there is none. */
export function fileIdentity(path: string): string | null {
  try {
    const { isFile, dev, ino } = Deno.lstatSync(path);
    return isFile ? `${dev}:${ino}` : null;
  } catch {
    return null;
  }
}

/** Moves whatever is at an untrusted path out of its writer's reach; `false` if it is gone or cannot be moved. */
export async function tryMove(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch {
    return false; // its writer removed it, or replaced it with a directory
  }
}
