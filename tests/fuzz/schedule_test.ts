import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseSchedule } from "../../src/profile/schedule_file.ts";
import { newestSlot, nextSlot } from "../../src/profile/slots.ts";
import { slotsByTemporal } from "../support/slots_by_temporal.ts";
import { fuzz } from "./fuzz.ts";

/** Among them zones that change by half an hour, at midnight, twice around Ramadan, and one that skipped a day. */
const ZONES = [
  ...["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"],
  ...["America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "America/Santiago"],
  ...["America/Havana", "Europe/Dublin", "Asia/Gaza", "Pacific/Kiritimati"],
];

/** A field of numbers: `*`, a step, a list, or ranges. */
function field(min: number, max: number, names: string[] = []) {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: 30 }).map((step) => Math.min(step, max));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    step.map((step) => `*/${step}`),
    { weight: 3, arbitrary: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map(String) },
    range,
    fc.tuple(range, step).map(([range, step]) => `${range}/${step}`),
    fc.tuple(value, range).map(String),
    ...(names.length === 0 ? [] : [fc.constantFrom(...names)]),
  );
}

/** Times of which half are within hours of a change of the clocks, a leap day or the end of a month. */
const time = fc.tuple(
  fc.oneof(
    fc.integer({ min: 946_684_800, max: 2_000_000_000 }),
    fc.constantFrom(
      ...["2026-03-29T01:00Z", "2026-10-25T01:00Z", "2026-04-04T15:00Z", "2026-10-03T15:30Z"],
      ...["2028-02-29T00:00Z", "2026-01-31T23:59Z", "2011-12-30T10:00Z", "2026-03-08T07:00Z"],
      ...["2026-11-01T06:00Z", "2026-09-06T04:00Z", "2026-04-05T03:00Z", "2100-02-28T23:30Z"],
      ...["2026-02-15T02:00Z", "2026-03-22T02:00Z", "2026-03-08T05:00Z", "2026-02-28T23:00Z"],
    ).map((iso) => Date.parse(iso) / 1000),
  ),
  fc.oneof(fc.integer({ min: -14_400, max: 14_400 }), fc.integer({ min: -90, max: 90 })),
  fc.constantFrom(0, 0, 1, 500, 999),
).map(([at, off, ms]) => new Date((at + off) * 1000 + ms));

fuzz("slots of schedules against Temporal", {
  input: fc.record({
    fields: fc.tuple(
      field(0, 59),
      field(0, 23),
      field(1, 31, ["L"]),
      field(1, 12, ["JAN", "FEB", "MAR-OCT"]),
      fc.oneof(
        { weight: 2, arbitrary: fc.constant("*") },
        field(0, 7, ["MON-FRI", "SUN", "5#2", "1#5", "5L"]),
      ),
    ),
    tz: fc.constantFrom(...ZONES),
    now: time,
  }),
  check({ fields, tz, now }) {
    const cron = fields.join(" ");
    const schedule = parseSchedule("s", `cron: "${cron}"\ntz: ${tz}\n`);
    if (typeof schedule === "string") {
      assertEquals(schedule, "`cron` never matches");
      return "never";
    }
    const expected = slotsByTemporal(cron, tz, now);
    const found = { newest: newestSlot(schedule, now), next: nextSlot(schedule, now) };
    // The reference looks only some days ahead and back.
    if (expected.newest !== null) assertEquals(found.newest, expected.newest, `${cron} ${tz}`);
    else if (found.newest) assertEquals(found.newest < expected.from, true, `${cron} ${tz}`);
    if (expected.next !== null) assertEquals(found.next, expected.next, `${cron} ${tz}`);
    else if (found.next) assertEquals(found.next > expected.to, true, `${cron} ${tz}`);
    return expected.next === null ? "far" : "near";
  },
  shares: { near: 0.2, far: 0.05 },
});
