// Deno.open has no O_NONBLOCK, without which a FIFO keeps whoever opens it waiting for ever.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../model/user_error.ts";

/** A regular file that is open for reading. */
export interface RegularFile extends Disposable {
  /** Bytes, when it was opened. */
  size: number;
  /** Fills `bytes` from a position of the file on, and gives how many there were. */
  read(bytes: Uint8Array, position: number): number;
}

/**
 * Opens a file that somebody hostile may have put there; `null` when there is none. Neither is a symlink followed nor a
 * FIFO waited for, and no device is read, whatever takes the file's place meanwhile.
 *
 * @throws {UserError} saying why, where it is no regular file, or cannot be read; which one it is, the caller says.
 */
export function openRegular(path: string): RegularFile | null {
  try {
    const expected = Deno.lstatSync(path);
    if (!expected.isFile) throw new UserError("it is no regular file");
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size, ino, dev } = fstatSync(file);
    // Deno looks behind symlinks before it opens; the inode tells.
    if (ino !== expected.ino || dev !== expected.dev) {
      closeSync(file);
      throw new UserError("it was replaced meanwhile");
    }
    return {
      size,
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
