import { assertEquals } from "@std/assert";
import { isWithinAYear, retryAt, StreamReader } from "../../../src/decide/runners/stream.ts";
import type { RunnerError } from "../../../src/schema/decision.ts";

const now = new Date("2026-11-23T04:50:00Z");
const cases: [message: string, seconds: number | undefined][] = [
  ["Please try again in 20s.", 20],
  ["Please try again in 1.5s.", 1.5],
  ["Please try again in 250ms.", 0.25],
  ["Rate limited. Retry after 30 seconds", 30],
  ["try again in 1h2m3s", 3723],
  ["try again in 3 days, 4 hours 5 minutes.", 273_900],
  ["limit resets in 12 minutes", 720],
  ["try again in 250 milliseconds", 0.25],
  ["try again in 3 xyz 4 seconds", 4],
  ["try again in 0s", 0],
  ["try again in 366 days", 31_622_400],
  ["try again in 366 days 1 second", undefined],
  ["try again later", undefined],
  ["try again in 99999999999999999999s", undefined],
  ["", undefined],
];

for (const [message, seconds] of cases) {
  Deno.test(`retryAt understands ${JSON.stringify(message)}`, () => {
    const expected = seconds === undefined
      ? undefined
      : new Date(now.getTime() + seconds * 1000).toISOString();
    assertEquals(retryAt(message, now), expected);
  });
}

Deno.test("retryAt takes a time of day for the next one, the end of its minute", () => {
  const local = (day: number, hours: number, minutes: number) =>
    new Date(2026, 10, day, hours, minutes).toISOString();
  const noon = new Date(2026, 10, 23, 12, 0);
  assertEquals(retryAt("or try again at 5:43 PM.", noon), local(23, 17, 44));
  assertEquals(retryAt("or try again at 5:43 AM.", noon), local(24, 5, 44));
  assertEquals(retryAt("or try again at 12:05 AM.", noon), local(24, 0, 6));
  assertEquals(retryAt("or try again at 11:58 AM.", noon), local(24, 11, 59));
  assertEquals(retryAt("or try again at 11:59 AM.", noon), local(24, 12, 0));
  assertEquals(retryAt("try again at Nov 25th, 2026 5:43 PM.", noon), local(25, 17, 44));
  assertEquals(retryAt("try again at Xyz 25th, 2026 5:43 PM.", noon), undefined);
  assertEquals(retryAt("try again at Nov 25th, 9999 5:43 PM.", noon), undefined);
});

Deno.test("isWithinAYear takes times of the past, and up to 366 days ahead", () => {
  const after = (ms: number) => isWithinAYear(new Date(now.getTime() + ms), now);
  const year = 366 * 86_400_000;
  assertEquals([after(-2 * year), after(0), after(year), after(year + 1)], [
    ...[true, true, true, false],
  ]);
  assertEquals(isWithinAYear(new Date(NaN), now), false);
});

/** A reader of which each line is an error that its program will retry after. */
class RetryReader extends StreamReader {
  line(line: string) {
    this.stopIfHopeless(JSON.parse(line));
    return undefined;
  }
}

/** Gives what makes a call hopeless that reports this error at this time. */
function hopelessOf(error: RunnerError, at: Date): RunnerError | null {
  const reader = new RetryReader(() => at);
  reader.line(JSON.stringify(error));
  return reader.hopeless;
}

for (
  const [what, error, hopeless] of [
    ["rejected credentials", { kind: "auth" }, true],
    ["a limit of 30 s", { kind: "rate_limit", retry_at: "2026-11-23T04:50:30.000Z" }, false],
    ["a longer limit", { kind: "rate_limit", retry_at: "2026-11-23T04:50:30.001Z" }, true],
    ["a limit without an end", { kind: "rate_limit" }, false],
    ["another error", { kind: "model" }, false],
  ] as const
) {
  Deno.test(`StreamReader takes ${what} for ${hopeless ? "hopeless" : "one that may pass"}`, () => {
    const reported = { message: "x", ...error };
    assertEquals(hopelessOf(reported, now), hopeless ? reported : null);
  });
}

Deno.test("StreamReader measures by its clock how far a limit's end is", () => {
  const limit = { kind: "rate_limit", message: "x" } as const;
  const limited = { ...limit, retry_at: "2026-11-23T04:50:01.000Z" };
  const before = new Date("2026-11-23T04:50:00Z");
  const longBefore = new Date("2026-11-23T04:49:00Z");
  assertEquals([hopelessOf(limited, longBefore), hopelessOf(limit, longBefore)], [limited, null]);
  assertEquals([hopelessOf(limited, before), hopelessOf(limit, before)], [null, null]);
});
