import { join } from "@std/path";
import * as z from "zod/mini";
import { isPresent, stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { canonicalJson } from "../schema/json.ts";
import { quoteWord } from "../schema/text.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";
import type { Indexed } from "./staging.ts";

/** What the history has not, by its path relative to the data directory: a line that says why. */
export type LeftOut = Map<string, string>;

const leftOutSchema = z.record(z.string(), z.string());

/** Reads what was left out of the last commits. */
export async function readLeftOut({ paths }: Profile): Promise<LeftOut> {
  const saved = await parseFile(paths.leftOut, leftOutSchema, "").catch(() => null);
  return new Map(Object.entries(saved ?? {}));
}

/** Describes a directory of the profile whose files git does not take. */
export function behindLink(dir: string): string {
  return `${dir}/ is a symlink: git keeps no history of what is behind it`;
}

/** Describes a file whose changes git is told to skip; `null`: it is not, or is not there. */
export function whySkipped(
  { paths: { dataDir } }: Profile,
  { path, skipped }: Indexed,
): string | null {
  if (!skipped || !isPresent(join(dataDir, path))) return null;
  return `git is told to skip changes of ${path}, which are not committed; run ` +
    `git -C ${dataDir} update-index --no-skip-worktree --no-assume-unchanged ${path}`;
}

/** Notes that a path is not committed. */
export function leaveOut(left: LeftOut, path: string, why: string): void {
  const shown = quoteWord(JSON.stringify(path).slice(1, -1));
  left.set(path, `${shown} is not committed: ${why.trim().replace(/\s*\n\s*/g, "; ")}`);
}

/** So many new ones are told singly: a worker can make thousands in `reports/`. */
const MAX_TOLD = 20;

/**
 * Warns of what was left out of a commit, unless an earlier commit did so for the same reason. `looop doctor` lists all of
 * it.
 *
 * @param isAll whether the commit was one of everything, so that what it did not leave out is committed or gone
 */
export async function reportLeftOut(
  profile: Profile,
  left: LeftOut,
  isAll: boolean,
): Promise<void> {
  const { paths, mask } = profile;
  const before = await readLeftOut(profile);
  // git lists nothing behind a symlink.
  const isStill = (path: string) =>
    isAll ? stat(join(paths.dataDir, path))?.isSymlink : isPresent(join(paths.dataDir, path));
  const kept = [...before].filter(([path]) => left.has(path) || isStill(path));
  const now = new Map(kept);
  for (const [path, why] of left) now.set(path, mask(why));
  const fresh = [...left].filter(([path, why]) => before.get(path) !== mask(why));
  for (const [, why] of fresh.slice(0, MAX_TOLD)) profile.warn(why);
  const more = fresh.length - MAX_TOLD;
  if (more > 0) profile.warn(`${more} more are not committed; looop doctor lists them`);
  const text = canonicalJson(Object.fromEntries(now)) + "\n";
  if (text === canonicalJson(Object.fromEntries(before)) + "\n") return;
  // Otherwise the next commit reports it again.
  await replaceFile(paths.leftOut, text, { durable: false }).catch(() => undefined);
}
