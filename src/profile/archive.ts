import { basename, extname, join } from "@std/path";
import { ensureDir, listDir, movePath, removeStaleTemporaries } from "../os/dirs.ts";
import { fileSize } from "../os/read.ts";
import { isPresent, stat } from "../os/stat.ts";
import { messageOf } from "../schema/errors.ts";
import { dirsOf } from "./paths.ts";
import type { Profile } from "./profile.ts";

/**
 * A file of lines with more bytes is rotated. Each move commits journal and ledger, and git packs a whole file again for
 * one more line: that takes 3 ms for 128 KiB, 40 ms for the 3 MB of a busy year.
 */
export const MAX_LINES_BYTES = 131_072;

/**
 * Rotates the journal or the ledger if it is too long: in one step the file moves to the archive, named by the time, and
 * the next line begins a new one. A concurrent writer appends to the one or the other.
 *
 * @returns the new path of the lines; `null` if they were not moved.
 */
export async function rotateLines(
  { paths, clock }: Profile,
  path: string,
): Promise<string | null> {
  // A link is the user's own; its target is not looop's to move.
  if (!stat(path)?.isFile || fileSize(path) <= MAX_LINES_BYTES) return null;
  const extension = extname(path);
  const to = join(
    paths.archive,
    `${basename(path, extension)}-${stampOf(clock.now())}${extension}`,
  );
  ensureDir(paths.archive);
  // The clock was set back: the next move rotates.
  if (isPresent(to)) return null;
  await movePath(path, to);
  return to;
}

/** The files into which {@linkcode rotateLines} moved the lines of a path, newest first. */
export function archivedLines({ archive }: Profile["paths"], path: string): string[] {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  return listDir(archive)
    .filter(({ name, isFile }) => isFile && name.startsWith(prefix) && name.endsWith(extension))
    .map(({ name }) => join(archive, name)).reverse();
}

/** A time as archived files are named by it: sortable, without colons. */
export function stampOf(time: Date): string {
  return time.toISOString().replaceAll(":", "");
}

/**
 * Removes half-written files of crashes. Never throws: nothing reads them. Not called on each tick: listing all
 * directories takes longer than an idle tick may.
 */
export async function tidy({ paths, clock, warn }: Profile): Promise<void> {
  try {
    for (const dir of dirsOf(paths)) await removeStaleTemporaries(dir, clock.now());
  } catch (error) {
    warn(`cannot remove temporary files of crashes: ${messageOf(error)}`);
  }
}
