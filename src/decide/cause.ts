import { compileRule } from "../cel/compile.ts";
import { type RuleInput, ruleValues } from "../cel/variables.ts";
import { isSameQuestion } from "../inbox/asks.ts";
import { maskMove } from "../inbox/exact_move.ts";
import type { Mask } from "../mask/mask.ts";
import type { Ask } from "../schema/ask.ts";
import { canonicalJson } from "../schema/json.ts";
import { effectOf, type Move } from "../schema/move.ts";
import { readsAny } from "../schema/world.ts";

/** Whether the cause of what a rule asked still holds; `null` if this is not known now, such as while a sensor fails. */
export interface Cause {
  holds: boolean | null;
  /** Why it does not, if not because `when` is false. */
  why?: string;
  /** What `when` reads, as `readsOf` names it. */
  reads: string[];
}

/**
 * Checks whether the rule that made an ask still matches, and still makes the same move.
 *
 * @param mask the mask of the profile
 */
export async function causeOf(ask: Ask, input: RuleInput, mask: Mask): Promise<Cause> {
  const unknown: Cause = { holds: null, reads: [] };
  const gone = (why: string): Cause => ({ holds: false, why, reads: [] });
  const [id, name] = (ask.rule ?? "").split(/\/(.*)/s);
  const goal = input.goals.find((goal) => goal.id === id);
  if (!goal) return gone(`goal ${id} is gone`);
  // The user may be in the middle of an edit.
  if (goal.error !== undefined) return unknown;
  const rule = goal.rules.find((rule) => rule.name === name);
  if (!rule) return gone(`rule ${ask.rule} is gone`);
  if (!isSameRequest(ask, rule.do, mask)) return gone(`rule ${ask.rule} was changed`);
  const compiled = await compileRule(goal, rule);
  if (!compiled.ok) return unknown;
  const { reads } = compiled.expression;
  const evaluation = compiled.expression.evaluate(ruleValues(input));
  if (!evaluation.ok) return unknown;
  // A sensor that fails now says nothing about what it watches, unless the rule is about failures.
  const isBlind = !rule.when.includes("failing") && readsAny(reads, failingSensors(input));
  return { holds: isBlind && !evaluation.value ? null : evaluation.value, reads };
}

function failingSensors({ wakes }: RuleInput): ReadonlySet<string> {
  const failing = canonicalJson({ failing: true });
  return new Set(
    Object.keys(wakes).filter((key) =>
      key.startsWith("sensor:") && canonicalJson(wakes[key]) === failing
    ),
  );
}

/** An ask is masked where the rule holds a secret. */
function isSameRequest({ approval, question }: Ask, move: Move, mask: Mask): boolean {
  if (approval) return effectOf(maskMove(mask, approval.move)) === effectOf(maskMove(mask, move));
  return move.action === "ask" && isSameQuestion(mask(question), mask(move.question));
}

/**
 * Reports whether an open approval requests a move already, which no file in it could make another one.
 *
 * @param mask the mask of the profile: an ask has its move masked
 */
export function isRequested(move: Move, asks: Ask[], mask: Mask): boolean {
  const effect = effectOf(maskMove(mask, move));
  return asks.some(({ approval, answer }) =>
    approval && !answer && Object.keys(approval.digests).length === 0 &&
    effectOf(maskMove(mask, approval.move)) === effect
  );
}
