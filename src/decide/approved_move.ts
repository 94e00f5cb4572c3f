import { type Ask, isYes } from "../model/ask.ts";
import { canonicalJson } from "../model/canonical.ts";
import type { Decision } from "../model/decision.ts";
import { sha256Hex } from "../model/sha256.ts";

/**
 * The approved move that waits to be made, the first one that got its yes; `null` when there is none. A yes
 * to a move that was another when the person was asked counts for nothing.
 */
export async function approvedMove(asks: Ask[]): Promise<Decision | null> {
  const yeses = [];
  for (const { id, approval, answer } of asks) {
    if (!approval || !answer || !isYes(answer) || answer.at > approval.expires_at) continue;
    const { move, move_sha256 } = approval;
    if (await sha256Hex(canonicalJson(move)) === move_sha256) {
      yeses.push({ id, move, at: answer.at });
    }
  }
  const [first] = yeses.sort((a, b) => (a.at < b.at ? -1 : 1));
  return first ? { by: "approval", source: first.id, move: first.move } : null;
}
