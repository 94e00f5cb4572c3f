import { cannot, obstructing } from "./errors.ts";

/** Milliseconds since a file or directory was changed, seen at `now` (ms since 1970); `null` when it is not there. */
export function fileAge(path: string, now: number): number | null {
  try {
    const { mtime } = Deno.lstatSync(path);
    return now - (mtime?.getTime() ?? now);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("look at", path, error);
  }
}

/** Tells whether anything can be seen at a path, a link that leads nowhere too; what cannot be looked at is not there. */
export function isPresent(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Tells whether a regular file stands at a path, and no link to one: reading it cannot hang, nor lead elsewhere.
 * `null` where nothing is there.
 */
export function isPlainFile(path: string): boolean | null {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("look at", path, error);
  }
}

/** Tells whether a file is there that anybody may execute; symlinks are followed. */
export function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch {
    return false;
  }
}

/** What stands at a path, seen as someone who wants to read a file there. */
export type Found =
  | "nothing"
  | "file"
  | "a directory"
  | "a dangling symlink"
  | "a file that cannot be read"
  | "something that is no file";

/**
 * Tells what stands at a path; follows symlinks, and tells dangling ones from nothing.
 *
 * @throws {UserError} where the directory above cannot be looked into, or is none.
 */
export function kindAt(path: string): Found {
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "nothing";
    throw cannot("look at", path, error);
  }
  try {
    const { isDirectory, isFile } = Deno.statSync(path);
    if (isDirectory) return "a directory";
    if (!isFile) return "something that is no file";
    Deno.openSync(path, { read: true }).close();
    return "file";
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? "a dangling symlink"
      : "a file that cannot be read";
  }
}

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
    if (isSymlink(path)) throw obstructing(doing, path, "a dangling symlink", "file");
    return null;
  }
  if (!found.isFile) throw obstructing(doing, path, kindOf(found), "file");
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
  if (isDirectory) return "a directory";
  if (isFifo) return "a FIFO";
  return isSocket ? "a socket" : "a device";
}

/** Who may do what with a file or directory. */
export interface FileAccess {
  /** Permission bits, such as 0o700. */
  mode: number;
  /** Whether it belongs to the user that looop runs as. */
  own: boolean;
}

/** Looks up who may do what with what stands at a path, symlinks followed; `null` where nothing does. */
export async function fileAccess(path: string): Promise<FileAccess | null> {
  try {
    const { mode, uid } = await Deno.stat(path);
    return { mode: (mode ?? 0) & 0o777, own: uid === null || uid === Deno.uid() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("look at", path, error);
  }
}

/** The absolute path behind all symlinks; `null` where it leads nowhere. */
export async function realPath(path: string): Promise<string | null> {
  try {
    return await Deno.realPath(path);
  } catch {
    return null;
  }
}
