import * as v from "valibot";

const UTC = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$/;

/** ISO 8601 in UTC, as `Date` writes it: such times are compared as texts, where any other form sorts wrong. */
export const timeSchema = v.pipe(
  v.string(),
  v.check(
    (text) => UTC.test(text) && isDay(text.slice(0, 10)),
    "must be a time in UTC, such as 2026-11-23T09:30:00.000Z",
  ),
);

/** `Date` takes February 30 for a day of March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
