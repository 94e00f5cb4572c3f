import { cannot } from "./cannot.ts";

/** What stands at a path, seen as someone who wants to read a file there. */
export type Found =
  | "nothing"
  | "file"
  | "a folder"
  | "a dangling symlink"
  | "a file that cannot be read"
  | "something that is no file";

/**
 * Tells what stands at a path; follows symlinks, and tells dangling ones from nothing.
 *
 * @throws {UserError} where the folder above cannot be looked into, or is none.
 */
export function whatIsAt(path: string): Found {
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "nothing";
    throw cannot("look at", path, error);
  }
  try {
    const { isDirectory, isFile } = Deno.statSync(path);
    if (isDirectory) return "a folder";
    if (!isFile) return "something that is no file";
    Deno.openSync(path, { read: true }).close();
    return "file";
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? "a dangling symlink"
      : "a file that cannot be read";
  }
}
