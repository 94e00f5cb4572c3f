import { assertEquals } from "@std/assert";
import { isWithinAYear, retryAt, retryHeader, unixTime } from "../../src/schema/reset_time.ts";
import { StreamReader } from "../../src/decide/runners/stream.ts";
import type { RunnerError } from "../../src/schema/decision.ts";

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
  ["You have hit your ChatGPT usage limit (plus plan). Try again in ~45 min.", 2700],
  ["Server requested 3600s retry delay (max: 60s)", 3600],
  ["Your quota will reset after 18h31m10s.", 66_670],
  ["Please retry in 34.5s.", 34.5],
  ["Please try again in 7m12.5s", 432.5],
  ["please wait 30 seconds before trying again", 30],
  ["resets in about 3 hours and 20 minutes", 12_000],
  ["available again in 2 weeks", 1_209_600],
  ['429 {"error":{"type":"usage_limit_reached","resets_in_seconds":300}}', 300],
  ['{"error":{"type":"usage_limit_reached","resets_at":1795413600}}', 4200],
  ['{"metadata":{"headers":{"X-RateLimit-Reset":"1795413600000"}}}', 4200],
  ['{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.07s"}', 34.07],
  ["Claude AI usage limit reached|1795413600", 4200],
  ["limit resets at 2026-11-23T05:43:00Z", 3180],
  ["resets at 2026-11-23 05:43 UTC", 3180],
  ['{"resets_at":"2026-11-23T06:43:00.5+01:00"}', 3180],
  ["You've hit your session limit · resets 5:47am (UTC)", 3480],
  ["Your limit will reset at 3pm (America/Los_Angeles).", 65_460],
  ["5-hour limit reached ∙ resets 6am (Europe/Berlin)", 660],
  ["Weekly limit reached ∙ resets Nov 25, 9am (Asia/Kolkata)", 168_060],
  ["resets Nov 25 at 17:43 UTC", 219_240],
  ["resets Jan 2, 5am (UTC)", 3_456_660],
  ["resets Thu 9:00 AM (UTC)", 274_260],
  ["resets Mon 4:00 AM UTC", 601_860],
  ["Please try again in an hour", 3600],
  ["retry after a minute", 60],
  ["Rate limit resets in 01:23:45", 5025],
  ['{"retry_after_ms": 5000}', 5],
  ["resets tomorrow at 9am (UTC)", 101_460],
  ["resets today at 9am (UTC)", 15_060],
  ["limit will reset at noon UTC", 25_860],
  ["resets midnight UTC", 69_060],
  ["resets on 25 Nov 2026 at 09:00 UTC", 187_860],
  ["You will regain access on 2026-12-01 at 00:00 UTC.", 673_800],
  ["resets on 2026-12-01 UTC", 673_800],
  ["resets 6am (UTC+1)", 660],
  ["resets 6:00 GMT+01:00", 660],
  ["resets 9pm (PST)", 660],
  ["resets 7am CEST", 660],
  ["5 hour usage limit reached. It will reset in 2 hours 5 minutes.", 7500],
  ["You're out of extra usage · resets Nov 30 at 9am (UTC)", 619_860],
  ["limit resets in: 45 minutes", 2700],
  ["limit refreshes in 3 hours", 10_800],
  ["try again in half an hour", 1800],
  ["Please retry after 120.", 120],
  ['{"quotaResetDelay":"1h2m3.5s","quotaResetTimeStamp":"2026-11-23T05:52:03Z"}', 3723.5],
  ['"quotaResetTimeStamp": "2026-11-23T05:43:00Z"', 3180],
  ['{"reset_after_seconds":300}', 300],
  ["Usage resets daily at 05:43 UTC", 3240],
  ["come back at 5:43am UTC", 3240],
  ['{"error":"rate_limited","retryAfter":37}', 37],
  ["retry after 2026-11-23T05:00:00+00:00", 600],
  ["Retry-After: Wed, 25 Nov 2026 05:42:59 GMT", 175_980],
  ["resets on Monday, November 30 at 9:00 AM UTC", 619_860],
  ["try again later", undefined],
  ["try again in a few minutes", undefined],
  ["try again a second time", undefined],
  ["It will reset in less than a minute.", undefined],
  ["try again after 2 attempts", undefined],
  ["it resets 5 counters", undefined],
  ["resets_at: never", undefined],
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

Deno.test("retryAt takes a zone that it does not know for the machine's own", () => {
  const noon = new Date(2026, 10, 23, 12, 0);
  const at = new Date(2026, 10, 23, 15, 1).toISOString();
  for (const message of ["resets 3pm (Mars/Olympus)", "resets 3pm or later", "resets at 15:00"]) {
    assertEquals(retryAt(message, noon), at, message);
  }
});

for (
  const [headers, seconds] of [
    [{ "Retry-After": "90" }, 90],
    [{ "retry-after": "Mon, 23 Nov 2026 04:51:00 GMT" }, 60],
    [{ "retry-after-ms": "1500", "retry-after": "90" }, 1.5],
    [{ "x-ratelimit-reset-requests": "6m0s" }, 360],
    [{ "anthropic-ratelimit-unified-reset": "1795413600" }, 4200],
    [{ "anthropic-ratelimit-tokens-reset": "2026-11-23T04:52:00Z" }, 120],
    [{ "X-RateLimit-Reset": "1795413600000" }, 4200],
    [{ "retry-after": "soon", "x-ratelimit-limit-requests": "60" }, undefined],
    [{}, undefined],
  ] as [Record<string, string>, number | undefined][]
) {
  Deno.test(`retryHeader understands ${JSON.stringify(headers)}`, () => {
    const expected = seconds === undefined
      ? undefined
      : new Date(now.getTime() + seconds * 1000).toISOString();
    assertEquals(retryHeader(headers, now), expected);
  });
}

Deno.test("unixTime takes seconds and milliseconds, and no implausible time", () => {
  const at = "2026-11-23T10:00:00.000Z";
  assertEquals([unixTime(1_795_428_000, now), unixTime(1_795_428_000_000, now)], [at, at]);
  for (const odd of [undefined, null, 0, -5, NaN, 1e300, 4_102_444_800]) {
    assertEquals(unixTime(odd, now), undefined, `${odd}`);
  }
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
