import { UserError } from "../model/user_error.ts";

/**
 * Reads a whole file.
 *
 * @throws {UserError} with the path in it, whatever kept it from being read.
 */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
