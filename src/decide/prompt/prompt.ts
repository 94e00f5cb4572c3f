/**
 * Writes the prompt of a decision.
 *
 * - `prompt.ts` gathers its input and writes its two halves
 * - `goal_sections.ts` renders goals, `sections.ts` readings, workers and asks
 * - `parts.ts` quotes untrusted text, withholds names that it may have chosen, and leaves out what does not fit
 *
 * @module
 */

import decider from "../../../seeds/decider.md" with { type: "text" };
import { journalTail, withoutUntrusted } from "../../profile/journal.ts";
import { readSecret } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import { localDay, localTime } from "../../schema/text.ts";
import {
  brokenGoalsText,
  forcedText,
  progressParts,
  trustedGoalParts,
  untrustedGoalParts,
} from "./goal_sections.ts";
import {
  fitLines,
  fitParts,
  fitTexts,
  indented,
  keyShown,
  makeFence,
  nameShown,
  type Part,
  type PromptInput,
  shorten,
  shownBytes,
  type Situation,
} from "./parts.ts";
import {
  asksSection,
  lastFailureSection,
  lastRunSection,
  readingParts,
  schedulesSection,
  setAsideSection,
  workerAsksParts,
  workersSection,
} from "./sections.ts";

/** The maximum length of a prompt in bytes, including its stable part. */
export const MAX_PROMPT_BYTES = 200 * 1024;

/**
 * The maximum length of each section in bytes of UTF-8. Together they leave goals and readings a quarter of the prompt at
 * least, whatever workers, commands and sensors say.
 */
const MAX = {
  playbook: 64 * 1024,
  /** The rest is only named. */
  changes: 32 * 1024,
  flapping: 2 * 1024,
  lastRun: 8 * 1024,
  lastFailure: 4 * 1024,
  journal: 12 * 1024,
};

/** A prompt in two parts: the stable one first, since a provider caches a common beginning. */
export interface Prompt {
  /** Instructions, PLAYBOOK and goals that are not untrusted. */
  system: string;
  /** Readings, asks, changes, the journal's last lines and the time. */
  user: string;
}

/**
 * Writes the prompt of one decision. Each section has a maximum length. If the prompt is still too long, what workers write
 * is left out first, then untrusted goals, then readings, then goals; the other sections always stay.
 */
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
    { text: `# PLAYBOOK\n\n${input.fence("playbook", shorten(playbook.text, MAX.playbook))}` },
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
    ...workerAsksParts(input),
    ...section(
      "WHAT CHANGED",
      comparison.changes.length > 0 ? fence("changes", changesText(input)) : nothingChanged(input),
    ),
    ...progressParts(input),
    ...section("FLAPPING", flappingText(input)),
    ...section("BROKEN GOALS", brokenGoalsText(input)),
    ...section("LAST RUN", tainted ? lastRunSection(state.last_run, fence, MAX.lastRun) : ""),
    ...section("SET ASIDE", setAsideSection(input)),
    ...section("LAST FAILURE", lastFailureSection(state.failure, fence, MAX.lastFailure)),
    ...section(
      "JOURNAL, latest last",
      lines.length > 0 ? fence("journal", journalText(lines)) : "Empty.",
    ),
    ...section("DECIDE FOR ONE GOAL", only ? forcedText(only, fence) : ""),
    ...section("TIME", time),
  ];
}

/** The latest lines that fit. */
function journalText(lines: string[]): string {
  return fitTexts(lines.toReversed(), MAX.journal).texts.reverse().join("\n");
}

/** A value of several lines is indented, or it could look like another change. */
function changesText(input: PromptInput): string {
  const { changes } = input.comparison;
  const shown = keyShown(input);
  const heads = changes.map(({ key, kind }) => `${kind} ${shown(key)}`);
  let room = MAX.changes - shownBytes(heads.join("\n"));
  const texts = changes.map(({ lines }, i) => {
    const body = lines.map((line) => `\n  ${indented(line)}`).join("");
    const bytes = shownBytes(body);
    if (bytes > room) return heads[i];
    room -= bytes;
    return heads[i] + body;
  });
  return fitLines(texts, MAX.changes + 1);
}

/** Without a change or another request, a decision is due because the last one is 6 hours old. */
function nothingChanged({ state, only }: PromptInput): string {
  const aged = state.noop_at !== null && !state.again && only === undefined;
  return aged ? "Nothing changed for 6 hours; the last decision was a noop." : "Nothing.";
}

function flappingText(input: PromptInput): string {
  const { flapping = [] } = input.comparison;
  if (flapping.length === 0) return "";
  const names = shorten(flapping.map(nameShown(input, "sensor")).join(", "), MAX.flapping);
  return `These sensors change on every tick; changes of them alone wake you every 10 minutes at most: ${names}`;
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
  const bytes = shownBytes(input.world.playbook.text);
  if (bytes > MAX.playbook) {
    profile.warn(
      `PLAYBOOK.md has ${bytes} bytes, of which decisions see the first ${MAX.playbook}`,
    );
  }
  // Texts that were cut were masked before; this masks the others.
  return { system: profile.mask(prompt.system), user: profile.mask(prompt.user) };
}

/** Not by `Intl`, which takes 30 ms to load. */
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Such as `Monday, 2026-11-23 09:30 (UTC+01:00)`. */
function describeTime(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const offset = -now.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const zone = `UTC${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${WEEKDAYS[now.getDay()]}, ${localDay(now)} ${localTime(now)} (${zone})`;
}
