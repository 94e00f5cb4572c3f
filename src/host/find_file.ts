import { UserError } from "../model/user_error.ts";

/**
 * Looks for a regular file before it is opened: to open a FIFO waits until somebody writes to it, maybe for ever.
 * Symlinks are followed. `null` where nothing is there.
 *
 * @param doing what is being done, for the error
 * @throws {UserError} where something else stands, a dangling symlink too: nobody put it there to mean "nothing".
 */
export async function findFile(path: string, doing = "read"): Promise<Deno.FileInfo | null> {
  let found: Deno.FileInfo;
  try {
    found = await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannot(doing, path, error);
    if (await isSymlink(doing, path)) throw inTheWay(doing, path, "a dangling symlink");
    return null;
  }
  if (!found.isFile) throw inTheWay(doing, path, kindOf(found));
  return found;
}

/** What keeps a file from being read, with the path in it. */
export function cannotRead(path: string, cause: unknown): UserError {
  return cannot("read", path, cause);
}

function cannot(doing: string, path: string, cause: unknown): UserError {
  return new UserError(`cannot ${doing} ${path}: ${(cause as Error).message}`, { cause });
}

function inTheWay(doing: string, path: string, what: string): UserError {
  return new UserError(`cannot ${doing} ${path}: it is ${what}, not a file. Move it away.`);
}

function kindOf({ isDirectory, isFifo, isSocket }: Deno.FileInfo): string {
  if (isDirectory) return "a folder";
  if (isFifo) return "a FIFO";
  return isSocket ? "a socket" : "a device";
}

async function isSymlink(doing: string, path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw cannot(doing, path, error);
  }
}
