/** One entry of a folder. */
export interface FolderEntry {
  name: string;
  isFile: boolean;
  isDirectory: boolean;
  isSymlink: boolean;
}

/** Lists a folder, sorted by name; a missing one is empty. */
export async function listFolder(path: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  try {
    for await (const entry of Deno.readDir(path)) entries.push(entry);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Error(`cannot list ${path}: ${(error as Error).message}`, { cause: error });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
