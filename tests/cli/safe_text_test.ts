import { assertEquals } from "@std/assert";
import { safeJson, safeLine, safeText } from "../../src/cli/output/text.ts";

Deno.test("safeText shows what a terminal would obey as escapes", () => {
  const cases: [string, string][] = [
    ["\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"],
    ["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
    ["\x9b2J", "\\x9b2J"],
    ["a\rb\bc\x7f", "a\\x0db\\x08c\\x7f"],
    ["a\r\nb\tc", "a\nb    c"],
    ["\u2028\u2029\x85", "\\u{2028}\\u{2029}\\x85"],
  ];
  assertEquals(cases.map(([text]) => safeText(text)), cases.map(([, safe]) => safe));
});

Deno.test("safeText shows what a reader could not see", () => {
  const cases: [string, string][] = [
    ["a\u202eb\u2066c\u200ed", "a\\u{202e}b\\u{2066}c\\u{200e}d"],
    ["rm\u200b -rf\ufeff\u00ad", "rm\\u{200b} -rf\\u{feff}\\xad"],
    ["a\u200db\ufe0fc\u034fd\u3164", "a\\u{200d}b\\u{fe0f}c\\u{034f}d\\u{3164}"],
    ["\u{e0041}\u{e0100}", "\\u{e0041}\\u{e0100}"],
    ["\ud800", "\\u{d800}"],
  ];
  assertEquals(cases.map(([text]) => safeText(text)), cases.map(([, safe]) => safe));
});

Deno.test("safeText leaves text in any script and emoji as they are", () => {
  const texts = ["naïve e\u0301", "日本語 한국 العربية", "👩‍👩‍👧 ❤️ 1️⃣ 👍🏽 🏳️‍🌈", "a b"];
  assertEquals(texts.map(safeText), texts);
});

Deno.test("safeLine makes any text one line", () => {
  assertEquals(safeLine("  a\n\n b\r\n\tc \u2028d"), "a b c \\u{2028}d");
});

Deno.test("safeJson escapes in strings what is unsafe, and reads back the same", () => {
  const value = { a: "\x9b2J\u202e\x7f\u{e0041}", b: ["\x1b", "日本", "👩‍👩‍👧"] };
  const text = safeJson(value);
  assertEquals(
    text,
    '{\n  "a": "\\u009b2J\\u202e\\u007f\\udb40\\udc41",\n' +
      '  "b": [\n    "\\u001b",\n    "日本",\n    "👩‍👩‍👧"\n  ]\n}',
  );
  assertEquals(JSON.parse(text), value);
});
