import { nextInTurn } from "../../goals/fairness.ts";
import { metricText } from "../../schema/progress.ts";
import { localDateTime } from "../../schema/text.ts";
import type { Goal } from "../../schema/world.ts";
import {
  type Fence,
  fitLines,
  KEEP,
  nameShown,
  type Part,
  type PromptInput,
  shorten,
} from "./parts.ts";

/** The maximum length in bytes of UTF-8 of the errors of goals, and of a goal that a decision is forced for. */
const MAX = { brokenGoals: 4 * 1024, forcedGoal: 16 * 1024 };

/** The goals that are not marked untrusted. */
export function trustedGoalParts({ world, fence }: PromptInput): Part[] {
  const goals = world.goals.filter(({ untrusted }) => !untrusted);
  return [
    { text: goals.length > 0 ? "# GOALS" : "# GOALS\n\nNone." },
    ...goals.map((goal) => part(goal, fence)),
  ];
}

/** The untrusted goals; how many there are, unless `tainted`. */
export function untrustedGoalParts({ world, fence, tainted }: PromptInput): Part[] {
  const goals = world.goals.filter(({ untrusted }) => untrusted);
  if (goals.length === 0) return [];
  return [
    { text: "# UNTRUSTED GOALS" },
    ...tainted ? goals.map((goal) => part(goal, fence)) : [{ text: `${goals.length}; withheld` }],
  ];
}

/** The errors of goals; they quote the goals, so they are untrusted input. */
export function brokenGoalsText({ world, fence, tainted }: PromptInput): string {
  const broken = world.goals.filter(({ error }) => error !== undefined);
  if (broken.length === 0) return "";
  return tainted
    ? fence("broken goals", fitLines(broken.map(({ error }) => `- ${error}`), MAX.brokenGoals))
    : `${broken.length}; withheld`;
}

/** How far the goals are, those over their budget, and the one whose turn it is. */
export function progressParts(input: PromptInput): Part[] {
  const { world, state, comparison, fence, over = [], only } = input;
  const shown = nameShown(input, "goal");
  const lines = world.goals.flatMap((goal) => {
    const facts = factsOf(goal, input);
    return facts.length === 0 ? [] : `- goal ${shown(goal.id)}: ${facts.join("; ")}`;
  });
  const changed = comparison.changes.map(({ key }) => key);
  const next = only ? null : nextInTurn(world, state.goals, changed, over);
  if (next) {
    const since = localDateTime(next.since);
    lines.push(`- goal ${shown(next.id)} went longest without a move, since ${since}`);
  }
  return lines.length === 0 ? [] : [{ text: fence("progress of goals", lines.join("\n")) }];
}

/** Numbers of untrusted readings may be among its metric: it is withheld unless `tainted`. */
function factsOf(goal: Goal, { world, state, over = [], tainted }: PromptInput): string[] {
  const { metric, due, stall_ms, budget_usd } = goal;
  const record = state.goals[goal.id];
  const isShown = tainted || world.readings.every(({ trusted }) => trusted);
  const facts: string[] = [];
  if (metric && record?.metric) {
    facts.push(isShown ? metricText(record.metric, metric) : "metric withheld");
  }
  if (due !== undefined) facts.push(`${record?.due ? "was" : "is"} due ${localDateTime(due)}`);
  if (stall_ms !== undefined && record?.stalled) {
    facts.push(`has stalled: no progress since ${localDateTime(record.stalled)}`);
  }
  if (record?.holds) facts.push("its done holds");
  if (budget_usd !== undefined && over.some((one) => one.goal?.id === goal.id)) {
    facts.push("is over its budget");
  }
  return facts;
}

/** The goal that a decision is forced for. */
export function forcedText(goal: Goal, fence: Fence): string {
  const text = fence(goalTitle(goal), shorten(goal.text, MAX.forcedGoal));
  return `The user requests one move for the goal ${goal.id} now, whether or not anything changed:\n\n${text}`;
}

function part(goal: Goal, fence: Fence): Part {
  return {
    text: fence(goalTitle(goal), goal.text),
    // Untrusted goals are left out before readings, readings before other goals, whatever their priority.
    optional: {
      name: `goal ${goal.id}`,
      keep: (goal.untrusted ? KEEP.untrustedGoals : KEEP.goals) +
        Math.min(Math.max(goal.priority, -1e5), 1e5),
    },
  };
}

function goalTitle({ id, untrusted }: Goal): string {
  return `${untrusted ? "untrusted goal" : "goal"} ${id}`;
}
