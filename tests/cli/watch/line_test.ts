import { assertEquals } from "@std/assert";
import { edit, emptyLine, type Line, textOf } from "../../../src/cli/watch/line.ts";

/** A line with its cursor as `|`, after keys: a letter types itself, `^x` is Ctrl-X, `<left>` has this name. */
function after(text: string, keys: string, choices: string[] = []): string {
  const [before, rest] = text.split("|");
  let line: Line = { ...emptyLine(), before, after: rest };
  for (const [pressed, name, letter] of keys.matchAll(/<(\w+)>|\^(\w)|./gsu)) {
    const key = { name: name ?? letter ?? "", text: "", ctrl: letter !== undefined, shift: false };
    line = edit(line, name || letter ? key : { ...key, text: pressed }, choices);
  }
  assertEquals(textOf(line), line.before + line.after);
  return `${line.before}|${line.after}`;
}

const CASES: [text: string, keys: string, result: string][] = [
  ["|", "tea", "tea|"],
  ["ta|", "<left>e", "te|a"],
  ["|tea", "<left><right>h", "th|ea"],
  ["tea|", "<right><home>no ", "no |tea"],
  ["te|a", "<end>s", "teas|"],
  ["te|a", "<backspace>", "t|a"],
  ["|tea", "<backspace>", "|tea"],
  ["te|a", "<delete><delete>", "te|"],
  ["te|a", "^a^d^fx^e^h^b", "e|x"],
  ["one two | three", "^w", "one | three"],
  ["one|two", "^k", "one|"],
  ["one|two", "^u", "|two"],
  ["tea|", "^z^c<tab><f5>", "tea|"],
  // A family and a flag are one character each, and so is a letter with its accent.
  ["a👨‍👩‍👧|🇩🇪", "<backspace><delete>e\u0301<left>", "a|e\u0301"],
];

for (const [text, keys, result] of CASES) {
  Deno.test(`edit makes ${result} of ${text} with ${keys}`, () => {
    assertEquals(after(text, keys), result);
  });
}

Deno.test("edit puts the next or previous of its choices in the place of the line", () => {
  const choices = ["green", "black"];
  assertEquals(after("|", "<down>", choices), "green|");
  assertEquals(after("|", "<up>", choices), "black|");
  assertEquals(after("gre|en", "<down><down>", choices), "green|");
  assertEquals(after("green|", "<up>!", choices), "black!|");
  assertEquals(after("te|a", "<up><down>"), "te|a");
});
