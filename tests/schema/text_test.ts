import { assertEquals } from "@std/assert";
import { nearest, parkedUntil } from "../../src/schema/text.ts";

Deno.test("nearest finds what a mistyped word means, and nothing for another word", () => {
  const names = ["tick", "run", "status", "cost", "answer", "approve", "version"];
  const typed = ["tikc", "tck", "stat", "costs", "aprove", "verison", "anser", "frobnicate", "x"];
  assertEquals(typed.map((word) => nearest(word, names)), [
    "tick",
    "tick",
    "status",
    "cost",
    "approve",
    "version",
    "answer",
    null,
    null,
  ]);
});

const now = new Date("2026-11-23T09:30:00.000Z");

Deno.test("parkedUntil waits until a limit ends, but for 24 hours at most", () => {
  assertEquals(parkedUntil("2026-11-23T10:00:00Z", now), "2026-11-23T10:00:00.000Z");
  assertEquals(parkedUntil("2031-01-01T00:00:00.000Z", now), "2026-11-24T09:30:00.000Z");
});

Deno.test("parkedUntil does not park where the end is past, no time, or not told", () => {
  const ends = ["2026-11-23T09:30:00.000Z", "1970-01-01T00:00:00Z", "soon", undefined];
  assertEquals(ends.map((end) => parkedUntil(end, now)), [null, null, null, null]);
});
