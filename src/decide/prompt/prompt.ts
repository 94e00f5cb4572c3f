import decider from "../../../seeds/decider.md" with { type: "text" };
import { journalTail, withoutUntrusted } from "../../profile/journal.ts";
import { readSecret } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import { sha256Hex } from "../../schema/json.ts";
import type { State } from "../../schema/state.ts";
import { withoutLastBreaks } from "../../schema/text.ts";
import type { Comparison, Goal, World } from "../../schema/world.ts";
import type { DecideInput } from "../decide.ts";
import {
  asksSection,
  brokenGoalsText,
  forcedText,
  lastFailureSection,
  lastRunSection,
  readingParts,
  trustedGoalParts,
  untrustedGoalParts,
  workersSection,
} from "./sections.ts";

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
  const lines = tainted ? journal : journal.map(withoutUntrusted);
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

/** Quotes outside text so that nothing in it can end the quotation. */
export type Fence = (name: string, text: string) => string;

/**
 * Makes the fence of a profile. Its key follows from the profile's secret, so that nobody outside can guess
 * it, and is the same at each decision, so that what is unchanged stays byte-equal and a provider can cache
 * it. Should a text hold the key all the same (a model that repeated it into a file), the key is masked.
 */
export async function makeFence(secret: string): Promise<Fence> {
  const key = (await sha256Hex(`fence ${secret}`)).slice(0, 16);
  return (name, text) => {
    const quoted = withoutLastBreaks(text.replaceAll(key, "[key]"));
    return `<<<${key} ${name}\n${visible(quoted)}\n${key}>>>`;
  };
}

/**
 * Characters that show nothing or turn the reading direction could hide a text from the person who checks it, and
 * separators that only some take for a line's end could fake one.
 */
function visible(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu,
    (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`,
  );
}

/** What is left of the parts, and which were left out, in the order in which they went. */
export interface Fitted {
  parts: Part[];
  left_out: string[];
}

/**
 * Leaves out optional parts, least worth keeping and largest first, until all of it fits.
 *
 * @param maxBytes how many bytes of UTF-8 the parts may have together, a line break after each included
 */
export function fitParts(parts: Part[], maxBytes: number): Fitted {
  let bytes = parts.reduce((sum, part) => sum + size(part), 0);
  const candidates = parts.filter((part) => part.optional)
    .sort((a, b) => keepOf(a) - keepOf(b) || size(b) - size(a));
  const gone = new Set<Part>();
  const leftOut: string[] = [];
  for (const part of candidates) {
    if (bytes <= maxBytes) break;
    bytes -= size(part);
    gone.add(part);
    leftOut.push(part.optional?.name ?? "");
  }
  return { parts: parts.filter((part) => !gone.has(part)), left_out: leftOut };
}

function size({ text }: Part): number {
  return new TextEncoder().encode(text).length + 2;
}

function keepOf({ optional }: Part): number {
  return optional?.keep ?? Infinity;
}

/** A piece of the prompt. */
export interface Part {
  text: string;
  /** It may be left out when the prompt is too long. Absent: it always stays. */
  optional?: {
    /** What it is, for the line that says it was left out. */
    name: string;
    /** Smaller goes first; of equals, the larger text. */
    keep: number;
  };
}

/** Indents all but the first line of a text, so that none of them can look like a line of the prompt's own. */
export function indented(text: string): string {
  return text.replace(/\r\n?|[\n\u2028\u2029]/g, "\n  ");
}

/** How many journal lines the decider is shown. */
const JOURNAL_LINES = 30;

/** Gathers what the prompt is written from, and writes it; masked. */
export async function preparePrompt(profile: Profile, input: DecideInput): Promise<Prompt> {
  const { world, comparison, state, only, tainted } = input;
  const prompt = writePrompt({
    world,
    comparison,
    state,
    only,
    tainted,
    journal: await journalTail(profile, JOURNAL_LINES),
    fence: await makeFence(await readSecret(profile)),
    time: localTime(profile.clock.now()),
  });
  // What is cut to size was masked before; this is for all that is not.
  return { system: profile.mask(prompt.system), user: profile.mask(prompt.user) };
}

/** Such as `Monday, 2026-11-23 09:30 (UTC+01:00)`. */
function localTime(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const weekday = now.toLocaleDateString("en", { weekday: "long" });
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const offset = -now.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const zone = `UTC${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${weekday}, ${day} ${two(now.getHours())}:${two(now.getMinutes())} (${zone})`;
}
