import { type RuleInput, ruleValues } from "../expr/rule_values.ts";
import type { Goal, Rule } from "../model/goal.ts";
import type { Move } from "../model/move.ts";
import { readDigest } from "./read_digest.ts";

/** A rule that fired. */
export interface FiredRule {
  goal: string;
  rule: string;
  move: Move;
  /** Strangers could have written its goal, or what it reads. */
  untrusted: boolean;
}

/** What the goals' rules say to one world. */
export interface RuleResult {
  /** The first rule that fires, or `null`. */
  decision: FiredRule | null;
  /** `<goal>/<rule>` → digest of what the rule read when it last fired: for the next call. */
  fired: Record<string, string>;
  /** Rules that could not be evaluated; they do not match. */
  errors: { goal: string; rule: string; error: string }[];
}

/**
 * Finds the rule that fires: the first that matches, by goal priority, then goal id, then order in the file.
 *
 * A rule fires once for each change of what it reads. One whose effect already holds counts as fired without
 * a move. So a rule that has had its say does not keep the rest from theirs, nor from the runner. A rule
 * that matches but comes after the one that fires stays due; and one that sees other values than when it
 * fired is due again, so a value that goes and comes back fires twice.
 *
 * @param fired what the last call returned; `{}` at first
 * @param untrusted keys of what strangers could have written
 * @param holds tells whether the effect of a move is there already
 */
export async function fireRule(
  { fired: before, holds, untrusted, ...input }: RuleInput & {
    fired: Record<string, string>;
    untrusted: ReadonlySet<string>;
    holds: (move: Move) => boolean | Promise<boolean>;
  },
): Promise<RuleResult> {
  const result: RuleResult = {
    decision: null,
    fired: keepOfBroken(input.goals, before),
    errors: [],
  };
  const rules = inOrder(input.goals);
  // CEL takes 55 ms to load, and most profiles have no rule.
  if (rules.length === 0) return result;
  const { compileExpression } = await import("../expr/compile_expression.ts");
  const { GOAL_VARIABLES } = await import("../expr/variables.ts");
  const values = ruleValues(input);

  for (const { goal, rule } of rules) {
    const report = (error: string) => result.errors.push({ goal: goal.id, rule: rule.name, error });
    const compiled = await compileExpression(rule.when, GOAL_VARIABLES);
    if (!compiled.ok) {
      report(compiled.error);
      continue;
    }
    const key = `${goal.id}/${rule.name}`;
    const digest = await readDigest(rule, compiled.expression.reads, input);
    const evaluation = compiled.expression.evaluate(values);
    if (!evaluation.ok) report(evaluation.error);
    if (before[key] === digest) {
      result.fired[key] = digest;
    } else if (evaluation.ok && evaluation.value && result.decision === null) {
      result.fired[key] = digest;
      if (!await holds(rule.do)) {
        // Its `journal` is no effect that a person said yes to, and what it reads may long be no news.
        const outside = goal.untrusted || readsAny(compiled.expression.reads, untrusted);
        result.decision = {
          goal: goal.id,
          rule: rule.name,
          move: rule.do,
          untrusted: outside,
        };
      }
    }
  }
  return result;
}

/** @param reads as `readsOf` names them */
function readsAny(reads: string[], keys: ReadonlySet<string>): boolean {
  return reads.some((read) =>
    keys.has(read) ||
    (read.endsWith(":*") && [...keys].some((key) => key.startsWith(read.slice(0, -1))))
  );
}

function inOrder(goals: Goal[]): { goal: Goal; rule: Rule }[] {
  return goals
    .toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
    .flatMap((goal) => goal.rules.map((rule) => ({ goal, rule })));
}

/** A person may be half-way through an edit: what a goal's rules had fired on is not forgotten for that. */
function keepOfBroken(goals: Goal[], fired: Record<string, string>): Record<string, string> {
  const broken = new Set(goals.filter((goal) => goal.error !== undefined).map((goal) => goal.id));
  return Object.fromEntries(
    Object.entries(fired).filter(([key]) => broken.has(key.slice(0, key.indexOf("/")))),
  );
}
