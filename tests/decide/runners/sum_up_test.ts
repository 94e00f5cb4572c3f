import { assertEquals } from "@std/assert";
import { sumUp } from "../../../src/decide/runners/stream.ts";

const usage = { input_tokens: null, cached_input_tokens: null, output_tokens: null };
const found = { text: "half", model: null, usage, cost_usd: null, error: null };

for (
  const [what, stderrTail, last] of [
    ["the last line", "Traceback\nboom\n", ": boom"],
    ["the last line, which has no line end", "Traceback\nboom", ": boom"],
    ["the line above an indented dump", "Loading\nboom\n  at a\n\tat b\n", ": boom"],
    ["the line above a dump in braces", "Loading\nboom {\n  code: 1\n}\n", ": boom {"],
    ["the line above a dump in brackets", "Loading\nboom [\n  1,\n]\n", ": boom ["],
    ["the line above a dump in parentheses", "Loading\nboom (\n  1,\n)\n", ": boom ("],
    ["the line above blank lines", "Loading\nboom\n\n \n", ": boom"],
    ["a last line that opens a brace", "Loading\n{boom\n", ": {boom"],
    ["nothing where stderr has blank lines alone", "\n \n", ""],
    ["nothing where stderr is empty", "", ""],
  ]
) {
  Deno.test(`sumUp quotes of a failed call's stderr ${what}`, () => {
    const { error, text } = sumUp(found, { status: 3, stderrTail }, undefined);
    assertEquals(error, { kind: "exit", message: `exited with status 3${last}` });
    assertEquals(text, "");
  });
}
