import { cut } from "../model/cut.ts";

/** The most characters of one line. */
const MAX_LINE = 200;
/** Texts that differ in more lines than this are not compared line by line: it would take seconds. */
const MAX_EDITS = 1000;
/** At least this many characters has an old text that the baseline had to cut. */
const CUT_FROM = 1999;

/** Names the lines that a text lost (`- …`) and won (`+ …`), in their order. */
export async function describeTextChange(was: string, now: string): Promise<string[]> {
  // Loaded only here: most ticks see no text change.
  const { diffLines } = await import("diff");
  // The baseline keeps only the beginning of a long text, and marks the cut.
  const wasCut = was.length >= CUT_FROM && was.endsWith("…");
  const [before, after] = wasCut
    ? [wholeLines(was.slice(0, -1)), wholeLines(now.slice(0, was.length - 1))]
    : [was, now];
  const parts = diffLines(before, after, { maxEditLength: MAX_EDITS });
  if (!parts) return [`rewritten: ${linesOf(was).length} lines before, ${linesOf(now).length} now`];
  const all = parts.filter(({ added, removed }) => added || removed);
  // What differs right at the cut was most likely only pushed over it.
  const last = parts[parts.length - 1];
  const sure = wasCut ? all.filter((part) => part !== last) : all;
  const lines = (sure.length > 0 ? sure : all).flatMap(({ added, value }) =>
    linesOf(value).map((line) => `${added ? "+" : "-"} ${cut(line, MAX_LINE)}`)
  );
  return lines.length > 0 ? lines : ["changed beyond its first 2,000 characters"];
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** Without a last line that was cut, unless that is all there is. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1) || text;
}
