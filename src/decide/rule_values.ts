import type { JsonObject } from "../model/json.ts";
import type { RuleInput } from "./read_digest.ts";

/** The values of the variables that a goal's rule may name (`GOAL_VARIABLES` in `expr/`). */
export function ruleValues(input: RuleInput): Record<string, unknown> {
  const sensors: JsonObject = {};
  for (const [key, value] of Object.entries(input.wakes)) {
    if (key.startsWith("sensor:")) sensors[key.slice("sensor:".length)] = value;
  }
  return {
    sensors,
    changed: input.changed,
    tainted: input.tainted,
    workers: Object.fromEntries(
      input.workers.map(({ id, state, exit_code }) => [id, { state, exit_code }]),
    ),
    goals: Object.fromEntries(
      input.goals.map(({ id, priority, goal }) => [id, { priority, goal }]),
    ),
    runner: input.runner,
    now: input.now,
  };
}
