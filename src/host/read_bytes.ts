import { cannot } from "./cannot.ts";
import { findFile } from "./find_file.ts";

/**
 * Reads a whole file.
 *
 * @throws {UserError} with the path in it, whatever kept it from being read.
 */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  findFile(path);
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw cannot("read", path, error);
  }
}
