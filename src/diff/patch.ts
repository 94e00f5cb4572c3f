/** Two states of a file to compare. */
export interface PatchInput {
  /** The paths of both, `/dev/null` for none. */
  from: string;
  to: string;
  before: string;
  after: string;
  /** The names of the two states, shown after the paths. */
  was: string;
  is: string;
  /** Lines around each change. Default 3. */
  context?: number;
  /** Without a line above the two paths. Default `false`. */
  headersOnly?: boolean;
}

/** The cost of a comparison grows with the square of the lines that differ: so many take some tenths of a second. */
const MAX_EDITS = 1000;
/** In milliseconds; long texts are slow to compare even if few of their lines differ. */
const TIMEOUT_MS = 250;

/**
 * Returns the difference of two texts as `diff -u` prints it. Of texts that would take too long to compare, it removes and
 * adds all lines between what both begin and end with. It blocks everything else meanwhile: do not call it under a lock.
 */
export async function patchOf(input: PatchInput): Promise<string> {
  const { from, to, before, after, was, is, context = 3, headersOnly = false } = input;
  const { createTwoFilesPatch, FILE_HEADERS_ONLY, formatPatch, INCLUDE_HEADERS } = await import(
    "diff"
  );
  const headerOptions = headersOnly ? FILE_HEADERS_ONLY : INCLUDE_HEADERS;
  const limits = { maxEditLength: MAX_EDITS, timeout: TIMEOUT_MS };
  const options = { ...limits, context, headerOptions };
  const exact = createTwoFilesPatch(from, to, before, after, was, is, options);
  if (exact !== undefined) return exact;
  const names = { oldFileName: from, newFileName: to, oldHeader: was, newHeader: is };
  return formatPatch({ ...names, hunks: [wholeHunk(before, after, context)] }, headerOptions);
}

/** One hunk with all lines between the common beginning and end. */
function wholeHunk(before: string, after: string, context: number) {
  const [old, now] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start++;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++;
  const [first, last] = [Math.max(0, start - context), Math.max(0, end - context)];
  const marked = (mark: string, lines: string[]) =>
    lines.flatMap((line) =>
      line.endsWith("\n") ? [mark + line.slice(0, -1)] : [mark + line, NO_LAST_BREAK]
    );
  return {
    oldStart: first + 1,
    oldLines: old.length - first - last,
    newStart: first + 1,
    newLines: now.length - first - last,
    lines: [
      ...marked(" ", old.slice(first, start)),
      ...marked("-", old.slice(start, old.length - end)),
      ...marked("+", now.slice(start, now.length - end)),
      ...marked(" ", old.slice(old.length - end, old.length - last)),
    ],
  };
}

const NO_LAST_BREAK = "\\ No newline at end of file";

/** The lines of a text with their breaks. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
