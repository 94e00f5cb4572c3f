import type { OverBudget } from "../../schema/config.ts";
import { sha256Hex } from "../../schema/json.ts";
import type { State } from "../../schema/state.ts";
import { withoutLastBreaks } from "../../schema/text.ts";
import type { Comparison, Goal, World } from "../../schema/world.ts";

/** What is decided on. */
export interface Situation {
  world: World;
  comparison: Comparison;
  state: State;
  /** Untrusted input is shown; otherwise each piece is withheld, with a line that says so. */
  tainted: boolean;
  /** Decide for this goal alone. */
  only?: Goal;
  /** Goals that have spent their budget: nothing is decided for them. Default: none. */
  over?: readonly OverBudget[];
}

/** What a prompt is written from. */
export interface PromptInput extends Situation {
  /** The journal's last lines, oldest first. */
  journal: string[];
  fence: Fence;
  /** The local time, such as `Monday, 2026-11-23 09:30 (UTC+01:00)`. */
  time: string;
}

/** Quotes a text so that nothing in it can end the quotation. */
export type Fence = (name: string, text: string) => string;

/**
 * Makes the fence of a profile. Its key is derived from the profile's secret, so that no untrusted input can guess it,
 * and is the same in every decision, so that unchanged parts stay byte-equal and a provider can cache them. If a text
 * contains the key (a model repeated it into a file), the key is masked.
 */
export async function makeFence(secret: string): Promise<Fence> {
  const key = (await sha256Hex(`fence ${secret}`)).slice(0, 16);
  return (name, text) => {
    const quoted = withoutLastBreaks(text.replaceAll(key, "[key]"));
    return `<<<${key} ${name}\n${visible(quoted)}\n${key}>>>`;
  };
}

/**
 * Escapes characters that are invisible or change the reading direction, which could hide a text from the user who
 * checks it, and separators that only some programs take for a line end, which could fake one.
 */
function visible(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu,
    (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`,
  );
}

/** Indents all but the first line of a text, so that none of them can look like a line of the prompt itself. */
export function indented(text: string): string {
  return text.replace(/\r\n?|[\n\u2028\u2029]/g, "\n  ");
}

/** A piece of the prompt. */
export interface Part {
  text: string;
  /** It may be left out when the prompt is too long. Absent: it always stays. */
  optional?: {
    /** Names it in the line that lists what was left out. */
    name: string;
    /** Smaller goes first; of equals, the larger text. */
    keep: number;
  };
}

/**
 * Leaves out optional parts, in the order of `keep` and then the largest first, until the rest fits.
 *
 * @param maxBytes how many bytes of UTF-8 the parts may have together, including the blank line after each
 * @returns the remaining parts, and the names of the others in the order in which they were left out
 */
export function fitParts(parts: Part[], maxBytes: number): { parts: Part[]; left_out: string[] } {
  const sizeOf = ({ text }: Part) => new TextEncoder().encode(text).length + 2;
  let bytes = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  const candidates = parts
    .flatMap((part) => part.optional ? [{ part, size: sizeOf(part), ...part.optional }] : [])
    .sort((a, b) => a.keep - b.keep || b.size - a.size);
  const gone = new Map<Part, string>();
  for (const { part, size, name } of candidates) {
    if (bytes <= maxBytes) break;
    bytes -= size;
    gone.set(part, name);
  }
  return { parts: parts.filter((part) => !gone.has(part)), left_out: [...gone.values()] };
}
