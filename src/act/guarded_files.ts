import { dirname, join } from "@std/path";
import { readBytes } from "../host/read_bytes.ts";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile, syncFolder } from "../host/replace_file.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import type { Intent } from "../model/intent.ts";
import type { Outcome } from "../model/outcome.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { Profile } from "../profile/profile.ts";

/**
 * Writes a file of the data directory, unless somebody changed it since the decider saw it: then theirs
 * stays. A file that has the content already is written: the move may be repeated after a crash.
 *
 * @param path relative to the data directory
 */
export async function writeGuarded(
  { paths }: Profile,
  path: string,
  content: string,
  digests: Intent["digests"],
  mode = 0o600,
): Promise<Outcome> {
  const target = join(paths.dataDir, path);
  const found = await digestOf(target);
  if (found !== await sha256Hex(content)) {
    if (found !== (digests[path] ?? null)) return changedMeanwhile(path, found);
    await replaceFile(target, content, { mode });
  }
  return { status: "made", summary: `wrote ${path}`, paths: [path] };
}

/** Removes a file of the data directory, unless somebody changed it since the decider saw it. */
export async function removeGuarded(
  { paths }: Profile,
  path: string,
  digests: Intent["digests"],
): Promise<Outcome> {
  const target = join(paths.dataDir, path);
  const found = await digestOf(target);
  if (found !== null) {
    if (found !== (digests[path] ?? null)) return changedMeanwhile(path, found);
    await removeFile(target);
    await syncFolder(dirname(target));
  }
  return { status: "made", summary: `removed ${path}`, paths: [path] };
}

/** SHA-256 of a file's bytes; `null` when there is none. */
export async function digestOf(path: string): Promise<string | null> {
  return whatIsAt(path) === "nothing" ? null : await sha256Hex(readBytes(path));
}

/** The outcome of a move that would overwrite what somebody else wrote. */
export function changedMeanwhile(path: string, found: string | null): Outcome {
  const what = found === null ? "is gone" : "was changed";
  return {
    status: "failed",
    summary: `${path} ${what} since this was decided: it was left alone`,
    paths: [],
  };
}
