import type { ZodMiniType } from "zod/mini";

/** Reads one line of an event stream; `undefined` where it is not JSON or not an event of this shape. */
export function parseEvent<T>(schema: ZodMiniType<T>, line: string): T | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    // Not JSON: a log line among the events.
    return undefined;
  }
}
