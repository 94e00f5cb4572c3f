import { type Ask, isYes } from "../model/ask.ts";
import type { Decision } from "../model/decision.ts";

/** The approved move that waits to be made, the first one that got its yes; `null` when there is none. */
export function approvedMove(asks: Ask[]): Decision | null {
  const yeses = asks.flatMap(({ id, approval, answer }) => {
    if (!approval || !answer || !isYes(answer) || answer.at > approval.expires_at) return [];
    return [{ id, move: approval.move, at: answer.at }];
  }).sort((a, b) => (a.at < b.at ? -1 : 1));
  return yeses.length === 0 ? null : { by: "approval", source: yeses[0].id, move: yeses[0].move };
}
