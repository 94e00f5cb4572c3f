import { readTail } from "../os/read.ts";
import { appendLine } from "../os/write.ts";
import { archivedLines } from "../profile/archive.ts";
import type { Profile } from "../profile/profile.ts";
import { type MetricLine, metricLineSchema } from "../schema/progress.ts";
import { parseAs } from "../schema/schema.ts";

/** Appends the metrics that have changed to `metrics.jsonl`; durable. */
export async function appendMetrics(
  { paths, warn }: Profile,
  lines: readonly MetricLine[],
): Promise<void> {
  for (const line of lines) await appendLine(paths.metrics, JSON.stringify(line), { onTorn: warn });
}

/** How much of the end of each file is read: a file is rotated at that size. */
const MAX_BYTES = 262_144;

/**
 * Reads the last values of a goal's metric, oldest first. A value that a crash has recorded twice counts once.
 *
 * @param options `count`: how many at most. `since`: only values from this time on, ISO 8601 in UTC
 */
export async function readMetric(
  { paths }: Profile,
  goal: string,
  { count, since = "" }: { count: number; since?: string },
): Promise<MetricLine[]> {
  const lines: MetricLine[] = [];
  for (const path of [paths.metrics, ...archivedLines(paths, paths.metrics)]) {
    const text = await readTail(path, MAX_BYTES);
    const found = text.split("\n").flatMap((line) => parseAs(metricLineSchema, line) ?? []);
    lines.unshift(...found.filter((line) => line.goal === goal && line.ts >= since));
    const isOlder = found.length > 0 && found[0].ts < since;
    if (isOlder || lines.length > count) break;
  }
  return lines.filter(({ value }, i) => value !== lines[i - 1]?.value).slice(-count);
}
