import type { Terminal } from "../../os/terminal.ts";
import { localDay, localTime } from "../../schema/text.ts";
import { hangText, safeText } from "./text.ts";

/** Applies a style to a text. */
export type Paint = (text: string) => string;

/** The width and the styles that text is rendered with. */
export interface View {
  /** Columns of the terminal; `null`: no terminal, so lines are not broken. */
  columns: number | null;
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
}

const same: Paint = (text) => text;

/** No terminal and no colours. */
export const PLAIN: View = {
  columns: null,
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
};

/** The current width and styles of stdout. */
export async function viewOf(terminal: Terminal): Promise<View> {
  const columns = terminal.columns();
  if (!terminal.colors) return { ...PLAIN, columns };
  const { bold, dim, red, green, yellow } = await import("@std/colors");
  return { columns, bold, dim, red, green, yellow };
}

/** Ends each line with a line break. */
export function joinLines(lines: string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Renders a value behind its label, broken to the width, with all lines aligned. */
export function labelled(
  label: string,
  text: string,
  view: View,
  paint: Paint = same,
  paintLabel: Paint = view.dim,
): string[] {
  const [first, ...rest] = hangText(label, text, view.columns);
  return [paintLabel(label) + paint(first.slice(label.length)), ...rest.map(paint)];
}

/** `12,345`. The first call of `toLocaleString` would take 10 ms. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The time of day in the host's time zone: `09:30:12`. */
export function clockTime(at: Date): string {
  return at.toTimeString().slice(0, 8);
}

/** A date and time in the host's time zone: `2026-11-23 09:30`. */
export function dateTime(at: Date): string {
  return `${localDay(at)} ${localTime(at)}`;
}

/** Prints a file: on a terminal with control characters escaped, into a pipe unchanged; masked in both. */
export function showFile(terminal: Terminal, bytes: Uint8Array): void {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  if (terminal.columns() === null) return terminal.out(text);
  const safe = safeText(text);
  terminal.out(safe === "" || safe.endsWith("\n") ? safe : `${safe}\n`);
}
