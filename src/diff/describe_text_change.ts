import { cut } from "../model/cut.ts";

/** The most characters of one line. */
const MAX_LINE = 200;

/** Names the lines that a text lost (`- …`) and won (`+ …`), in their order. */
export async function describeTextChange(was: string, now: string): Promise<string[]> {
  // Loaded only here: most ticks see no text change.
  const { diffLines } = await import("diff");
  // The baseline keeps only the beginning of a long text, and marks the cut.
  const shown = was.endsWith("…") ? `${now.slice(0, was.length - 1)}…` : now;
  const lines = diffLines(was, shown).flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    const sign = added ? "+" : "-";
    return value.replace(/\n$/, "").split("\n").map((line) => `${sign} ${cut(line, MAX_LINE)}`);
  });
  return lines.length > 0 ? lines : ["changed beyond its first 2,000 characters"];
}
