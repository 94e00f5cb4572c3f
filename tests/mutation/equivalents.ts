/**
 * The mutants that change nothing a test could see, each with the reason. They are named by their text, as the
 * report prints them, so that an entry stays valid while lines move:
 *
 *     host/lock.ts > lock
 *     - signal?.removeEventListener("abort", stop);
 *     + ;
 *     why: the listener of a finished call has no effect
 *
 * An empty line ends an entry; lines that start with `#` are comments.
 *
 * @module
 */

import { identify, type Mutant } from "./mutants.ts";

/** A mutant that a reviewer judged to be equivalent. */
export interface Equivalent {
  /** As {@linkcode identify} gives it. */
  id: string;
  /** The file's path below `src/`. */
  file: string;
  why: string;
  /** The line of the list where the entry starts, from 1. */
  line: number;
}

/**
 * Parses the list.
 *
 * @throws {SyntaxError} where an entry lacks a part, or is there twice.
 */
export function parseEquivalents(text: string): Equivalent[] {
  const entries: Equivalent[] = [];
  let lines: string[] = [];
  let start = 0;
  const finish = () => {
    if (lines.length > 0) entries.push(parseEntry(lines, start));
    lines = [];
  };
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("#")) continue;
    if (line.trim() === "") {
      finish();
      continue;
    }
    if (lines.length === 0) start = index + 1;
    lines.push(line.trimEnd());
  }
  finish();
  const seen = new Set<string>();
  for (const { id, line } of entries) {
    if (seen.has(id)) throw new SyntaxError(`line ${line}: this entry is there twice; remove one`);
    seen.add(id);
  }
  return entries;
}

function parseEntry(lines: string[], line: number): Equivalent {
  const [head, ...rest] = lines;
  const reason = rest.pop() ?? "";
  const why = /^why: +(.+)$/.exec(reason)?.[1];
  const marks = rest.map((one) => one[0]).join("");
  if (!/^-+\++$/.test(marks) || why === undefined) {
    throw new SyntaxError(
      `line ${line}: an entry is a line "FILE > DECLARATION", lines "- OLD", lines "+ NEW", ` +
        'and a line "why: REASON"',
    );
  }
  return { id: [head, ...rest].join("\n"), file: head.split(/ [>#]/)[0], why, line };
}

/**
 * Gives the entries that match no mutant, of those entries whose file was mutated or does not exist.
 *
 * @param mutants All mutants of the tested files.
 * @param isTested Whether a file below `src/` is among the tested ones; `null` where there is no such file.
 */
export function staleEntries(
  entries: Equivalent[],
  mutants: Mutant[],
  isTested: (file: string) => boolean | null,
): Equivalent[] {
  const ids = new Set(mutants.map(identify));
  return entries.filter(({ id, file }) => !ids.has(id) && isTested(file) !== false);
}
