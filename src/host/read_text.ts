/** How a text is read. */
export interface ReadTextOptions {
  /** It may be a pipe, as what a person names on a command line may. Default `false`. */
  pipe?: boolean;
}

/**
 * Reads a UTF-8 file; `null` when there is none. Any other failure is thrown with the path in it; so is a pipe, for
 * whose writer one could wait for ever.
 */
export async function readTextIfThere(
  path: string,
  { pipe = false }: ReadTextOptions = {},
): Promise<string | null> {
  try {
    if (!pipe && (await Deno.stat(path)).isFifo) throw new Error("it is a pipe and no file");
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new Error(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
