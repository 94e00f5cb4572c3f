import { join } from "@std/path";
import { archiveGoal, replaceOrRemove } from "../act/files.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { makeEdit } from "./edit.ts";
import { findGoal } from "./goals.ts";
import { findSchedule } from "./schedules.ts";

/**
 * Moves a goal to `goals/archive/` with {@linkcode makeEdit}.
 *
 * @param options `note`: the user's reason, for journal and history
 * @returns the goal's old and new path.
 * @throws {UserError} if the goal does not exist, or is archived already.
 */
export async function archiveGoalFile(
  profile: Profile,
  id: string,
  { note, signal }: { note?: string; signal?: AbortSignal } = {},
): Promise<string> {
  let moved = "";
  await makeEdit(profile, async () => {
    const { path, bytes, archived } = findGoal(profile, id);
    if (archived) throw new UserError(`cannot archive ${id}: it is archived already, as ${path}`);
    const digests = { [path]: await sha256Hex(bytes) };
    const what = `archived ${path}`;
    return {
      ...{ what, note },
      event: { event: "edit", path, what },
      async write() {
        const { status, summary, paths } = await archiveGoal(profile, id, digests);
        if (status === "failed") throw new UserError(summary);
        moved = paths.join(", now ");
      },
    };
  }, signal);
  return moved;
}

/**
 * Removes a schedule with {@linkcode makeEdit}, which commits its last version first.
 *
 * @param options `note`: the user's reason, for journal and history
 * @returns its path, relative to the data directory.
 * @throws {UserError} if there is none of this name.
 */
export async function removeSchedule(
  profile: Profile,
  name: string,
  { note, signal }: { note?: string; signal?: AbortSignal } = {},
): Promise<string> {
  const edit = await makeEdit(profile, () => {
    const { path } = findSchedule(profile, name);
    const what = `removed ${path}`;
    return Promise.resolve({
      ...{ what, note, path, event: { event: "edit", path, what } },
      write: () => replaceOrRemove(join(profile.paths.dataDir, path), null),
    });
  }, signal);
  return edit!.path;
}
