import { UserError } from "../model/user_error.ts";
import { openRegular } from "./open_regular.ts";

/**
 * Reads a UTF-8 file that somebody hostile may have put there; `null` when there is none.
 *
 * @throws {UserError} saying why, where it is no regular file of at most `maxBytes`, or cannot be read.
 */
export function readRegular(path: string, maxBytes: number): string | null {
  using file = openRegular(path);
  if (file === null) return null;
  if (file.size > maxBytes) {
    throw new UserError(`it has ${file.size} bytes, at most ${maxBytes} are read`);
  }
  const bytes = new Uint8Array(file.size);
  return new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0)));
}
