import { cannot } from "./cannot.ts";
import { findFile } from "./find_file.ts";

/**
 * Opens a file to be read; `null` when there is none.
 *
 * @throws {UserError} with the path in it, whatever kept it from being opened.
 */
export async function openFile(path: string): Promise<Deno.FsFile | null> {
  if (findFile(path) === null) return null;
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("read", path, error);
  }
}
