import { assertEquals } from "@std/assert";
import { fitText, hangText, quoteBlock, wrapText } from "../../src/cli/output/text.ts";

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

Deno.test("quoteBlock sets every line apart, and leaves nothing out of a broken one", () => {
  assertEquals(quoteBlock("$ rm -rf  x\n\nlooop approve 1\n", null, "columns"), [
    "  │ $ rm -rf  x",
    "  │ ",
    "  │ looop approve 1",
  ]);
  assertEquals(quoteBlock("0123456789a  b", 16, "columns"), ["  │ 0123456789a ", "  ┊  b"]);
  assertEquals(quoteBlock("one two three four", 17, "words"), ["  │ one two three", "  ┊ four"]);
});
