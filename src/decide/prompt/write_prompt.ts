import decider from "../../../seeds/decider.md" with { type: "text" };
import type { Comparison } from "../../model/change.ts";
import type { Goal } from "../../model/goal.ts";
import type { State } from "../../model/state.ts";
import type { World } from "../../model/world.ts";
import { withoutOutside } from "../../profile/journal.ts";
import { asksSection } from "./asks_section.ts";
import type { Fence } from "./fence.ts";
import { fitParts } from "./fit_parts.ts";
import { brokenGoalsText, forcedText, trustedGoalParts, untrustedGoalParts } from "./goal_parts.ts";
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
  /** Outside text may be shown; else each is withheld, with a line that says so. */
  tainted: boolean;
  fence: Fence;
  /** The local time, as a person would write it. */
  time: string;
}

/** A prompt in two parts: the stable one first, since a provider caches what begins alike. */
export interface Prompt {
  /** Instructions, PLAYBOOK and goals that are not untrusted. */
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

function systemParts(input: PromptInput): Part[] {
  const { playbook } = input.world;
  return [
    { text: decider.trim() },
    { text: `# PLAYBOOK\n\n${input.fence("playbook", playbook.text)}` },
    ...trustedGoalParts(input),
  ];
}

function userParts(input: PromptInput): Part[] {
  const { world, comparison, state, journal, only, tainted, fence, time } = input;
  const lines = tainted ? journal : journal.map(withoutOutside);
  // What is stable comes first, and what a tainted decision alone is shown comes behind it.
  return [
    ...readingParts(input, "unchanged"),
    ...untrustedGoalParts(input),
    ...readingParts(input, "changed"),
    ...workersSection(world, { fence, tainted }),
    asksSection(world.asks, { fence, tainted }),
    ...section(
      "WHAT CHANGED",
      comparison.changes.length > 0
        ? fence("changes", changesText(comparison))
        : nothingChanged(input),
    ),
    ...section("FLAPPING", flappingText(comparison)),
    ...section("BROKEN GOALS", brokenGoalsText(input)),
    ...section("LAST RUN", tainted ? lastRunSection(state.last_run, fence) : ""),
    ...section("LAST FAILURE", lastFailureSection(state.failure, fence)),
    ...section(
      "JOURNAL, latest last",
      lines.length > 0 ? fence("journal", lines.join("\n")) : "Empty.",
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
