import { archiveGoal } from "./act/archive_goal.ts";
import { findGoal } from "./find_goal.ts";
import { makeEdit } from "./make_edit.ts";
import { sha256Hex } from "./model/sha256.ts";
import { UserError } from "./model/user_error.ts";
import type { Profile } from "./profile/profile.ts";

/**
 * Moves a goal to `goals/archive/` for the person, as {@linkcode makeEdit} does.
 *
 * @returns the goal's path, and where it lies now.
 * @throws {UserError} where there is no such goal, or it lies there already.
 */
export async function archiveByHand(
  profile: Profile,
  id: string,
  signal?: AbortSignal,
): Promise<string> {
  let told = "";
  await makeEdit(profile, async () => {
    const { path, bytes, archived } = findGoal(profile, id);
    if (archived) throw new UserError(`goal ${id} is archived already: ${path}`);
    const digests = { [path]: await sha256Hex(bytes) };
    const what = `archived ${path}`;
    return {
      what,
      event: { event: "edit", path, what },
      async write() {
        const { status, summary, paths } = await archiveGoal(profile, id, digests);
        if (status === "failed") throw new UserError(summary);
        told = paths.join(", now ");
      },
    };
  }, signal);
  return told;
}
