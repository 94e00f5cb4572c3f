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

Deno.test("nearest never suggests a word that only looks a little alike", () => {
  const names = [
    ...[
      "asks",
      "attach",
      "answer",
      "down",
      "goal",
      "logs",
      "ls",
      "pause",
      "prune",
      "reset",
      "resume",
    ],
    ...[
      "run",
      "sensor",
      "snooze",
      "start-session",
      "status",
      "tick",
      "undo",
      "up",
      "wait",
      "watch",
    ],
  ];
  const unrelated = [
    "edit",
    "show",
    "stop",
    "push",
    "test",
    "send",
    "deny",
    "sta",
    "re",
    "u",
    "rm",
  ];
  assertEquals(unrelated.filter((word) => nearest(word, names) !== null), []);
  const meant = ["Tick", "atach", "lgos", "snsor", "resmue", "stats", "und", "sen"];
  assertEquals(meant.map((word) => nearest(word, names)), [
    ...["tick", "attach", "logs", "sensor", "resume", "status", "undo", "sensor"],
  ]);
});
