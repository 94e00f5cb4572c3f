import decider from "../../../seeds/decider.md" with { type: "text" };
import type { Comparison } from "../../model/change.ts";
import type { Goal } from "../../model/goal.ts";
import type { State } from "../../model/state.ts";
import type { World } from "../../model/world.ts";
import { asksSection } from "./asks_section.ts";
import type { Fence } from "./fence.ts";
import { fitParts } from "./fit_parts.ts";
import { indented } from "./indented.ts";
import { lastFailureSection, lastRunSection } from "./last_sections.ts";
import type { Part } from "./part.ts";
import { readingParts } from "./reading_parts.ts";
import { workersSection } from "./workers_section.ts";

/** The most bytes of a prompt, its stable part included. */
export const MAX_PROMPT_BYTES = 200 * 1024;

/** The most characters of all changes together: what does not fit is only named. */
const MAX_CHANGES = 32_768;

/** What a prompt is written from. */
export interface PromptInput {
  world: World;
  comparison: Comparison;
  state: State;
  /** The journal's last lines, oldest first. */
  journal: string[];
  /** Decide for this goal alone. */
  only?: Goal;
  fence: Fence;
  /** The local time, as a person would write it. */
  time: string;
}

/** A prompt in two parts: the stable one first, since a provider caches what begins alike. */
export interface Prompt {
  /** Instructions, PLAYBOOK and goals. */
  system: string;
  /** Readings, asks, what changed, the journal's end and the time. */
  user: string;
}

/** Writes the prompt of one decision. Readings go first when it would be too long; PLAYBOOK and asks never do. */
export function writePrompt(input: PromptInput): Prompt {
  const system = systemParts(input);
  const user = userParts(input);
  // 1 KiB for the line that names what was left out.
  const { parts, left_out } = fitParts([...system, ...user], MAX_PROMPT_BYTES - 1024);
  const left = left_out.join(", ");
  const note = left_out.length === 0
    ? []
    : [`Left out, since the prompt would be too long: ${left.slice(0, 900)}.`];
  const text = (of: Part[]) => of.filter((part) => parts.includes(part)).map((part) => part.text);
  return {
    system: text(system).join("\n\n") + "\n",
    user: [...note, ...text(user)].join("\n\n") + "\n",
  };
}

function systemParts({ world, fence }: PromptInput): Part[] {
  const goals = world.goals.map((goal): Part => ({
    text: fence(`${goal.untrusted ? "untrusted goal" : "goal"} ${goal.id}`, goal.text),
    // However small a goal's priority, every reading goes before it.
    optional: { name: `goal ${goal.id}`, keep: 1e6 + Math.min(Math.max(goal.priority, -1e5), 1e5) },
  }));
  return [
    { text: decider.trim() },
    { text: `# PLAYBOOK\n\n${fence("playbook", world.playbook.text)}` },
    { text: world.goals.length > 0 ? "# GOALS" : "# GOALS\n\nThere are none." },
    ...goals,
  ];
}

function userParts(input: PromptInput): Part[] {
  const { world, comparison, state, journal, only, fence, time } = input;
  const broken = world.goals.flatMap(({ error }) => error === undefined ? [] : [`- ${error}`]);
  return [
    ...readingParts(input),
    ...workersSection(world, fence),
    asksSection(world.asks, fence),
    ...section(
      "WHAT CHANGED",
      comparison.changes.length > 0
        ? fence("changes", changesText(comparison))
        : nothingChanged(input),
    ),
    ...section("FLAPPING", flappingText(comparison)),
    ...section("BROKEN GOALS", broken.length > 0 ? fence("broken goals", broken.join("\n")) : ""),
    ...section("LAST RUN", lastRunSection(state.last_run, fence)),
    ...section("LAST FAILURE", lastFailureSection(state.failure, fence)),
    ...section(
      "JOURNAL, latest last",
      journal.length > 0 ? fence("journal", journal.join("\n")) : "Empty.",
    ),
    ...section("DECIDE FOR ONE GOAL", only ? forcedText(only, fence) : ""),
    ...section("TIME", time),
  ];
}

/** A value of several lines is indented, or it could look like another change. */
function changesText({ changes }: Comparison): string {
  const heads = changes.map(({ key, kind }) => `${kind} ${key}`);
  let room = MAX_CHANGES - heads.join("\n").length;
  return changes.map(({ lines }, i) => {
    const body = lines.map((line) => `\n  ${indented(line)}`).join("");
    if (body.length > room) return heads[i];
    room -= body.length;
    return heads[i] + body;
  }).join("\n");
}

/** Without a change, and nothing else that asks for it, a decision is due because the last one has grown old. */
function nothingChanged({ state, only }: PromptInput): string {
  const aged = state.noop_at !== null && !state.again && only === undefined;
  return aged ? "Nothing changed for 6 hours; the last decision was a noop." : "Nothing.";
}

function flappingText({ flapping = [] }: Comparison): string {
  if (flapping.length === 0) return "";
  return `These sensors change on every tick, and wake you for nothing else every 10 minutes at most: ${
    flapping.join(", ")
  }`;
}

function section(title: string, body: string): Part[] {
  return body === "" ? [] : [{ text: `# ${title}\n\n${body}` }];
}

function forcedText(goal: Goal, fence: Fence): string {
  const text = fence(`goal ${goal.id}`, goal.text);
  return `The person asks for one move for the goal ${goal.id}, now, whether or not anything changed:\n\n${text}`;
}
