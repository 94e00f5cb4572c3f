import type { Goal } from "../../model/goal.ts";
import type { Fence } from "./fence.ts";
import type { Part } from "./part.ts";
import type { PromptInput } from "./write_prompt.ts";

/** The goals that are the person's own words. */
export function trustedGoalParts({ world, fence }: PromptInput): Part[] {
  const goals = world.goals.filter(({ untrusted }) => !untrusted);
  return [
    { text: goals.length > 0 ? "# GOALS" : "# GOALS\n\nThere are none." },
    ...goals.map((goal) => part(goal, fence)),
  ];
}

/** The goals that outside text could have shaped: their ids, and only where that is shown their text. */
export function untrustedGoalParts({ world, fence, tainted }: PromptInput): Part[] {
  const goals = world.goals.filter(({ untrusted }) => untrusted);
  if (goals.length === 0) return [];
  return [
    { text: "# UNTRUSTED GOALS" },
    ...tainted
      ? goals.map((goal) => part(goal, fence))
      : [{ text: goals.map((goal) => `${title(goal)}: withheld`).join("\n") }],
  ];
}

/** What is wrong with goals; it quotes them, so it is outside text. */
export function brokenGoalsText({ world, fence, tainted }: PromptInput): string {
  const broken = world.goals.filter(({ error }) => error !== undefined);
  if (broken.length === 0) return "";
  return tainted
    ? fence("broken goals", broken.map(({ error }) => `- ${error}`).join("\n"))
    : broken.map(({ id }) => `- goals/${id}.md: why is withheld`).join("\n");
}

/** The goal that a decision is forced for. */
export function forcedText(goal: Goal, fence: Fence): string {
  const text = fence(title(goal), goal.text);
  return `The person asks for one move for the goal ${goal.id}, now, whether or not anything changed:\n\n${text}`;
}

function part(goal: Goal, fence: Fence): Part {
  return {
    text: fence(title(goal), goal.text),
    // However small a goal's priority, every reading goes before it.
    optional: { name: `goal ${goal.id}`, keep: 1e6 + Math.min(Math.max(goal.priority, -1e5), 1e5) },
  };
}

function title({ id, untrusted }: Goal): string {
  return `${untrusted ? "untrusted goal" : "goal"} ${id}`;
}
