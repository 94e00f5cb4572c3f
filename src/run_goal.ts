import { findGoal } from "./find_goal.ts";
import { sha256Hex } from "./model/sha256.ts";
import type { TickResult } from "./model/tick_result.ts";
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
  const { bytes } = findGoal(profile, id);
  const only = parseGoal(id, new TextDecoder().decode(bytes), await sha256Hex(bytes));
  return await tick(profile, { ...input, only });
}
