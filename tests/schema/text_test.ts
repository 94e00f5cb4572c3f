import { assertEquals } from "@std/assert";
import { nearest } from "../../src/schema/text.ts";

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
