import type { JsonObject } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import type { Worker } from "../schema/worker.ts";
import type { Goal, Wakes } from "../schema/world.ts";

/** Variable name → CEL type, or the CEL types of its fields. */
export type Variables = Record<string, string | Record<string, string>>;

/**
 * The variables of a goal's rule:
 *
 * - `sensors`: sensor name → its wake value (`{"failing": true}` for a failing sensor)
 * - `schedules`: name of a schedule that is due → `{"due": true, "slot", "local", "note"}`; one that is not due is absent
 * - `changed`: what woke the loop: `playbook`, `goal:<id>`, `sensor:<name>`, `schedule:<name>`, `answer:<ask id>`
 * - `tainted`: the decision sees untrusted input
 * - `workers`: worker id → its state
 * - `goals`: goal id → `{"priority", "goal"}`
 * - `runner`: the name of the runner that would decide, or `none`
 * - `now`: the time of the tick
 */
export const GOAL_VARIABLES: Variables = {
  sensors: "map<string, dyn>",
  schedules: "map<string, dyn>",
  changed: "list<string>",
  tainted: "bool",
  workers: "map<string, dyn>",
  goals: "map<string, dyn>",
  runner: "string",
  now: "google.protobuf.Timestamp",
};

const { sensors, workers, goals, now } = GOAL_VARIABLES;

/** The variables of a goal's metric, which reads the state of the world and no clock. */
export const METRIC_VARIABLES: Variables = { sensors, workers, goals };

/** The variables of a goal's `done`: `metric` is the value of its metric. */
export const DONE_VARIABLES: Variables = { ...METRIC_VARIABLES, now, metric: "dyn" };

/** The fields of `move`, with the values of those that a move lacks. */
const NO_FIELDS = {
  action: "",
  journal: "",
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
  text: "",
  runner: "",
  model: "",
  verify: "",
  repo: "",
  question: "",
  options: [] as string[],
  ref: "",
  simple: false,
  argv: [] as string[],
};

/** The variables of an admission rule: those of a goal's rule, and `move` (see {@linkcode moveVariable}). */
export const POLICY_VARIABLES: Variables = {
  ...GOAL_VARIABLES,
  move: Object.fromEntries(
    Object.entries(NO_FIELDS).map(([name, value]) => [name, celType(value)]),
  ),
};

function celType(value: string | number | boolean | string[]): string {
  if (Array.isArray(value)) return "list<string>";
  // CEL tells ints from doubles, and JSON numbers may be either.
  return typeof value === "number" ? "dyn" : typeof value === "boolean" ? "bool" : "string";
}

/**
 * Makes the `move` of an admission rule: the fields of every action, and `simple` and `argv`.
 *
 * @param argv the words of a simple command; `null` for every other command and move
 */
export function moveVariable(move: Move, argv: string[] | null): typeof NO_FIELDS {
  return { ...NO_FIELDS, ...move, simple: argv !== null, argv: argv ?? [] };
}

/** The input of rules: what woke the loop. */
export interface RuleInput {
  goals: Goal[];
  /** With the slots that are due. Masked: what a rule fired on is remembered by its digest. */
  wakes: Wakes;
  /** Unmasked, for what a rule compares. Default: `wakes`. */
  exact?: Wakes;
  /** Names of all schedules, due or not. Default: none. */
  schedules?: string[];
  /** Keys of what changed: `playbook`, `goal:<id>`, `sensor:<name>`, `answer:<ask id>`. */
  changed: string[];
  /** Untrusted input could have caused the change. */
  tainted: boolean;
  /** The runner that would decide, or `none`. */
  runner: string;
  workers: Worker[];
  /** The time of the tick. */
  now: Date;
}

/** Makes the values of {@linkcode GOAL_VARIABLES}. */
export function ruleValues(input: RuleInput): Record<string, unknown> {
  const sensors: JsonObject = {};
  const schedules: JsonObject = {};
  for (const [key, value] of Object.entries(input.exact ?? input.wakes)) {
    if (key.startsWith("sensor:")) sensors[key.slice("sensor:".length)] = value;
    if (key.startsWith("schedule:")) schedules[key.slice("schedule:".length)] = value;
  }
  return {
    sensors,
    schedules,
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

/** Reports whether an expression has no value since it reads a schedule that is not due, and so is absent. */
export function isOfAbsentSlot(
  error: string,
  reads: string[],
  { schedules = [] }: RuleInput,
): boolean {
  const key = /^No such key: (\S+)$/.exec(error)?.[1];
  return key !== undefined && schedules.includes(key) && reads.includes(`schedule:${key}`);
}
