import { unicodeWidth } from "@std/unicode-width";
import type { Mask } from "../../mask/mask.ts";
import type { Prompter } from "../../os/prompter.ts";
import { withoutLastBreaks } from "../../schema/text.ts";

/**
 * What a terminal would obey, or a reader could not see: control characters, line separators, characters that
 * change the direction of a text or take no room, and halves of surrogate pairs. Emoji may be joined by U+200D
 * and presented by U+FE0E and U+FE0F.
 */
const UNSAFE =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d|(?<![\p{Emoji}])[\ufe0e\ufe0f]|(?![\n\u200d\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Makes a text from outside (a model's, a sensor's, a file's) safe to show in a terminal: what is unsafe is
 * shown as an escape such as `\x1b`, so that nothing is hidden. Line breaks stay; tabs become spaces.
 */
export function safeText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").replace(UNSAFE, escape);
}

/** The same on one line: runs of line breaks and blanks become one space. */
export function safeLine(text: string): string {
  return safeText(text).replace(/\s+/g, " ").trim();
}

/** JSON whose strings are safe to show in a terminal, too: what is unsafe is escaped as JSON allows. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    UNSAFE,
    (found) =>
      [...Array(found.length).keys()].map((i) => `\\u${hex(found.charCodeAt(i), 4)}`).join(""),
  );
}

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** The narrowest that a text is broken to: in less, nobody could read it. */
export const MIN_WIDTH = 12;

/**
 * Breaks a text into lines of at most so many columns, at a space where there is one. `null` breaks at its
 * own line breaks only.
 */
export function wrapText(text: string, columns: number | null): string[] {
  const lines = text.split("\n");
  return columns === null
    ? lines
    : lines.flatMap((line) => wrapLine(line, Math.max(columns, MIN_WIDTH)));
}

/** Breaks a text like {@linkcode wrapText}, with `first` before its first line and room for it before the rest. */
export function hangText(first: string, text: string, columns: number | null): string[] {
  const room = unicodeWidth(first);
  const lines = wrapText(text, columns === null ? null : columns - room);
  return lines.map((line, i) => (i === 0 ? first : " ".repeat(room)) + line);
}

/** Renders a padded label and, beside it, a text of any width. */
export function labelRow(
  label: string,
  text: string,
  { columns, paintLabel, paint = (text) => text }: {
    columns: number | null;
    paintLabel: (text: string) => string;
    paint?: (text: string) => string;
  },
): string[] {
  const [first, ...rest] = hangText(label, safeLine(text), columns);
  return [paintLabel(label) + paint(first.slice(label.length)), ...rest.map(paint)];
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (unicodeWidth(rest) > columns) {
    const fits = headOf(rest, columns);
    const space = rest[fits.length] === " " ? fits.length : fits.lastIndexOf(" ");
    const end = fits.slice(0, Math.max(space, 0)).trim() === "" ? fits.length : space;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

const PLAIN = /^[\x20-\x7e]*$/;
// Made when needed, since that takes 10 ms.
let segmenter: Intl.Segmenter | undefined;

/** Cuts one line to a width in terminal columns, the last of which is then `…`; `null` means any width. */
export function fitText(text: string, columns: number | null): string {
  if (columns === null || unicodeWidth(text) <= columns) return text;
  return `${headOf(text, columns - 1)}…`;
}

/** As much of a text as so many columns hold, but one character at least. */
export function headOf(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(columns, 1));
  let width = 0;
  let end = 0;
  for (const { segment, index } of (segmenter ??= new Intl.Segmenter()).segment(text)) {
    width += unicodeWidth(segment);
    if (width > columns && end > 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** How long lines are broken: `words` reads better; `columns` leaves nothing out, not even a space. */
export type BreakAt = "words" | "columns";

/**
 * Sets a text from outside apart, safe to show: no line of it can pass for one of looop's own. Where a line is
 * too long for the terminal, it goes on behind `┊`.
 */
export function quoteBlock(text: string, columns: number | null, breakAt: BreakAt): string[] {
  const width = columns === null ? null : Math.max(columns - 4, MIN_WIDTH);
  const lines = withoutLastBreaks(safeText(text)).split("\n");
  return lines.flatMap((line) => {
    const parts = breakAt === "words" ? wrapText(line, width) : chop(line, width);
    return parts.map((part, i) => `  ${i === 0 ? "│" : "┊"} ${part}`);
  });
}

function chop(line: string, width: number | null): string[] {
  if (width === null) return [line];
  const parts: string[] = [];
  let rest = line;
  do {
    const part = headOf(rest, width);
    parts.push(part);
    rest = rest.slice(part.length);
  } while (rest !== "");
  return parts;
}

/** Masks what is asked, and makes it safe to show: some of it stands in files, and prompts pass no terminal of ours. */
export function safePrompter(prompter: Prompter, mask: Mask): Prompter {
  const safe = (text: string) => safeLine(mask(text));
  return {
    choose: (message, options, initial) =>
      prompter.choose(safe(message), options.map(safe), initial),
    chooseSeveral: (message, options) => prompter.chooseSeveral(safe(message), options.map(safe)),
    text: (message, initial) => prompter.text(safe(message), initial),
    confirm: (message, initial) => prompter.confirm(safe(message), initial),
  };
}
