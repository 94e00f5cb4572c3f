import { cannot } from "./cannot.ts";
import { findFile } from "./find_file.ts";

/** How a text is read. */
export interface ReadTextOptions {
  /** It may be a pipe, as what a person names on a command line may. Default `false`. */
  pipe?: boolean;
}

/**
 * Reads a UTF-8 file; `null` when there is none.
 *
 * @throws {UserError} with the path in it, whatever kept it from being read.
 */
export async function readTextIfThere(
  path: string,
  { pipe = false }: ReadTextOptions = {},
): Promise<string | null> {
  if (!pipe && findFile(path) === null) return null;
  try {
    return pipe ? await Deno.readTextFile(path) : Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("read", path, error);
  }
}
