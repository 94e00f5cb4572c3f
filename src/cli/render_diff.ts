import type { Terminal } from "../host/terminal.ts";
import { safeText } from "./safe_text.ts";
import type { View } from "./view.ts";

/** Two states of a file; `null`: it is not there. */
export interface DiffOf {
  path: string;
  before: Uint8Array | null;
  after: Uint8Array | null;
  /** What the two states are called. */
  was: string;
  is: string;
}

/** Shows what differs, as `diff -u` does; empty where nothing does. Into a pipe it goes as a patch. */
export async function renderDiff(
  { path, before, after, was, is }: DiffOf,
  terminal: Terminal,
  view: View,
): Promise<string> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const [old, now] = [textOf(before), textOf(after)];
  if (old === now && (before === null) === (after === null)) return "";
  const from = before === null ? "/dev/null" : path;
  const to = after === null ? "/dev/null" : path;
  const patch = createTwoFilesPatch(from, to, old, now, was, is, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
  if (terminal.columns() === null) return patch;
  const lines = safeText(patch).replace(/\n$/, "").split("\n");
  return lines.map((line) => `${paint(line, view)}\n`).join("");
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? "" : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function paint(line: string, { bold, dim, red, green }: View): string {
  if (/^(---|\+\+\+) /.test(line)) return bold(line);
  if (line.startsWith("@@")) return dim(line);
  return line.startsWith("+") ? green(line) : line.startsWith("-") ? red(line) : line;
}
