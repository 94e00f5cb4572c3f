import { maskChangedAsks } from "./humans/mask_changed_asks.ts";
import { messageOf } from "./model/user_error.ts";
import { commitEdits } from "./profile/git_memory.ts";
import { hasMemory } from "./profile/has_memory.ts";
import type { Profile } from "./profile/profile.ts";

/** What the loop itself commits with its moves. */
const OF_THE_LOOP = ["state.json", "cost.jsonl"];

/**
 * Commits what people and workers changed, on its own: it is theirs, and no move's. What git cannot take now, the
 * commit before the next move will. The caller holds the move lock.
 */
export async function commitPeople(profile: Profile, message?: string): Promise<void> {
  try {
    if (!hasMemory(profile)) return;
    const kept = await maskChangedAsks(profile);
    await commitEdits(profile, [...OF_THE_LOOP, ...kept], message);
  } catch (error) {
    profile.warn(messageOf(error));
  }
}
