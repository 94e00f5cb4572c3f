import type { ZodMiniType } from "zod/mini";
import { readRegularLines } from "../../host/read_regular_lines.ts";

/** Longer than the records of any session that a person could follow. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads those lines of a file that are JSON of this shape. A line of another kind is passed over, and so is the
 * last one while it is being written. A missing file has no lines.
 */
export async function readJsonLines<T>(
  path: string,
  schema: ZodMiniType<T>,
): Promise<T[]> {
  const found: T[] = [];
  // Its worker may write there whatever it likes.
  for await (const batch of readRegularLines(path, MAX_BYTES)) {
    for (const line of batch) {
      if (!line.startsWith("{")) continue;
      const parsed = schema.safeParse(parse(line));
      if (parsed.success) found.push(parsed.data);
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
