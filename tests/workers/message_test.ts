import { assertEquals, assertStringIncludes } from "@std/assert";
import { asArgument, continuationText } from "../../src/workers/messages.ts";

const PATHS = {
  promptFile: "/w/prompt.md",
  transcript: "/w/transcript",
  report: null,
  limited: false,
  asks: [],
};

Deno.test("continuationText of a new session names the task, the report and what the terminal showed", () => {
  const text = continuationText({ ...PATHS, continued: false, report: "/reports/a.md" });
  for (const path of ["/w/prompt.md", "/w/transcript", "/reports/a.md"]) {
    assertStringIncludes(text, path);
  }
  assertStringIncludes(text, "its conversation is not recorded");
  assertStringIncludes(continuationText({ ...PATHS, continued: false }), "There is no report yet.");
  const own = continuationText({ ...PATHS, continued: true });
  assertStringIncludes(own, "Your session was interrupted.");
  assertEquals(own.includes("/w/"), false);
  const limited = continuationText({ ...PATHS, continued: true, limited: true });
  assertStringIncludes(limited, "A usage limit had stopped you.");
});

Deno.test("asArgument passes a message itself, and a reference to one too long for an argument", () => {
  assertEquals(asArgument("short\n", "/w/message.md"), "short");
  assertStringIncludes(asArgument("ü".repeat(40_000), "/w/message.md"), "file /w/message.md ");
});
