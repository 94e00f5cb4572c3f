import type { Terminal } from "../host/terminal.ts";

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
