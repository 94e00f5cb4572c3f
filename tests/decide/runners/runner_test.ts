import { assertEquals } from "@std/assert";
import { TextReader } from "../../../src/decide/runners/runner.ts";
import { now, readLines } from "./read_recorded.ts";

const usage = { input_tokens: null, cached_input_tokens: null, output_tokens: null };

Deno.test("TextReader takes all of stdout for the answer, of unknown price", () => {
  const { result, shown } = readLines(new TextReader(now), ["{", "", '  "a": 1', "}"]);
  const text = '{\n\n  "a": 1\n}';
  assertEquals(result, { text, model: null, usage, cost_usd: null, error: null });
  assertEquals(shown, ["{", '  "a": 1', "}"]);
});

Deno.test("TextReader gives no text of a program that failed, but its last words", () => {
  const end = { status: 3, stderrTail: "Traceback\nboom\n" };
  const { result } = readLines(new TextReader(now), ["half"], end);
  assertEquals(result.text, "");
  assertEquals(result.error, { kind: "exit", message: "exited with status 3: boom" });
});

Deno.test("TextReader tells refused keys and signals in the last words", () => {
  const error = (status: number, stderrTail: string) =>
    readLines(new TextReader(now), [], { status, stderrTail }).result.error;
  assertEquals(error(1, "Error: 401 nope"), {
    kind: "auth",
    message: "exited with status 1: Error: 401 nope",
  });
  assertEquals(error(143, ""), { kind: "exit", message: "was ended by signal 15" });
  assertEquals(error(0, "Error: 401 nope")?.kind, "empty");
});
