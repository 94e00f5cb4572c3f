import type { BenchOptions, Figure, Row } from "./row.ts";

/** What measuring came to. */
export interface Measured {
  /** In the order of the rows, whatever was measured first. */
  figures: Figure[];
  /** Rows that could not be measured, and why. */
  failures: { row: string; error: string }[];
  /** How long it took, without fetching. */
  seconds: number;
}

/**
 * Measures rows: first those that others do not disturb, all at once, then the others one by one. One that fails takes
 * nothing from the others.
 *
 * @param between called after each that runs by itself, and before the first of them
 */
export async function measureRows(
  rows: readonly Row[],
  options: BenchOptions,
  say: (line: string) => void,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<Measured> {
  const results = new Map<Row, Figure[] | Error>();
  const measure = async (row: Row) => {
    const started = performance.now();
    const result = await row.measure(options).catch((error) => error as Error);
    results.set(row, result);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    say(`${row.name}: ${result instanceof Error ? "failed" : "measured"} in ${seconds} s`);
  };
  const fetched: Row[] = [];
  for (const row of rows) {
    const error = await row.prepare?.().then(() => null, (error) => error as Error);
    if (error) results.set(row, error);
    else fetched.push(row);
  }
  const started = performance.now();
  await Promise.all(fetched.filter(({ undisturbed }) => undisturbed).map(measure));
  await between();
  for (const row of fetched.filter(({ undisturbed }) => !undisturbed)) {
    await measure(row);
    await between();
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  const measured: Measured = { figures: [], failures: [], seconds };
  for (const row of rows) {
    const result = results.get(row)!;
    if (result instanceof Error) measured.failures.push({ row: row.name, error: result.message });
    else measured.figures.push(...result);
  }
  return measured;
}
