import type { z } from "zod";
import { readLines } from "../../host/read_lines.ts";

/**
 * Reads those lines of a file that are JSON of this shape. A line of another kind is passed over, and so is the
 * last one while it is being written. A missing file has no lines.
 */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const batch of readLines(path)) {
    for (const line of batch) {
      if (!line.startsWith("{")) continue;
      const value = parse(line);
      const parsed = value === undefined ? undefined : schema.safeParse(value);
      if (parsed?.success) found.push(parsed.data);
    }
  }
  return found;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Half a line: the program is writing it now.
    return undefined;
  }
}
