import { cannot, obstructing } from "../schema/errors.ts";

/**
 * Returns what is at a path, or `null` if nothing is; a symlink is not followed.
 *
 * @throws {UserError} if the path cannot be inspected, such as below a directory of another user.
 */
export function stat(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("inspect", path, error);
  }
}

/** Returns how many milliseconds before `now` (since 1970) a path was changed; `null` if nothing is there. */
export function fileAge(path: string, now: number): number | null {
  const found = stat(path);
  return found && now - (found.mtime?.getTime() ?? now);
}

/** Reports whether anything is at a path, a dangling symlink included. A path that cannot be inspected counts as absent. */
export function isPresent(path: string): boolean {
  try {
    return stat(path) !== null;
  } catch {
    return false;
  }
}

/** Reports whether a path leads to a file with an execute permission. */
export function isExecutable(path: string): boolean {
  return canExecute(path, () => 0o111);
}

/** Reports whether this user may execute the file at a path. Groups are not known: their permission counts as this user's. */
export function mayExecute(path: string): boolean {
  const user = Deno.uid();
  return canExecute(path, (owner) => user === 0 ? 0o111 : user === owner ? 0o100 : 0o011);
}

function canExecute(path: string, bits: (owner: number | null) => number): boolean {
  try {
    const { isFile, mode, uid } = Deno.statSync(path);
    return isFile && (mode === null || (mode & bits(uid)) !== 0);
  } catch {
    return false;
  }
}

/** What a program that opens a path would find. */
export type Found =
  | "nothing"
  | "file"
  | "a directory"
  | "a dangling symlink"
  | "a file that cannot be read"
  | "something that is not a file";

/**
 * Returns what a path leads to; symlinks are followed.
 *
 * @throws {UserError} if the path cannot be inspected.
 */
export function kindAt(path: string): Found {
  if (stat(path) === null) return "nothing";
  try {
    const { isDirectory, isFile } = Deno.statSync(path);
    if (isDirectory) return "a directory";
    if (!isFile) return "something that is not a file";
    Deno.openSync(path, { read: true }).close();
    return "file";
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? "a dangling symlink"
      : "a file that cannot be read";
  }
}

/**
 * Returns the regular file that a path leads to, or `null` if nothing is there. Call it before opening a file: opening
 * a FIFO blocks until another process writes to it.
 *
 * @param verb what the caller does with the file, for the error
 * @throws {UserError} if something else is there, a dangling symlink included.
 */
export function statFile(path: string, verb = "read"): Deno.FileInfo | null {
  let found: Deno.FileInfo;
  try {
    // Synchronous, like the reads of small files: a thread switch takes 25 times as long.
    found = Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannot(verb, path, error);
    if (stat(path)?.isSymlink) throw obstructing(verb, path, "a dangling symlink", "file");
    return null;
  }
  if (!found.isFile) throw obstructing(verb, path, kindOf(found), "file");
  return found;
}

/** Names the kind of a file in an error. */
export function kindOf({ isFile, isDirectory, isFifo, isSocket }: Deno.FileInfo): string {
  if (isFile) return "a file";
  if (isDirectory) return "a directory";
  if (isFifo) return "a FIFO";
  return isSocket ? "a socket" : "a device";
}

/** Returns the absolute path behind all symlinks, or `null` if it leads nowhere. */
export async function realPath(path: string): Promise<string | null> {
  try {
    return await Deno.realPath(path);
  } catch {
    return null;
  }
}

/** Reports whether a path is one of the kernel: it leads to a device, or to something else for every process. */
export function isPseudo(path: string): boolean {
  return /^\/(proc|dev|sys)(\/|$)/.test(path);
}
