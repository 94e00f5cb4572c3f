/**
 * Lists the regular files of a folder that somebody hostile may have filled, sorted, by name; a missing one is empty.
 *
 * @param maxBytes of the folder itself, which grows with every entry
 * @returns `null` where it is larger: reading it could take for ever.
 */
export async function listNames(folder: string, maxBytes: number): Promise<string[] | null> {
  const names: string[] = [];
  try {
    if ((await Deno.lstat(folder)).size > maxBytes) return null;
    for await (const { name, isFile } of Deno.readDir(folder)) if (isFile) names.push(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Error(`cannot list ${folder}: ${(error as Error).message}`, { cause: error });
  }
  return names.sort();
}
