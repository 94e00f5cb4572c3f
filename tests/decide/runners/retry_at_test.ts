import { assertEquals } from "@std/assert";
import { retryAt } from "../../../src/decide/runners/stream.ts";

const now = new Date("2026-11-23T04:50:00Z");
const cases: [message: string, seconds: number | undefined][] = [
  ["Please try again in 20s.", 20],
  ["Please try again in 1.5s.", 1.5],
  ["Please try again in 250ms.", 0.25],
  ["Rate limited. Retry after 30 seconds", 30],
  ["try again in 1h2m3s", 3723],
  ["try again in 3 days, 4 hours 5 minutes.", 273_900],
  ["limit resets in 12 minutes", 720],
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
  assertEquals(retryAt("try again at Nov 25th, 2026 5:43 PM.", noon), local(25, 17, 44));
  assertEquals(retryAt("try again at Xyz 25th, 2026 5:43 PM.", noon), undefined);
  assertEquals(retryAt("try again at Nov 25th, 9999 5:43 PM.", noon), undefined);
});
