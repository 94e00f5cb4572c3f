/**
 * Writes the prompt of a decision.
 *
 * - `prompt.ts` gathers its input and writes its two halves
 * - `sections.ts` renders goals, readings, workers and asks
 * - `parts.ts` quotes untrusted text and leaves out what does not fit
 *
 * @module
 */

import decider from "../../../seeds/decider.md" with { type: "text" };
import { journalTail, withoutUntrusted } from "../../profile/journal.ts";
import { readSecret } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import { localDay, localTime } from "../../schema/text.ts";
import type { Comparison } from "../../schema/world.ts";
import {
  fitParts,
  indented,
  makeFence,
  type Part,
  type PromptInput,
  type Situation,
} from "./parts.ts";
import {
  asksSection,
  brokenGoalsText,
  forcedText,
  lastFailureSection,
  lastRunSection,
  progressParts,
  readingParts,
  schedulesSection,
  setAsideSection,
  trustedGoalParts,
  untrustedGoalParts,
  workersSection,
} from "./sections.ts";

/** The maximum length of a prompt in bytes, including its stable part. */
export const MAX_PROMPT_BYTES = 200 * 1024;

/** The maximum length of all changes together in characters: the rest is only named. */
const MAX_CHANGES = 32_768;

/** A prompt in two parts: the stable one first, since a provider caches a common beginning. */
export interface Prompt {
  /** Instructions, PLAYBOOK and goals that are not untrusted. */
  system: string;
  /** Readings, asks, changes, the journal's last lines and the time. */
  user: string;
}

/** Writes the prompt of one decision. If it is too long, readings are left out first; PLAYBOOK and asks always stay. */
export function writePrompt(input: PromptInput): Prompt {
  const system = systemParts(input);
  const user = userParts(input);
  // 1 KiB for the line that names what was left out.
  const { parts, left_out } = fitParts([...system, ...user], MAX_PROMPT_BYTES - 1024);
  const left = left_out.join(", ");
  const note = left_out.length === 0
    ? []
    : [`Left out because the prompt would be too long: ${left.slice(0, 900)}.`];
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
  const { comparison, state, journal, only, tainted, fence, time } = input;
  const lines = tainted ? journal : journal.map(withoutUntrusted);
  // Stable parts come first; parts that only a tainted decision sees come after them.
  return [
    ...readingParts(input, "unchanged"),
    ...untrustedGoalParts(input),
    ...readingParts(input, "changed"),
    ...schedulesSection(input),
    ...workersSection(input),
    asksSection(input),
    ...section(
      "WHAT CHANGED",
      comparison.changes.length > 0
        ? fence("changes", changesText(comparison))
        : nothingChanged(input),
    ),
    ...progressParts(input),
    ...section("FLAPPING", flappingText(comparison)),
    ...section("BROKEN GOALS", brokenGoalsText(input)),
    ...section("LAST RUN", tainted ? lastRunSection(state.last_run, fence) : ""),
    ...section("SET ASIDE", setAsideSection(input)),
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

/** Without a change or another request, a decision is due because the last one is 6 hours old. */
function nothingChanged({ state, only }: PromptInput): string {
  const aged = state.noop_at !== null && !state.again && only === undefined;
  return aged ? "Nothing changed for 6 hours; the last decision was a noop." : "Nothing.";
}

function flappingText({ flapping = [] }: Comparison): string {
  if (flapping.length === 0) return "";
  return `These sensors change on every tick; changes of them alone wake you every 10 minutes at most: ${
    flapping.join(", ")
  }`;
}

function section(title: string, body: string): Part[] {
  return body === "" ? [] : [{ text: `# ${title}\n\n${body}` }];
}

/** How many journal lines the decider is shown. */
const JOURNAL_LINES = 30;

/** Adds journal, fence and time to the input, and writes the prompt; masked. */
export async function preparePrompt(
  profile: Profile,
  input: Situation,
): Promise<Prompt> {
  const prompt = writePrompt({
    ...input,
    journal: await journalTail(profile, JOURNAL_LINES),
    fence: await makeFence(await readSecret(profile)),
    time: describeTime(profile.clock.now()),
  });
  // Texts that were cut were masked before; this masks the others.
  return { system: profile.mask(prompt.system), user: profile.mask(prompt.user) };
}

/** Such as `Monday, 2026-11-23 09:30 (UTC+01:00)`. */
function describeTime(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const weekday = now.toLocaleDateString("en", { weekday: "long" });
  const offset = -now.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const zone = `UTC${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${weekday}, ${localDay(now)} ${localTime(now)} (${zone})`;
}
