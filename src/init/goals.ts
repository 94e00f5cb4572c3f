import { stringify } from "@std/yaml";
import type { ComposedSensor } from "../catalogue/render.ts";
import { checkGoal } from "../decide/rules.ts";
import { parseGoal } from "../profile/goal_file.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Today } from "./answers.ts";

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

/** A rule in a goal's front matter. */
export interface RuleText {
  name: string;
  when: string;
  do: Record<string, unknown>;
}

/** A catalogue sensor that is watched without an LLM. */
export type Watched = Pick<ComposedSensor, "name" | "as" | "values">;

/** A condition on a sensor's signal, and what to report then. */
type Alert = [name: string, when: string, what: string];

/** States of a git repository that the user has to fix. */
const GIT_ERRORS = ["conflict", "missing", "no-repository", "unreadable", "upstream-gone"];

/**
 * Returns rules that turn a catalogue sensor's signal into questions to the user, each once per change, for a profile
 * without an LLM. A failing sensor's signal has none of the usual keys, so each rule tests for its key first.
 */
export function sensorRules(watched: Watched): RuleText[] {
  const { as } = watched;
  const failing: Alert = [
    "failing",
    // The signal of github has a list of this name.
    `"failing" in ${signalOf(as)} && type(${signalOf(as)}.failing) == bool`,
    `The sensor ${as} fails`,
  ];
  return [...alertsOf(watched), failing].map(([name, when, what]) => ({
    name,
    when,
    do: {
      action: "ask",
      question: `${what}. More: looop sensor test ${as}`,
      options: ["seen"],
      journal: `asked: ${what}`,
    },
  }));
}

/** The lists in a sensor's signal to ask about when they are not empty, each with the question. */
const LISTS: Readonly<Record<string, Alert[]>> = {
  github: [
    ["reviews", "reviews", "Your review is requested on GitHub"],
    ["failing-checks", "failing", "Checks of your pull requests fail"],
    ["workflows", "workflows", "A workflow that you watch has failed"],
    ["assigned", "assigned", "Issues on GitHub are assigned to you"],
  ],
  grafana: [["firing", "firing", "Alerts fire in Grafana"]],
};

function alertsOf({ name, as, values }: Watched): Alert[] {
  const signal = signalOf(as);
  switch (name) {
    case "git":
      return textsOf(values, "repositories").flatMap((path, i): Alert[] => {
        const state = `${signal}[${text(path)}].state`;
        const known = `${text(path)} in ${signal}`;
        const errors = GIT_ERRORS.map(text).join(", ");
        const isBroken = `${known} && ${state}.exists(word, word in [${errors}])`;
        const isAhead = `${known} && "ahead" in ${state}`;
        return [
          [`unpushed-${i + 1}`, isAhead, `${path} has commits that are not pushed`],
          [`trouble-${i + 1}`, isBroken, `${path} needs a manual fix`],
        ];
      });
    case "linear": {
      const isOpen = `"open" in ${signal} && size(${signal}.open) > 0`;
      return [["open", isOpen, "Issues in Linear are assigned to you"]];
    }
    case "http":
      return textsOf(values, "urls").flatMap((url, i): Alert[] => {
        const found = `${signal}[${text(url)}]`;
        const known = `${text(url)} in ${signal}`;
        const isDown = `${known} && (${found}.speed == "down" || ${found}.status >= 500)`;
        const isSlow = `${known} && ${found}.speed == "slow"`;
        return [
          [`down-${i + 1}`, isDown, `${url} is down`],
          [`slow-${i + 1}`, isSlow, `${url} is slow`],
        ];
      });
    case "command": {
      const command = textsOf(values, "command")[0].slice(0, 200);
      return [["exit", `"exit" in ${signal} && ${signal}.exit != 0`, `${command} fails`]];
    }
    default:
      return (LISTS[name] ?? []).map(([rule, key, what]) => {
        const list = `${signal}.${key}`;
        return [
          rule,
          `${text(key)} in ${signal} && type(${list}) == list && size(${list}) > 0`,
          what,
        ];
      });
  }
}

function textsOf(values: Watched["values"], key: string): string[] {
  const value = values.get(key) ?? [];
  return Array.isArray(value) ? value : [String(value)];
}

/** Names may have dashes, begin with a digit, or be reserved words of CEL. */
function signalOf(as: string): string {
  return `sensors[${text(as)}]`;
}

/** A CEL string literal; JSON's syntax is valid CEL. */
function text(value: string): string {
  return JSON.stringify(value);
}
