import type { z } from "zod";

/** Reads one line of an event stream; `undefined` where it is no JSON or no event of this shape. */
export function parseEvent<T>(schema: z.ZodType<T>, line: string): T | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    // Not JSON: a log line among the events.
    return undefined;
  }
}
