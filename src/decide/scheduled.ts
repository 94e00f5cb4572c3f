import type { Decision } from "../schema/decision.ts";
import type { Fired } from "../schema/failing.ts";
import { type DueSlot, firedKey, isForDecider } from "../schema/schedule.ts";

/** Why a slot is handled without its move or a decision. */
export type Skipped =
  /** What its move, or the rule that reads it, would do is done. */
  | "holds"
  /** No rule reads it, and there is no LLM. */
  | "unread";

/** A slot's own move, or a `noop` with the reason why it is skipped. */
export function scheduledDecision(slot: DueSlot, skipped?: Skipped): Decision {
  const { name, local, do: move } = slot;
  const source = firedKey(name);
  if (move && !slot.skip && skipped === undefined) return { by: "schedule", source, move };
  const reason = slot.skip
    ? "it is over 15 minutes late"
    : skipped === "holds"
    ? "its effect holds already"
    : "no rule reads it, and there is no LLM";
  const journal = `schedule ${name}: skipped ${local}: ${reason}`;
  // Other slots or changes may wait.
  return {
    by: "schedule",
    source,
    move: { action: "noop", journal, reason, more: false, next_interval_s: 1 },
  };
}

/** Keeps what is remembered of the failed moves of slots that are still due. */
export function keepOfSlots(due: DueSlot[], fired: Fired): Fired {
  const kept: Fired = {};
  for (const slot of due) {
    const key = firedKey(slot.name);
    const known = Object.hasOwn(fired, key) ? fired[key] : undefined;
    const isOfSlot = typeof known === "object" && known.digest === slot.slot;
    if (!isForDecider(slot) && isOfSlot) kept[key] = known;
  }
  return kept;
}
