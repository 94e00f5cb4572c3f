import { cannot, inTheWay } from "./cannot.ts";

/**
 * Looks for a regular file before it is opened: to open a FIFO waits until somebody writes to it, maybe for ever.
 * Symlinks are followed. `null` where nothing is there.
 *
 * @param doing what is being done, for the error
 * @throws {UserError} where something else stands, a dangling symlink too: nobody put it there to mean "nothing".
 */
export function findFile(path: string, doing = "read"): Deno.FileInfo | null {
  let found: Deno.FileInfo;
  try {
    // Small files are looked at and read without waiting: to hand that to another thread takes 25 times as long.
    found = Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannot(doing, path, error);
    if (isSymlink(path)) throw inTheWay(doing, path, "a dangling symlink", "file");
    return null;
  }
  if (!found.isFile) throw inTheWay(doing, path, kindOf(found), "file");
  return found;
}

/** Tells whether a symlink stands at a path, wherever it leads. */
export function isSymlink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw cannot("look at", path, error);
  }
}

/** Names what is no file, as errors do. */
export function kindOf({ isFile, isDirectory, isFifo, isSocket }: Deno.FileInfo): string {
  if (isFile) return "a file";
  if (isDirectory) return "a folder";
  if (isFifo) return "a FIFO";
  return isSocket ? "a socket" : "a device";
}
