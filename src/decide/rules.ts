import { compileMetric, compileRule } from "../cel/compile.ts";
import { isOfAbsentSlot, type RuleInput, ruleValues } from "../cel/variables.ts";
import { isSameQuestion } from "../inbox/asks.ts";
import { goalPitfalls } from "../profile/goal_file.ts";
import { canonicalJson, type Json, type JsonObject, sha256Hex } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import { type Fired, isRetryDue } from "../schema/failing.ts";
import { type Goal, readsAny, type Rule, type World } from "../schema/world.ts";

/** The rule that fires, and its move. */
export interface RuleDecision {
  goal: string;
  rule: string;
  move: Move;
  /** Its goal, or a value that it reads, is untrusted input. */
  untrusted: boolean;
  /** Its `when` describes a state. Otherwise it describes an event: what changed, a due slot, a worker that has ended. */
  lasting: boolean;
  /** It is the goal's `done`: what it reads, as `readsOf` names it. */
  ends?: string[];
}

/** The result of evaluating all rules on one world. */
export interface RuleResult {
  /** The first rule that fires, or `null`. */
  decision: RuleDecision | null;
  /** For the next call. */
  fired: Fired;
  /** Rules that cannot be evaluated; they are ignored. */
  errors: { goal: string; rule: string; error: string }[];
  /**
   * Names of the schedules whose due slots are handled: with a decision, those that its rule reads and no rule that fires
   * later; without one, those that only rules read whose effects hold already.
   */
  slots: string[];
  /** Names of the schedules whose due slots a rule reads that fires later. */
  waiting: string[];
}

/**
 * Finds the rule that fires: the first that matches, by goal priority, then goal id, then order in the file.
 *
 * A rule fires once for each change of the values that it reads. A rule whose effect already holds counts as fired
 * without a move. So a rule that has fired blocks neither the other rules nor the runner. A rule that matches after the
 * one that fires stays due. A rule that reads other values than when it fired is due again, so a value that changes
 * back fires twice. A rule whose move failed is due again by {@linkcode isRetryDue}, as long as it matches on the same
 * values. A goal's `done` fires only while the goal is ending, and a rule that starts a worker for a goal only while that
 * is within its budget.
 *
 * @param fired `fired` of the last result; `{}` at first
 * @param untrusted keys of untrusted input
 * @param holds reports whether the effect of a move already holds
 * @param ending the ids of goals whose `done` has held on two ticks. Default: none
 * @param over the ids of goals that are over their budget. Default: none
 */
export async function fireRule(
  { fired: before, hash, holds, untrusted, ending = [], over = [], ...input }: RuleInput & {
    fired: Fired;
    /** Hash of the world. */
    hash: string;
    untrusted: ReadonlySet<string>;
    holds: (move: Move) => boolean | Promise<boolean>;
    ending?: readonly string[];
    over?: readonly string[];
  },
): Promise<RuleResult> {
  const result: RuleResult = {
    decision: null,
    fired: keepOfBroken(input.goals, before),
    errors: [],
    slots: [],
    waiting: [],
  };
  const due = Object.keys(input.wakes).filter((key) => key.startsWith("schedule:"));
  const handled = new Set<string>();
  const later = new Set<string>();
  const rules = input.goals
    .toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
    .flatMap((goal) => goal.rules.map((rule) => ({ goal, rule })));
  const values = ruleValues(input);

  for (const { goal, rule } of rules) {
    const report = (error: string) => result.errors.push({ goal: goal.id, rule: rule.name, error });
    const compiled = await compileRule(goal, rule);
    if (!compiled.ok) {
      report(compiled.error);
      continue;
    }
    const key = `${goal.id}/${rule.name}`;
    if (rule.do.action === "start_worker" && over.includes(rule.do.goal ?? goal.id)) {
      if (Object.hasOwn(before, key)) result.fired[key] = before[key];
      continue;
    }
    const digest = await readDigest(rule, compiled.expression.reads, input);
    const evaluation = compiled.expression.evaluate(values);
    const { reads } = compiled.expression;
    if (!evaluation.ok && !isOfAbsentSlot(evaluation.error, reads, input)) {
      report(explainError(evaluation.error, reads, values, input.schedules));
    }
    const slots = due.filter((key) => readsAny(reads, new Set([key])));
    const known = before[key];
    const retry = typeof known === "object" && known.digest === digest ? known : null;
    const matches = evaluation.ok && evaluation.value && (!rule.ends || ending.includes(goal.id));
    const waits = retry !== null && !isRetryDue(retry, input.now, hash);
    if (known === digest) {
      result.fired[key] = digest;
    } else if (matches && retry !== null && (waits || result.decision !== null)) {
      result.fired[key] = retry;
    } else if (matches && result.decision === null) {
      result.fired[key] = digest;
      for (const key of slots) handled.add(key);
      if (!await holds(rule.do)) {
        // Also if what it reads has not changed, so that the decision itself is not tainted.
        const isUntrusted = goal.untrusted || readsAny(reads, untrusted);
        const source = { goal: goal.id, rule: rule.name, move: rule.do };
        result.decision = {
          ...{ ...source, untrusted: isUntrusted, lasting: isState(reads, input) },
          ...(rule.ends ? { ends: reads } : {}),
        };
      }
    } else if (matches) {
      for (const key of slots) later.add(key);
    }
  }
  const names = (keys: Iterable<string>) => [...keys].map((key) => key.slice("schedule:".length));
  result.slots = names([...handled].filter((key) => !later.has(key)));
  result.waiting = names(later);
  return result;
}

