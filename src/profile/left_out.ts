import { join } from "@std/path";
import * as z from "zod/mini";
import { isPresent, stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { canonicalJson } from "../schema/json.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";

/** What the history has not, by its path relative to the data directory: a line that says why. */
export type LeftOut = Map<string, string>;

const leftOutSchema = z.record(z.string(), z.string());

/** Reads what was left out of the last commits. */
export async function readLeftOut({ paths }: Profile): Promise<LeftOut> {
  const saved = await parseFile(paths.leftOut, leftOutSchema, "").catch(() => null);
  return new Map(Object.entries(saved ?? {}));
}

/** Notes that a path is not committed. */
export function leaveOut(left: LeftOut, path: string, why: string): void {
  const shown = JSON.stringify(path).slice(1, -1);
  left.set(path, `${shown} is not committed: ${why.trim().replace(/\s*\n\s*/g, "; ")}`);
}

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
  for (const [path, why] of left) {
    now.set(path, mask(why));
    if (before.get(path) !== mask(why)) profile.warn(why);
  }
  const text = canonicalJson(Object.fromEntries(now)) + "\n";
  if (text === canonicalJson(Object.fromEntries(before)) + "\n") return;
  // Otherwise the next commit reports it again.
  await replaceFile(paths.leftOut, text, { durable: false }).catch(() => undefined);
}
