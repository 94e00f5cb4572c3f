/** Reads a UTF-8 file; `null` when there is none. Any other failure is thrown with the path in it. */
export async function readTextIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new Error(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
