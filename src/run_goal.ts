import { join } from "@std/path";
import { listFolder } from "./host/list_folder.ts";
import { readTextIfThere } from "./host/read_text.ts";
import type { Goal } from "./model/goal.ts";
import { isId } from "./model/id.ts";
import { sha256Hex } from "./model/sha256.ts";
import type { TickResult } from "./model/tick_result.ts";
import { UserError } from "./model/user_error.ts";
import { ensureProfile } from "./profile/ensure_profile.ts";
import { parseGoal } from "./profile/parse_goal.ts";
import type { Profile } from "./profile/profile.ts";
import { tick } from "./tick.ts";
import type { TickOnceInput } from "./tick_once.ts";

/**
 * Decides and makes one move for one goal, whether or not anything changed; the goal may be an archived one.
 * It works beside a running pulse: whichever makes a move first, the other waits for it.
 *
 * @throws {UserError} listing the goals, where there is none of this id.
 */
export async function runGoal(
  profile: Profile,
  id: string,
  input: Omit<TickOnceInput, "only"> = {},
): Promise<TickResult> {
  const { seeded } = await ensureProfile(profile);
  if (seeded.length > 0) await input.onSeeded?.(seeded);
  return await tick(profile, { ...input, only: await findGoal(profile, id) });
}

async function findGoal({ paths }: Profile, id: string): Promise<Goal> {
  for (const folder of isId(id) ? [paths.goals, paths.goalsArchive] : []) {
    const text = await readTextIfThere(join(folder, `${id}.md`));
    if (text !== null) return parseGoal(id, text, await sha256Hex(text));
  }
  const ids = async (folder: string) =>
    (await listFolder(folder)).filter(({ name }) => name.endsWith(".md")).map(({ name }) =>
      name.slice(0, -3)
    );
  const open = (await ids(paths.goals)).join(", ") || "none";
  const archived = (await ids(paths.goalsArchive)).join(", ") || "none";
  throw new UserError(`there is no goal ${id}\n  goals: ${open}\n  archived: ${archived}`);
}
