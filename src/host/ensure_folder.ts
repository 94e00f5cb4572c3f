import { cannot, inTheWay } from "./cannot.ts";
import { kindOf } from "./find_file.ts";
import { isThere } from "./is_there.ts";

/**
 * Makes a folder, and those above it, for its owner alone; one that is there stays as it is.
 *
 * @throws {UserError} where something else is in its place, or it cannot be made.
 */
export function ensureFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw whyNot(path, error);
  }
}

function whyNot(path: string, error: unknown): Error {
  const doing = "make the folder";
  if (!isThere(path)) return cannot(doing, path, error);
  try {
    return inTheWay(doing, path, kindOf(Deno.statSync(path)), "folder");
  } catch {
    return inTheWay(doing, path, "a dangling symlink", "folder");
  }
}
