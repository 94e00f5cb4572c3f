import { compileExpression } from "../cel/compile.ts";
import { GOAL_VARIABLES, type RuleInput, ruleValues } from "../cel/variables.ts";
import { canonicalJson, type Json, type JsonObject, sha256Hex } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import type { Goal, Rule, World } from "../schema/world.ts";

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

/**
 * Digests a rule together with the values that it reads: as long as it is the same, the rule has nothing new
 * to say. The clock is left out, or a rule that reads it would fire on every tick. `changed` and `tainted`
 * count as the new values of what changed: so a rule on them fires once for each change.
 *
 * @param reads as `readsOf` names them
 * @returns SHA-256, hex
 */
export function readDigest(rule: Rule, reads: string[], input: RuleInput): Promise<string> {
  const values: JsonObject = {};
  for (const read of reads) {
    for (const [key, value] of valuesOf(read, input)) values[key] = value;
  }
  // The rule is part of it: once edited, it is another rule.
  return sha256Hex(canonicalJson([rule.when, rule.do, values]));
}

function valuesOf(
  read: string,
  { goals, wakes, changed, tainted, runner, workers }: RuleInput,
): [string, Json][] {
  // A list of one or none tells an absent value from null.
  const wake = (key: string): Json => Object.hasOwn(wakes, key) ? [wakes[key]] : [];
  switch (read) {
    case "now":
      return [];
    case "runner":
      return [["runner", runner]];
    case "changed":
    case "tainted":
      return [
        ["tainted", tainted],
        ...changed.map((key): [string, Json] => [`changed:${key}`, wake(key)]),
      ];
    case "sensor:*":
      return Object.keys(wakes).filter((key) => key.startsWith("sensor:")).map((key) => [
        key,
        wake(key),
      ]);
    case "goal:*":
      return goals.map(({ id, priority, goal }) => [`goal:${id}`, { priority, goal }]);
  }
  if (read.startsWith("goal:")) {
    const goal = goals.find(({ id }) => `goal:${id}` === read);
    return [[read, goal ? { priority: goal.priority, goal: goal.goal } : null]];
  }
  if (read.startsWith("worker:")) {
    const seen = workers.filter(({ id }) => read === "worker:*" || read === `worker:${id}`);
    return seen.map(({ id, state, generation, exit_code }) => [
      `worker:${id}`,
      { state, generation, exit_code },
    ]);
  }
  return [[read, wake(read)]];
}

/**
 * Tells whether what a move would bring about is there already, so that making it would change nothing: the
 * same text in place, the same question open, the thing to remove gone. Never so for `run` and `noop`.
 */
export async function effectHolds(move: Move, world: World): Promise<boolean> {
  switch (move.action) {
    case "noop":
    case "run":
      return false;
    case "write_goal":
      return world.goals.some(({ id, text }) => id === move.id && text === move.body);
    case "archive_goal":
      return !world.goals.some(({ id }) => id === move.id);
    case "write_sensor": {
      const digest = await sha256Hex(move.script);
      return world.readings.some(({ file, script }) => file === move.name && script === digest);
    }
    case "remove_sensor":
      return !world.readings.some(({ file }) => file === move.name);
    case "write_playbook":
      return world.playbook.text === move.body;
    case "start_worker":
      return world.workers.some(({ id, alive }) => id === move.id && alive);
    case "stop_worker":
      return !world.workers.some(({ id, alive }) => id === move.id && alive);
    case "ask":
      return world.asks.some(({ kind, question, answer }) =>
        kind === "question" && question === move.question && answer === undefined
      );
  }
}

/**
 * Checks all of a goal that can be checked without a world: its front matter and the expressions of its rules.
 *
 * @returns what is wrong, one line each, or `null`
 */
export async function checkGoal(goal: Goal): Promise<string | null> {
  if (goal.error !== undefined) return goal.error;
  if (goal.rules.length === 0) return null;
  const problems: string[] = [];
  for (const { name, when } of goal.rules) {
    const compiled = await compileExpression(when, GOAL_VARIABLES);
    if (!compiled.ok) {
      problems.push(`goals/${goal.id}.md: rule ${name}: when: ${compiled.error}: ${when}`);
    }
  }
  return problems.length === 0 ? null : problems.join("\n");
}
