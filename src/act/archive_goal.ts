import { join } from "@std/path";
import { readTextIfThere } from "../host/read_text.ts";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile } from "../host/replace_file.ts";
import type { Intent } from "../model/intent.ts";
import type { Outcome } from "../model/outcome.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { Profile } from "../profile/profile.ts";
import { changedMeanwhile } from "./guarded_files.ts";

/** How many archived goals can share an id: `fix-ci.md`, `fix-ci-2.md`, … */
const MAX_NAMESAKES = 1000;

/**
 * Moves a goal to `goals/archive/`, unless somebody changed it since the decider saw it. An older goal of the
 * same id that lies there already is kept: the new one gets the next free number.
 */
export async function archiveGoal(
  { paths }: Profile,
  id: string,
  digests: Intent["digests"],
): Promise<Outcome> {
  const path = `goals/${id}.md`;
  const text = await readTextIfThere(join(paths.dataDir, path));
  if (text === null) {
    // Either it was moved before a crash, or somebody else took it away: both leave nothing to do.
    return {
      status: "made",
      summary: `${path} is not there any more`,
      paths: [path, await archivePath(id, "")],
    };
  }
  const digest = await sha256Hex(text);
  if (digest !== (digests[path] ?? null)) return changedMeanwhile(path, digest);
  const archived = await archivePath(id, text);
  await replaceFile(join(paths.dataDir, archived), text);
  await removeFile(join(paths.dataDir, path));
  return { status: "made", summary: `moved ${path} to ${archived}`, paths: [path, archived] };

  /** The first free place, or the one that holds this very text: it was copied before a crash. */
  async function archivePath(id: string, text: string): Promise<string> {
    for (let number = 1; number < MAX_NAMESAKES; number++) {
      const place = `goals/archive/${id}${number === 1 ? "" : `-${number}`}.md`;
      const there = await readTextIfThere(join(paths.dataDir, place));
      if (there === null || there === text || text === "") return place;
    }
    throw new Error(`goals/archive holds ${MAX_NAMESAKES} goals named ${id} already`);
  }
}
