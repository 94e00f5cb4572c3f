import { cannot, inTheWay } from "./cannot.ts";
import { isSymlink, kindOf } from "./find_file.ts";
import { isThere } from "./is_there.ts";

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
export function listFolder(path: string): FolderEntry[] {
  const entries: FolderEntry[] = [];
  try {
    for (const entry of Deno.readDirSync(path)) entries.push(entry);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      if (isSymlink(path)) throw inTheWay("list", path, "a dangling symlink", "folder");
      return [];
    }
    // The system's own words do not say what there is.
    if ((error as { code?: string }).code === "ENOTDIR" && isThere(path)) {
      throw inTheWay("list", path, kindOf(Deno.statSync(path)), "folder");
    }
    throw cannot("list", path, error);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
