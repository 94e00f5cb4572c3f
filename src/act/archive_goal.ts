import { join } from "@std/path";
import { readBytes } from "../host/read_bytes.ts";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile, syncFolder } from "../host/replace_file.ts";
import { whatIsAt } from "../host/what_is_at.ts";
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
  if (whatIsAt(join(paths.dataDir, path)) === "nothing") {
    // Either it was moved before a crash, or somebody else took it away: both leave nothing to do.
    const archived = await findPlace(paths.dataDir, id, digests[path] ?? null);
    return { status: "made", summary: `${path} is not there any more`, paths: [path, archived] };
  }
  const bytes = readBytes(join(paths.dataDir, path));
  const digest = await sha256Hex(bytes);
  if (digest !== (digests[path] ?? null)) return changedMeanwhile(path, digest);
  const archived = await findPlace(paths.dataDir, id, digest);
  await replaceFile(join(paths.dataDir, archived), bytes);
  await removeFile(join(paths.dataDir, path));
  await syncFolder(paths.goals);
  return { status: "made", summary: `moved ${path} to ${archived}`, paths: [path, archived] };
}

function placeOf(id: string, number: number): string {
  return `goals/archive/${id}${number === 1 ? "" : `-${number}`}.md`;
}

/** The first free place, or the one that holds these very bytes: they were copied before a crash. */
async function findPlace(dataDir: string, id: string, digest: string | null): Promise<string> {
  for (let number = 1; number <= MAX_NAMESAKES; number++) {
    const place = placeOf(id, number);
    const path = join(dataDir, place);
    const found = whatIsAt(path);
    if (found === "nothing") return place;
    if (found === "file" && await sha256Hex(readBytes(path)) === digest) return place;
  }
  throw new Error(`goals/archive holds ${MAX_NAMESAKES} goals named ${id} already`);
}
