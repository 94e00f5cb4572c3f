/**
 * Tells whether a regular file stands at a path, and no link to one: reading it cannot hang, nor lead elsewhere.
 * `null` where nothing is there.
 */
export async function isPlainFile(path: string): Promise<boolean | null> {
  try {
    return (await Deno.lstat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new Error(`cannot look at ${path}: ${(error as Error).message}`, { cause: error });
  }
}
