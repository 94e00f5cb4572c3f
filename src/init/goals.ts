import { stringify } from "@std/yaml";
import { checkGoal } from "../decide/rules.ts";
import { parseGoal } from "../profile/goal_file.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Today } from "./current.ts";
import { type RuleText, sensorRules, type Watched } from "./sensor_rules.ts";

const NOTED = "note-changes";
const MAX_ID = 40;

/** Returns the goals that do not exist yet: content by id. Without a runner each gets rules, or it would have no effect. */
export async function planGoals(
  aims: readonly string[],
  watched: readonly Watched[],
  today: Today,
  withRules: boolean,
): Promise<Map<string, string>> {
  const planned = new Map<string, string>();
  const taken = new Set(today.goals.map(({ id }) => id));
  const reserved = new Set([NOTED, ...watched.map(idOf)]);
  const done = withRules ? "The rules ask once a day while no LLM decides. " : "";
  const tried = withRules ? "" : ", and what has been tried";
  for (const goal of new Set(aims)) {
    if (today.goals.some((one) => one.goal === goal.trim())) continue;
    const id = freeId(goal, (id) => taken.has(id) || planned.has(id) || reserved.has(id));
    const rules = withRules ? dailyRules(goal) : [];
    const notes = `# ${goal}\n\n${done}Write here what counts as done${tried}.`;
    planned.set(id, await goalText({ id, goal, rules, notes }));
  }
  if (!withRules) return planned;
  const watching = watched.map((sensor) => ({
    id: idOf(sensor),
    goal: `Handle what the sensor ${sensor.as} finds`,
    priority: 10,
    rules: sensorRules(sensor),
    notes: "The rules ask once per change, and need no LLM. Edit the questions, add moves, " +
      "remove what you do not need: looop help goals.",
  }));
  for (const goal of [...watching, NOTING]) {
    if (!taken.has(goal.id)) planned.set(goal.id, await goalText(goal));
  }
  return planned;
}

function idOf({ as }: Watched): string {
  return `watch-${as}`.slice(0, 64);
}

/** Ask at first, then once a day while no LLM decides. */
function dailyRules(goal: string): RuleText[] {
  const ask = {
    action: "ask",
    question: `${goal}: what is the next step today?`,
    journal: `asked for the next step: ${goal}`.slice(0, 500),
  };
  return [
    { name: "first", when: `runner == "none"`, do: { ...ask } },
    { name: "daily", when: `runner == "none" && has(schedules.daily)`, do: { ...ask } },
  ];
}

/** The goal that journals changes for which no other rule fires. */
const NOTING: GoalText = {
  id: NOTED,
  goal: "Keep a journal of what changes",
  priority: -20,
  rules: [{
    name: "seen",
    when: `runner == "none" && changed.exists(key, key.startsWith("sensor:"))`,
    do: {
      action: "noop",
      reason: "a sensor changed, and no other rule matches",
      journal: "a sensor changed",
    },
  }],
  notes: "Applies only if no LLM decides, after all other rules.",
};

/** Makes an unused id of the words of a goal; `goal` if none of its characters can be in an id. */
function freeId(goal: string, isTaken: (id: string) => boolean): string {
  const words = goal.normalize("NFKD").toLowerCase().replace(/\p{M}+/gu, "")
    .replace(/[^a-z0-9]+/g, "-").replace(/^-+/, "");
  const cut = words.length <= MAX_ID ? words : words.slice(0, MAX_ID + 1).replace(/-[^-]*$/, "");
  const base = cut.slice(0, MAX_ID).replace(/-+$/, "") || "goal";
  for (let number = 1;; number++) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!isTaken(id)) return id;
  }
}

/** A goal to be written. */
export interface GoalText {
  id: string;
  goal: string;
  priority?: number;
  rules?: RuleText[];
  /** Prose for the user and the decider. */
  notes: string;
}

/**
 * Renders the file of a goal, and parses it as a tick would to verify it.
 *
 * @throws {UserError} if the aim cannot be in a goal.
 */
export async function goalText(
  { id, goal, priority, rules = [], notes }: GoalText,
): Promise<string> {
  const front = stringify({
    goal,
    ...(priority === undefined ? {} : { priority }),
    ...(rules.length === 0 ? {} : { rules }),
  });
  const written = `---\n${front}---\n\n${notes.trim()}\n`;
  const parsed = parseGoal(id, written, await sha256Hex(written));
  const kept = parsed.rules.every(({ when }, i) => when === rules[i].when);
  const wrong = await checkGoal(parsed) ??
    (kept ? null : "a rule does not parse to what was written");
  if (wrong !== null) {
    throw new UserError(`cannot write the goal ${JSON.stringify(goal)}: ${wrong}`);
  }
  return written;
}
