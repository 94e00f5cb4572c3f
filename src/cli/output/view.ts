import type { Terminal } from "../../os/terminal.ts";
import { safeText } from "./text.ts";

export { duration } from "../../schema/text.ts";

/** Puts a style around a text. */
export type Paint = (text: string) => string;

/** How a text is to be laid out: for which width, and with which styles. */
export interface View {
  /** Columns of the terminal; `null`: no terminal, so lines are as long as they are. */
  columns: number | null;
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
}

const same: Paint = (text) => text;

/** No terminal, no colours. */
export const PLAIN: View = {
  columns: null,
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
};

/** How stdout looks just now. */
export async function viewOf(terminal: Terminal): Promise<View> {
  const columns = terminal.columns();
  if (!terminal.colors) return { ...PLAIN, columns };
  const { bold, dim, red, green, yellow } = await import("@std/colors");
  return { columns, bold, dim, red, green, yellow };
}

/** The time of day in the host's time zone: `09:30:12`. */
export function clockTime(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(":");
}

/** A date and time in the host's time zone: `2026-11-23 09:30`. */
export function dateTime(at: Date): string {
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(twoDigits).join("-");
  return `${day} ${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** Prints a file: on a terminal without what that would obey, into a pipe as it is; masked in both. */
export function showFile(terminal: Terminal, bytes: Uint8Array): void {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  if (terminal.columns() === null) return terminal.out(text);
  const safe = safeText(text);
  terminal.out(safe === "" || safe.endsWith("\n") ? safe : `${safe}\n`);
}