/**
 * Explains why an expression has no value: CEL names only the missing key.
 *
 * @param reads as `readsOf` names them
 * @param schedules the names of all schedules
 */
export function explainError(
  error: string,
  reads: string[],
  { sensors = {} }: Record<string, unknown>,
  schedules: string[] = [],
): string {
  const key = /^No such key: (\S+)$/.exec(error)?.[1];
  const known = { sensor: Object.keys(sensors as JsonObject), schedule: schedules };
  for (const [kind, names] of Object.entries(known)) {
    if (key === undefined || names.includes(key) || !reads.includes(`${kind}:${key}`)) continue;
    return `there is no ${kind} \`${key}\` (there are ${names.join(", ") || "none"})`;
  }
  return error;
}

/**
 * Reports whether an expression describes a state. What changed and a slot that is due are true for one decision only, and
 * a worker that has ended is archived with it.
 *
 * @param reads as `readsOf` names them
 */
function isState(reads: string[], { workers }: RuleInput): boolean {
  const ended = new Set(workers.filter(({ alive }) => !alive).map(({ id }) => `worker:${id}`));
  const isEvent = (read: string) =>
    ["changed", "tainted"].includes(read) || read.startsWith("schedule:");
  return !reads.some(isEvent) && !readsAny(reads, ended);
}

/** The user may be in the middle of an edit: what a broken goal's rules fired on is remembered. */
function keepOfBroken(goals: Goal[], fired: Fired): Fired {
  const broken = new Set(goals.filter((goal) => goal.error !== undefined).map((goal) => goal.id));
  return Object.fromEntries(
    Object.entries(fired).filter(([key]) => broken.has(key.slice(0, key.indexOf("/")))),
  );
}

/**
 * Digests a rule together with the values that it reads: while the digest is the same, the rule does not fire again.
 * The clock is left out, since a rule that reads it would fire on every tick. `changed` and `tainted` count as the new
 * values of all changes, so a rule that reads them fires once for each change.
 *
 * @param reads as `readsOf` names them
 * @returns SHA-256, hex
 */
export function readDigest(rule: Rule, reads: string[], input: RuleInput): Promise<string> {
  const values: JsonObject = {};
  for (const read of reads) {
    for (const [key, value] of valuesOf(read, input)) values[key] = value;
  }
  // The rule is included: an edited rule is a new one.
  return sha256Hex(canonicalJson([rule.when, rule.do, values]));
}

function valuesOf(
  read: string,
  { goals, wakes, changed, tainted, runner, workers }: RuleInput,
): [string, Json][] {
  // A list distinguishes an absent value from null.
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
    case "schedule:*":
      return Object.entries(wakes).filter(([key]) => key.startsWith(read.slice(0, -1)))
        .map(([key, value]) => [key, [value]]);
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
 * Reports whether the effect of a move already holds, so that applying it would change nothing: the file has that text,
 * the question is open, the file to remove is gone. Always `false` for `run` and `noop`.
 */
export async function effectHolds(move: Move, world: World): Promise<boolean> {
  switch (move.action) {
    case "noop":
    case "run":
      return false;
    case "write_goal":
      return world.goals.some(({ id, text, exact }) =>
        id === move.id && (exact ?? text) === move.body
      );
    case "archive_goal":
      return !world.goals.some(({ id }) => id === move.id);
    case "write_sensor": {
      const digest = await sha256Hex(move.script);
      return world.readings.some(({ file, script }) => file === move.name && script === digest);
    }
    case "remove_sensor":
      return !world.readings.some(({ file }) => file === move.name);
    case "write_playbook":
      return world.playbook.digest === await sha256Hex(move.body);
    case "start_worker":
      return world.workers.some(({ id, alive }) => id === move.id && alive);
    case "write_schedule":
      return world.schedules.some(({ name, text, exact }) =>
        name === move.name && (exact ?? text) === move.body
      );
    case "remove_schedule":
      return !world.schedules.some(({ name }) => name === move.name);
    case "stop_worker":
    // There is no one to tell.
    case "tell_worker":
      return !world.workers.some(({ id, alive }) => id === move.id && alive);
    case "ask":
      return world.asks.some(({ kind, worker, question, answer }) =>
        kind === "question" && worker === undefined && answer === undefined &&
        isSameQuestion(question, move.question)
      );
  }
}

/**
 * Checks a goal's front matter and its expressions.
 *
 * @returns its errors, one line each, or `null`
 */
export async function checkGoal(goal: Goal): Promise<string | null> {
  if (goal.error !== undefined) return goal.error;
  const pitfalls = goalPitfalls(goal.text).map((line) => `goals/${goal.id}.md: ${line}`);
  if (pitfalls.length > 0) return pitfalls.join("\n");
  const problems = await Promise.all(goal.rules.map(async (rule) => {
    const { name, when, ends } = rule;
    const compiled = await compileRule(goal, rule);
    const place = ends ? "done" : `rule ${name}: when`;
    return compiled.ok ? [] : `goals/${goal.id}.md: ${place}: ${compiled.error}: ${when}`;
  }));
  const metric = await compileMetric(goal);
  if (metric?.ok === false) {
    problems.unshift(`goals/${goal.id}.md: metric: ${metric.error}: ${goal.metric?.value}`);
  }
  return problems.flat().join("\n") || null;
}
