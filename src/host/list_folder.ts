import { cannot, inTheWay } from "./cannot.ts";
import { isSymlink, kindOf } from "./find_file.ts";

/** One entry of a folder. */
export interface FolderEntry {
  name: string;
  isFile: boolean;
  isDirectory: boolean;
  isSymlink: boolean;
}

/**
 * Lists a folder, sorted by name; a missing one is empty.
 *
 * @throws {UserError} where something else stands there, or it cannot be listed.
 */
export async function listFolder(path: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  try {
    for await (const entry of Deno.readDir(path)) entries.push(entry);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      if (await isSymlink(path)) throw inTheWay("list", path, "a dangling symlink", "folder");
      return [];
    }
    const found = await Deno.stat(path).catch(() => null);
    if (found && !found.isDirectory) throw inTheWay("list", path, kindOf(found), "folder");
    throw cannot("list", path, error);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
