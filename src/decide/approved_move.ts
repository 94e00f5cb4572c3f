import { checkApproval } from "../humans/check_approval.ts";
import { type Ask, isYes } from "../model/ask.ts";
import type { Decision } from "../model/decision.ts";
import type { Profile } from "../profile/profile.ts";

/**
 * The approved move that waits to be made, the first one that got its yes; `null` when there is none. A yes that
 * counts for nothing is told to the person.
 */
export async function approvedMove(profile: Profile, asks: Ask[]): Promise<Decision | null> {
  const yeses = [];
  for (const ask of asks) {
    const { id, approval, answer } = ask;
    if (!approval || !answer || !isYes(answer)) continue;
    const wrong = await checkApproval(profile, ask);
    if (wrong === null) yeses.push({ id, move: approval.move, at: answer.at });
    else profile.warn(`the yes to ${id} counts for nothing: ${wrong}`);
  }
  const [first] = yeses.sort((a, b) => (a.at < b.at ? -1 : 1));
  return first ? { by: "approval", source: first.id, move: first.move } : null;
}
