// Deno.open has no O_NONBLOCK, without which a FIFO keeps whoever opens it waiting for ever.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../model/user_error.ts";

/**
 * Reads a UTF-8 file that somebody hostile may have put there; `null` when there is none. Neither a symlink is followed
 * nor a FIFO waited for, and no device is read, whatever takes the file's place meanwhile.
 *
 * @throws {UserError} with the path in it, where it is no regular file of at most `maxBytes`, or cannot be read.
 */
export function readRegular(path: string, maxBytes: number): string | null {
  const refuse = (why: string) => new UserError(`cannot read ${path}: ${why}`);
  try {
    const expected = Deno.lstatSync(path);
    if (!expected.isFile) throw refuse("it is no regular file");
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size, ino, dev } = fstatSync(file);
      // Deno looks behind symlinks before it opens; the inode tells.
      if (ino !== expected.ino || dev !== expected.dev) throw refuse("it was replaced meanwhile");
      if (size > maxBytes) throw refuse(`it has ${size} bytes, at most ${maxBytes} are read`);
      const bytes = new Uint8Array(size);
      let filled = 0;
      while (filled < size) {
        const count = readSync(file, bytes, filled, size - filled, filled);
        if (count === 0) break;
        filled += count;
      }
      return new TextDecoder().decode(bytes.subarray(0, filled));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof Deno.errors.NotFound) return null;
    if ((error as { code?: unknown }).code === "ENOENT") return null;
    throw new UserError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
