import { type Answer, type Ask, isYes } from "../model/ask.ts";
import type { Hold } from "../model/budget.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { Profile } from "../profile/profile.ts";
import { findAsk } from "./ask_files.ts";

/** What a person can say to a hold; whatever else they say keeps it, too. */
export const HOLD_OPTIONS = ["lift it for today", "keep it"];

/** Tells whether an answer lifts a hold. */
export function saysLift(answer: Answer): boolean {
  return isYes(answer) || /^\s*lift\b/i.test(answer.text);
}

/**
 * Finds the ask about a budget on one day that counts: the open or the answered one. Its id follows from both, so
 * that it is found again after a crash, and whatever else has been held since.
 *
 * @returns the ask, or `null` with the id that the next one is to have: those before it were closed unanswered.
 */
export async function findHoldAsk(
  profile: Profile,
  { budget, day }: Pick<Hold, "budget" | "day">,
): Promise<{ id: string; ask: Ask | null }> {
  for (let n = 1;; n++) {
    const id = (await sha256Hex(`hold ${budget} ${day} ${n}`)).slice(0, 6);
    const ask = await findAsk(profile, id);
    if (!ask) return { id, ask };
    const same = ask.hold?.budget === budget && ask.hold.day === day;
    if (same && (ask.answer || ask.closed_by === undefined)) return { id, ask };
  }
}
