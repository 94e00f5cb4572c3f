import { assert, assertEquals } from "@std/assert";
import {
  fitText,
  foldText,
  hangText,
  quoteBlock,
  safeJson,
  safeLine,
  safeText,
  wrapText,
} from "../../../src/cli/output/text.ts";
import { timeRatio } from "../../support/time_ratio.ts";

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
    ["1\ufe0f2\ufe0f\u20e3\u2708\ufe0f", "1\\u{fe0f}2\ufe0f\u20e3\u2708\ufe0f"],
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

Deno.test("wrapText breaks at spaces, and counts wide characters as two columns", () => {
  assertEquals(wrapText("one two three four", 13), ["one two three", "four"]);
  assertEquals(wrapText("日本語日本語日本語", 12), ["日本語日本語", "日本語"]);
  assertEquals(wrapText("abcdefghijklmnopq", 12), ["abcdefghijkl", "mnopq"]);
  assertEquals(wrapText("    indented is kept", 16), ["    indented is", "kept"]);
  assertEquals(wrapText("a\n\nb", 20), ["a", "", "b"]);
});

Deno.test("wrapText leaves lines alone where there is no terminal, and never breaks below 12 columns", () => {
  assertEquals(wrapText("x ".repeat(200), null), ["x ".repeat(200)]);
  assertEquals(wrapText("abcdefghijklm", 1), ["abcdefghijkl", "m"]);
});

Deno.test("hangText leaves room below what stands first", () => {
  assertEquals(hangText("09:30 ", "one two three four", 19), ["09:30 one two three", "      four"]);
});

Deno.test("fitText cuts to columns, never through a character", () => {
  assertEquals(fitText("abcdef", 4), "abc…");
  assertEquals(fitText("日本語", 4), "日…");
  assertEquals(fitText("日本語", 6), "日本語");
  assertEquals(fitText("👩‍👩‍👧👩‍👩‍👧", 3), "👩‍👩‍👧…");
  assertEquals(fitText("abc", null), "abc");
});

Deno.test("fitText and quoteBlock cut between plain characters and what follows them", () => {
  assertEquals(fitText("abce\u0301fg", 5), "abce\u0301…");
  assertEquals(quoteBlock(`${"a".repeat(12)}\u0301b`, 16, "columns"), [
    `  │ ${"a".repeat(12)}\u0301`,
    "  ┊ b",
  ]);
});

Deno.test("quoteBlock breaks a text without spaces in a time that grows with its length", async () => {
  for (const character of ["\u200d", "\u2028", "a"]) {
    const quote = (length: number) => () => quoteBlock(character.repeat(length), 80, "words");
    const ratio = await timeRatio(quote(10_000), quote(100_000));
    assert(ratio < 40, `${ratio} times as long for 10 times the text`);
  }
});

Deno.test("quoteBlock sets every line apart, and leaves nothing out of a broken one", () => {
  assertEquals(quoteBlock("$ rm -rf  x\n\nlooop approve 1\n", null, "columns"), [
    "  │ $ rm -rf  x",
    "  │ ",
    "  │ looop approve 1",
  ]);
  assertEquals(quoteBlock("0123456789a  b", 16, "columns"), ["  │ 0123456789a ", "  ┊  b"]);
  assertEquals(quoteBlock("one two three four", 17, "words"), ["  │ one two three", "  ┊ four"]);
});

Deno.test("foldText breaks at spaces, aligns table cells and indented lines, and keeps words whole", () => {
  assertEquals(
    foldText("one two three\n  four five six\n", 10),
    "one two\nthree\n  four\n  five six\n",
  );
  assertEquals(
    foldText("  --json  print JSON at once", 20),
    "  --json  print JSON\n          at once",
  );
  assertEquals(foldText("see /a/long/path/of/it now", 8), "see\n/a/long/path/of/it\nnow");
  assertEquals(foldText("a wide line of text", null), "a wide line of text");
});
