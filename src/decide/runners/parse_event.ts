import * as v from "valibot";

/** Reads one line of an event stream; `undefined` where it is no JSON or no event of this shape. */
export function parseEvent<T>(schema: v.GenericSchema<unknown, T>, line: string): T | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const event = v.safeParse(schema, JSON.parse(line), { abortEarly: true });
    return event.success ? event.output : undefined;
  } catch {
    // Not JSON: a log line among the events.
    return undefined;
  }
}
