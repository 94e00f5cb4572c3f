import { basename, extname, join } from "@std/path";
import { ensureDir, listDir, movePath, removeStaleTemporaries } from "../os/dirs.ts";
import { stat } from "../os/stat.ts";
import { messageOf } from "../schema/errors.ts";
import { dirsOf } from "./paths.ts";
import type { Profile } from "./profile.ts";

/**
 * A file of lines that has more bytes is put away. Each move commits journal and ledger, and git packs all of a file that
 * has one line more: 128 KiB take it 3 ms, the 3 MB of a busy year 40.
 */
export const MAX_LINES_BYTES = 131_072;

/**
 * Puts the journal or the ledger away where it has grown long: in one step it becomes a file of the archive, named by the
 * time, and the next line begins a new one. Whoever is just appending a line appends it to the one or the other.
 *
 * @returns the path that the lines have now; `null` where they stay.
 */
export async function rotateLines(
  { paths, clock }: Profile,
  path: string,
): Promise<string | null> {
  // A link is a person's own; what is behind it is not looop's to move.
  const found = stat(path);
  if (!found?.isFile || found.size <= MAX_LINES_BYTES) return null;
  const [stem, extension] = partsOf(path);
  const to = join(paths.archive, `${stem}-${stampOf(clock.now())}${extension}`);
  ensureDir(paths.archive);
  // The clock went back: the next move comes at another time.
  if (stat(to) !== null) return null;
  await movePath(path, to);
  return to;
}

/** The files into which {@linkcode rotateLines} has put the lines of a path, newest first. */
export function archivedLines({ archive }: Profile["paths"], path: string): string[] {
  const [stem, extension] = partsOf(path);
  return listDir(archive)
    .filter(({ name, isFile }) => isFile && name.startsWith(`${stem}-`) && name.endsWith(extension))
    .map(({ name }) => join(archive, name)).reverse();
}

/** A time as names of what was put away have it: they sort by it, and hold no colon. */
export function stampOf(time: Date): string {
  return time.toISOString().replaceAll(":", "");
}

function partsOf(path: string): [stem: string, extension: string] {
  const extension = extname(path);
  return [basename(path, extension), extension];
}

/**
 * Removes what crashes left half-written. Never throws: nothing reads such files. Not for every tick: to list all
 * directories takes longer than an idle one may.
 */
export async function tidy({ paths, clock, warn }: Profile): Promise<void> {
  try {
    for (const dir of dirsOf(paths)) await removeStaleTemporaries(dir, clock.now());
  } catch (error) {
    warn(`temporary files of crashes are left: ${messageOf(error)}`);
  }
}
