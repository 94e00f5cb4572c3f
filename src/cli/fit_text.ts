import { unicodeWidth } from "@std/unicode-width";

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
