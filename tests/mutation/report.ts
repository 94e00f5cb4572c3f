import { identify, type Mutant } from "./mutants.ts";
import type { Result } from "./run_mutants.ts";

/** The result of one module. */
export interface Row {
  module: string;
  /** How many were run: all, or the sample. */
  mutants: number;
  killed: number;
  timedOut: number;
  survived: number;
  /** How many were not run because they are listed as equivalent. */
  equivalent: number;
  /** Killed and timed out, of those that were run; 100 where there are none. */
  percent: number;
}

/** Adds up the results of one module. */
export function summarize(module: string, results: Result[], equivalent: number): Row {
  const count = (status: Result["status"]) =>
    results.filter((result) => result.status === status).length;
  const mutants = results.length;
  const survived = count("survived");
  const percent = mutants === 0 ? 100 : (mutants - survived) / mutants * 100;
  const [killed, timedOut] = [count("killed"), count("timed out")];
  return { module, mutants, killed, timedOut, survived, equivalent, percent };
}

/** Shows a mutant: where it is, then what an entry in the list of equivalent mutants starts with. */
export function renderMutant(mutant: Mutant, note = ""): string {
  const place = `src/${mutant.file}:${mutant.line}`;
  return `${place} (${mutant.operator})${note === "" ? "" : `: ${note}`}\n${identify(mutant)}\n`;
}

/** Shows a mutant that no test noticed. */
export function renderSurvivor({ mutant, tests }: Result): string {
  const by = tests === 0
    ? "no test executes it"
    : `${tests} test ${tests === 1 ? "file" : "files"} passed`;
  return renderMutant(mutant, `survived, ${by}`);
}

/** Shows the rows below one another; marks those below the minimum. */
export function renderTable(rows: Row[], minPercent: number): string {
  const head = ["module", "mutants", "killed", "timed out", "survived", "equivalent", "percent"];
  const cells = rows.map((row) => [
    row.module,
    ...[row.mutants, row.killed, row.timedOut, row.survived, row.equivalent].map(String),
    `${Math.floor(row.percent)} %${row.percent < minPercent ? ` < ${minPercent} %` : ""}`,
  ]);
  const all = [head, ...cells];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: string[]) =>
    row.map((cell, column) =>
      column === 0 || column === head.length - 1
        ? cell.padEnd(widths[column])
        : cell.padStart(widths[column])
    ).join("  ").trimEnd();
  return all.map(line).join("\n");
}
