import type { RuleInput } from "../expr/rule_values.ts";
import { canonicalJson } from "../model/canonical.ts";
import type { Rule } from "../model/goal.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { sha256Hex } from "../model/sha256.ts";

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
