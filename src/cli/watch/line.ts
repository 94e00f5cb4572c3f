import type { Key } from "../../os/prompter.ts";

/** A line that the user types. */
export interface Line {
  /** What is before the cursor. */
  before: string;
  after: string;
}

/** Returns a line without a text. */
export function emptyLine(): Line {
  return { before: "", after: "" };
}

/** Returns the whole text of a line. */
export function textOf({ before, after }: Line): string {
  return before + after;
}

/** What Ctrl with a letter is, beside Ctrl-K, Ctrl-U and Ctrl-W. */
const CTRL: Record<string, string> = {
  ...{ a: "home", b: "left", d: "delete", e: "end", f: "right", h: "backspace" },
};

/**
 * Returns a line after a key, as a shell edits it: arrows, Home, End, Backspace, Delete, and Ctrl with A, B, D, E, F, H, K, U
 * or W. A step goes over one character as the user sees it, which may be several code points.
 *
 * @param choices what Up and Down put in its place
 */
export function edit(line: Line, { name, text, ctrl }: Key, choices: readonly string[]): Line {
  const { before, after } = line;
  switch (ctrl ? CTRL[name] ?? `ctrl-${name}` : name) {
    case "left":
      return { before: withoutLast(before), after: last(before) + after };
    case "right":
      return { before: before + first(after), after: withoutFirst(after) };
    case "home":
      return { before: "", after: before + after };
    case "end":
      return { before: before + after, after: "" };
    case "backspace":
      return { before: withoutLast(before), after };
    case "delete":
      return { before, after: withoutFirst(after) };
    case "ctrl-k":
      return { before, after: "" };
    case "ctrl-u":
      return { before: "", after };
    case "ctrl-w":
      return { before: before.replace(/\S+\s*$/u, ""), after };
    case "up":
      return chosen(line, choices, -1);
    case "down":
      return chosen(line, choices, 1);
    default:
      return ctrl ? line : { before: before + text, after };
  }
}

function chosen(line: Line, choices: readonly string[], step: 1 | -1): Line {
  if (choices.length === 0) return line;
  const at = choices.indexOf(textOf(line));
  const next = at === -1 && step === -1 ? choices.length - 1 : at + step;
  return { before: choices.at(next % choices.length) ?? "", after: "" };
}

let segmenter: Intl.Segmenter | undefined;

function charactersOf(text: string): string[] {
  return [...(segmenter ??= new Intl.Segmenter()).segment(text)].map(({ segment }) => segment);
}

const first = (text: string) => charactersOf(text)[0] ?? "";
const last = (text: string) => charactersOf(text).at(-1) ?? "";
const withoutFirst = (text: string) => text.slice(first(text).length);
const withoutLast = (text: string) => text.slice(0, text.length - last(text).length);
