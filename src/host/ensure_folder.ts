import { cannot, inTheWay } from "./cannot.ts";
import { isSymlink, kindOf } from "./find_file.ts";

/**
 * Makes a folder, and those above it, for its owner alone; one that is there stays as it is.
 *
 * @throws {UserError} where something else is in its place, or it cannot be made.
 */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const found = await Deno.stat(path).catch(() => null);
    if (found) throw inTheWay("make the folder", path, kindOf(found), "folder");
    if (await isSymlink(path).catch(() => false)) {
      throw inTheWay("make the folder", path, "a dangling symlink", "folder");
    }
    throw cannot("make the folder", path, error);
  }
}
