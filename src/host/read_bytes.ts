import { cannot } from "./cannot.ts";
import { findFile } from "./find_file.ts";

/**
 * Reads a whole file.
 *
 * @throws {UserError} with the path in it, whatever kept it from being read.
 */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await findFile(path);
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw cannot("read", path, error);
  }
}
