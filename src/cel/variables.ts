import type { JsonObject } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import type { Worker } from "../schema/worker.ts";
import type { Goal, Wakes } from "../schema/world.ts";

/** The type of a variable, as CEL writes it, or the types of its fields. */
export type VariableType = string | Record<string, string>;

/** Variable name → type: all that an expression may name. */
export type Variables = Record<string, VariableType>;

/**
 * What a goal's rule may read.
 *
 * - `sensors`: sensor name → its wake value (`{"failing": true}` when the sensor fails)
 * - `changed`: what woke the loop: `playbook`, `goal:<id>`, `sensor:<name>`, `answer:<ask id>`
 * - `tainted`: the decision is shown text that strangers could have written
 * - `workers`: worker id → its state
 * - `goals`: goal id → `{"priority", "goal"}`
 * - `runner`: the name of the runner that would decide, `none` where there is none
 * - `now`: the time of the tick
 */
export const GOAL_VARIABLES: Variables = {
  sensors: "map<string, dyn>",
  changed: "list<string>",
  tainted: "bool",
  workers: "map<string, dyn>",
  goals: "map<string, dyn>",
  runner: "string",
  now: "google.protobuf.Timestamp",
};

/** What an admission rule may read: what a goal's rule may, and `move` (see {@linkcode moveVariable}). */
export const POLICY_VARIABLES: Variables = {
  ...GOAL_VARIABLES,
  move: {
    action: "string",
    journal: "string",
    next_interval_s: "dyn",
    more: "bool",
    goal: "string",
    reason: "string",
    command: "string",
    id: "string",
    body: "string",
    name: "string",
    script: "string",
    prompt: "string",
    runner: "string",
    verify: "string",
    question: "string",
    options: "list<string>",
    ref: "string",
    simple: "bool",
    argv: "list<string>",
  },
};

/** The value of `move` for an admission rule: every field of every action, empty where the move lacks it. */
export interface MoveVariable {
  action: Move["action"];
  journal: string;
  /** Seconds; 0 where the move does not say. */
  next_interval_s: number;
  /** `true` where the move does not say. */
  more: boolean;
  goal: string;
  reason: string;
  command: string;
  id: string;
  body: string;
  name: string;
  script: string;
  prompt: string;
  runner: string;
  verify: string;
  question: string;
  options: string[];
  ref: string;
  /** The command is plain words, so that `argv` is all that it does. */
  simple: boolean;
  /** The words of a simple command; empty for any other. */
  argv: string[];
}

/**
 * Makes the `move` of an admission rule.
 *
 * @param argv the words of a simple command, `null` for any other
 */
export function moveVariable(move: Move, argv: string[] | null): MoveVariable {
  const empty = {
    next_interval_s: 0,
    more: true,
    goal: "",
    reason: "",
    command: "",
    id: "",
    body: "",
    name: "",
    script: "",
    prompt: "",
    runner: "",
    verify: "",
    question: "",
    options: [],
    ref: "",
  };
  return { ...empty, ...move, simple: argv !== null, argv: argv ?? [] };
}

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
