import { unicodeWidth } from "@std/unicode-width";
import { headOf } from "./fit_text.ts";

/** The narrowest that a text is broken to: in less, nobody could read it. */
export const LEAST_WIDTH = 12;

/**
 * Breaks a text into lines of at most so many columns, at a space where there is one. `null` breaks at its
 * own line breaks only.
 */
export function wrapText(text: string, columns: number | null): string[] {
  const lines = text.split("\n");
  return columns === null
    ? lines
    : lines.flatMap((line) => wrapLine(line, Math.max(columns, LEAST_WIDTH)));
}

/** Breaks a text like {@linkcode wrapText}, with `first` before its first line and room for it before the rest. */
export function hangText(first: string, text: string, columns: number | null): string[] {
  const room = unicodeWidth(first);
  const lines = wrapText(text, columns === null ? null : columns - room);
  return lines.map((line, i) => (i === 0 ? first : " ".repeat(room)) + line);
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
