import type { Goal } from "../model/goal.ts";
import { goalText } from "./goal_text.ts";
import type { Today } from "./find_today.ts";
import { type RuleText, sensorRules, type Watched } from "./sensor_rules.ts";

/** Id of the goal that keeps a journal of what changes where nobody else would decide. */
const NOTED = "note-changes";
const MAX_ID = 40;

/**
 * Writes the goals that are not there yet: content by id. Without a runner each gets rules, or nothing would come of it.
 */
export async function planGoals(
  aims: readonly string[],
  watched: readonly Watched[],
  today: Today,
  withRules: boolean,
): Promise<Map<string, string>> {
  const planned = new Map<string, string>();
  const taken = new Set(today.goals.map(({ id }) => id));
  for (const goal of new Set(aims)) {
    if (isThere(today.goals, goal)) continue;
    const id = freeId(goal, (id) => taken.has(id) || planned.has(id));
    const rules = withRules ? [dailyRule(goal)] : [];
    planned.set(id, await goalText({ id, goal, rules, notes: notesFor(goal, withRules) }));
  }
  if (!withRules) return planned;
  for (const sensor of watched) {
    const id = `watch-${sensor.as}`.slice(0, 64);
    if (taken.has(id)) continue;
    planned.set(
      id,
      await goalText({
        id,
        goal: `See to what the sensor ${sensor.as} finds`,
        priority: 10,
        rules: sensorRules(sensor),
        notes: "The rules ask once per change, and need no LLM. Change the words, add moves, " +
          "leave out what is no news to you: looop help goals.",
      }),
    );
  }
  if (!taken.has(NOTED)) {
    const rules = [noteRule()];
    const notes = "Only where no LLM decides, and after all other rules.";
    const goal = "Keep a journal of what changes";
    planned.set(NOTED, await goalText({ id: NOTED, goal, priority: -20, rules, notes }));
  }
  return planned;
}

function isThere(goals: Goal[], aim: string): boolean {
  return goals.some(({ goal }) => goal === aim.trim());
}

/** Once a day, as long as nobody else thinks about the goal. */
function dailyRule(goal: string): RuleText {
  return {
    name: "daily",
    when: `runner == "none" && "today" in sensors && sensors["today"] != ""`,
    do: {
      action: "ask",
      question: `${goal}: what is the next step today?`,
      journal: `asked for the next step: ${goal}`.slice(0, 500),
    },
  };
}

function noteRule(): RuleText {
  return {
    name: "seen",
    when: `runner == "none" && changed.exists(key, key.startsWith("sensor:"))`,
    do: {
      action: "noop",
      reason: "what is watched has changed, and no rule has more to say of it",
      journal: "saw a change in what is watched",
    },
  };
}

function notesFor(goal: string, withRules: boolean): string {
  return withRules
    ? `# ${goal}\n\nThe rule asks once a day while no LLM decides. Write here what counts as done.`
    : `# ${goal}\n\nWrite here what counts as done, and what has been tried.`;
}

/** What of a text can stand in an id; `goal` where that is nothing. */
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
