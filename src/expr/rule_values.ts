import type { Goal } from "../model/goal.ts";
import type { JsonObject } from "../model/json.ts";
import type { Worker } from "../model/worker.ts";
import type { Wakes } from "../model/world.ts";

/** What the loop woke to, as rules see it. */
export interface RuleInput {
  goals: Goal[];
  wakes: Wakes;
  /** Keys of what changed: `playbook`, `goal:<id>`, `sensor:<name>`, `answer:<ask id>`. */
  changed: string[];
  /** A stranger could have caused the change. */
  tainted: boolean;
  /** The runner that would decide; `none` where there is none. */
  runner: string;
  workers: Worker[];
  /** The time of the tick. */
  now: Date;
}

/** The values of the variables that a goal's rule may name: `GOAL_VARIABLES`. */
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
