import { unicodeWidth } from "@std/unicode-width";
import type { Mask } from "../../mask/mask.ts";
import type { Prompter } from "../../os/prompter.ts";
import { UNSEEN, withoutLastBreaks } from "../../schema/text.ts";

/**
 * Makes untrusted text (of a model, a sensor, a file) safe to print: unsafe characters become escapes such as
 * `\x1b`, so that nothing is hidden. Line breaks stay; tabs become spaces.
 */
export function safeText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").replace(UNSEEN, escape);
}

/** The same on one line: each run of whitespace becomes one space. */
export function safeLine(text: string): string {
  return safeText(text).replace(/\s+/g, " ").trim();
}

/** JSON that is safe to print: unsafe characters are escaped as JSON allows. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    UNSEEN,
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

/** The minimum width that text is broken to, so that it stays readable. */
const MIN_WIDTH = 12;

/** Breaks a text into lines of at most this many columns, if possible at a space. `null`: only at its line breaks. */
export function wrapText(text: string, columns: number | null): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, columns, "words"));
}

/** Like {@linkcode wrapText}, with `first` before the first line and the other lines indented by its width. */
export function hangText(first: string, text: string, columns: number | null): string[] {
  const room = unicodeWidth(first);
  const lines = wrapText(text, columns === null ? null : columns - room);
  return lines.map((line, i) => (i === 0 ? first : " ".repeat(room)) + line);
}

/**
 * Breaks lines that are wider than the terminal at spaces, the rest indented like the line itself, or like the text behind
 * its last gap. Words stay whole, so that a path or an address can be copied. `null` columns: any width.
 */
export function foldText(text: string, columns: number | null): string {
  return text.split("\n").map((line) => foldLine(line, columns)).join("\n");
}

function foldLine(line: string, columns: number | null): string {
  if (columns === null || unicodeWidth(line) <= columns) return line;
  const [own] = /^ */.exec(line) ?? [""];
  const [behindGap] = /^.*\S {2,}(?=\S)/.exec(line) ?? [""];
  const room = unicodeWidth(behindGap);
  const indent = room > 0 && room <= columns * 0.7 ? room : own.length;
  const start = room > 0 && indent === room ? behindGap : own;
  let folded = start;
  let width = indent;
  for (const word of line.slice(start.length).split(" ")) {
    const isFirst = width === indent;
    if (!isFirst && width + 1 + unicodeWidth(word) > columns) {
      folded += `\n${" ".repeat(indent)}`;
      width = indent;
    } else if (!isFirst) {
      folded += " ";
      width++;
    }
    folded += word;
    width += unicodeWidth(word);
  }
  return folded;
}

function wrapLine(line: string, columns: number | null, breakAt: BreakAt): string[] {
  if (columns === null) return [line];
  const lines: string[] = [];
  for (let rest = line;;) {
    const fits = headOf(rest, Math.max(columns, MIN_WIDTH));
    if (fits.length === rest.length) return [...lines, rest];
    if (breakAt === "columns") {
      lines.push(fits);
      rest = rest.slice(fits.length);
      continue;
    }
    const space = rest[fits.length] === " " ? fits.length : fits.lastIndexOf(" ");
    const end = fits.slice(0, Math.max(space, 0)).trim() === "" ? fits.length : space;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
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
  const most = Math.max(columns, 1);
  // The next one could belong to the last. A long text is cut into very many lines: not all of it is looked at for each.
  if (PLAIN.test(text.slice(0, most + 1))) return text.slice(0, most);
  let width = 0;
  let end = 0;
  for (const { segment, index } of (segmenter ??= new Intl.Segmenter()).segment(text)) {
    width += unicodeWidth(segment);
    if (width > columns && end > 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** Where long lines are broken: `words` reads better; `columns` preserves every character, spaces too. */
export type BreakAt = "words" | "columns";

/** Quotes untrusted text so that no line of it can pass for one of looop's own. `┊` marks a continued line. */
export function quoteBlock(text: string, columns: number | null, breakAt: BreakAt): string[] {
  const lines = withoutLastBreaks(safeText(text)).split("\n");
  return lines.flatMap((line) =>
    wrapLine(line, columns && columns - 4, breakAt)
      .map((part, i) => `  ${i === 0 ? "│" : "┊"} ${part}`)
  );
}

/** Masks and escapes prompts: they may contain text of files, and do not pass through the masked terminal. */
export function safePrompter(prompter: Prompter, mask: Mask): Prompter {
  const safe = (text: string) => safeLine(mask(text));
  return {
    choose: (message, options, initial) =>
      prompter.choose(safe(message), options.map(safe), initial),
    chooseSeveral: (message, options) => prompter.chooseSeveral(safe(message), options.map(safe)),
    text: (message) => prompter.text(safe(message)),
    confirm: (message, initial) => prompter.confirm(safe(message), initial),
  };
}
