import { assertEquals } from "@std/assert";
import { TextReader } from "../../../src/decide/runners/runner.ts";
import { plainText } from "../../../src/schema/text.ts";
import { StreamReader, type Tokens } from "../../../src/decide/runners/stream.ts";
import type { RunnerError } from "../../../src/schema/decision.ts";

const now = new Date("2026-11-23T04:50:00Z");
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
    ["stdout where stderr has blank lines alone", "\n \n", ": half"],
    ["stdout where stderr is empty", "", ": half"],
  ]
) {
  Deno.test(`StreamReader quotes of a failed call's stderr ${what}`, () => {
    const reader = new TextReader(() => now);
    reader.line("half");
    const { error, text } = reader.end({ status: 3, stderrTail });
    assertEquals(error, { kind: "exit", message: `exited with status 3${last}` });
    assertEquals(text, "");
  });
}

/** What {@linkcode FilledReader} is said to have read. */
interface Call {
  text?: string;
  usages?: Tokens[];
  costs?: number[];
  error?: RunnerError | null;
}

/** A reader whose fields are set as its lines would have set them. */
class FilledReader extends StreamReader {
  constructor({ text = "half", usages = [], costs = [], error = null }: Call) {
    super(() => now);
    this.text = text;
    this.usages = usages;
    this.costs = costs;
    this.error = error;
  }

  line() {
    return undefined;
  }
}

/** Gives the result of such a call. */
function resultOf(call: Call, status = 0) {
  return new FilledReader(call).end({ status, stderrTail: "" });
}

const RATE_LIMIT = { kind: "rate_limit", message: "x" } as const;
for (
  const [what, input_tokens, output_tokens, price, error, cost] of [
    ["as reported", 5, 2, 0.5, null, 0.5],
    ["none where none is reported", 5, 2, null, null, null],
    ["unknown where 0 is reported of used tokens", 5, 2, 0, null, null],
    ["unknown where 0 is reported of output tokens alone", 0, 2, 0, null, null],
    ["unknown where 0 is reported of input tokens alone", 5, 0, 0, null, null],
    ["unknown where 0 is reported of unknown tokens", null, null, 0, null, null],
    ["0 where no tokens were used", 0, 0, 0, null, 0],
    ["unknown where no tokens were used and none is reported", 0, 0, null, null, null],
    ["unknown where it is negative", 0, 0, -1, null, null],
    ["unknown where it is infinite", 5, 2, Infinity, null, null],
    ["unknown where it is not a number", 5, 2, NaN, null, null],
    ["0 of a call that a limit rejected", null, null, null, RATE_LIMIT, 0],
    ["0 of a call that was denied", null, null, null, { ...RATE_LIMIT, kind: "auth" }, 0],
    ["0 of a rejected call that used no tokens", 0, 0, null, RATE_LIMIT, 0],
    ["as reported where a call was rejected later", 5, 2, 0.5, RATE_LIMIT, 0.5],
    ["unknown where a rejected call used input", 5, null, null, RATE_LIMIT, null],
    ["unknown of other errors", null, null, null, { ...RATE_LIMIT, kind: "model" }, null],
  ] as [string, number | null, number | null, number | null, RunnerError | null, number | null][]
) {
  Deno.test(`StreamReader takes the price of a call for ${what}`, () => {
    const counted = {
      input_tokens: input_tokens ?? NaN,
      cached_input_tokens: NaN,
      output_tokens: output_tokens ?? NaN,
    };
    const usages = input_tokens === null && output_tokens === null ? [] : [counted];
    const costs = price === null ? [] : [price];
    assertEquals(resultOf({ usages, costs, error }).cost_usd, cost);
  });
}

/** A reader of which each line is the message of an error. */
class FailingReader extends StreamReader {
  line(message: string) {
    this.error = this.describe({ message });
    return undefined;
  }
}

for (
  const [message, cost] of [
    ["API Error: 529 Overloaded", 0],
    ["500 Internal server error", 0],
    ["Overloaded", 0],
    ["connect ECONNREFUSED 127.0.0.1:1", 0],
    ["getaddrinfo ENOTFOUND api.example.com", 0],
    ["Unable to connect to API", 0],
    ["read ECONNRESET", null],
    ["stream disconnected before completion", null],
    ["400 prompt is too long", null],
  ] as const
) {
  Deno.test(`StreamReader takes the price of a call that failed with ${message} for ${cost}`, () => {
    const reader = new FailingReader(() => now);
    reader.line(message);
    assertEquals(reader.end({ status: 1, stderrTail: "" }).cost_usd, cost);
  });
}

Deno.test("StreamReader takes counts that can be none for unknown", () => {
  const counted = (count: number) => {
    const usage = { input_tokens: count, cached_input_tokens: count, output_tokens: count };
    return Object.values(resultOf({ usages: [usage] }).usage);
  };
  assertEquals([counted(0), counted(7)], [[0, 0, 0], [7, 7, 7]]);
  for (const odd of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
    assertEquals(counted(odd), [null, null, null], `${odd}`);
  }
});

for (
  const [status, how] of [
    [1, "exited with status 1"],
    [128, "exited with status 128"],
    [129, "was ended by signal 1"],
    [137, "was ended by signal 9"],
  ] as [number, string][]
) {
  Deno.test(`StreamReader says of exit status ${status}: ${how}`, () => {
    assertEquals(resultOf({}, status).error, { kind: "exit", message: how });
  });
}

Deno.test("StreamReader takes a program that was killed for one that may answer next time, whatever it printed", () => {
  const reader = new TextReader(() => now);
  const stderrTail = "Not logged in\n401 Unauthorized";
  assertEquals(reader.end({ status: 137, stderrTail }).error, {
    kind: "exit",
    message: "was ended by signal 9: 401 Unauthorized",
  });
  assertEquals(reader.end({ status: 1, stderrTail }).error?.kind, "auth");
});

const MOVE = `{"action":"noop","reason":"x","journal":"y"}`;
const TIMEOUT = { kind: "timeout", message: "too late" } as const;
for (
  const [what, text, status, interruption, error] of [
    ["a program that is killed at its deadline", MOVE, 137, TIMEOUT, null],
    ["a program that fails after it", MOVE, 1, undefined, null],
    ["a program that is killed after it", `Here:\n${MOVE}`, 143, undefined, null],
    ["a program that is killed within it", MOVE.slice(0, -1), 137, TIMEOUT, "timeout"],
    ["a program that fails with two of them", MOVE + MOVE, 1, undefined, "exit"],
    ["a program that fails after other words", "half", 1, undefined, "exit"],
  ] as [string, string, number, RunnerError | undefined, string | null][]
) {
  Deno.test(`StreamReader counts a complete answer of ${what}: ${error ?? "it is taken"}`, () => {
    const reader = new TextReader(() => now);
    text.split("\n").forEach((line) => reader.line(line));
    const result = reader.end({ status, stderrTail: "", interruption });
    assertEquals([result.error?.kind ?? null, result.text], [error, error ? "" : text]);
  });
}

Deno.test("StreamReader reports what the program reported, rather than that it was killed then", () => {
  const result = new FilledReader({ error: RATE_LIMIT })
    .end({ status: 137, stderrTail: "", interruption: TIMEOUT });
  assertEquals(result.error, RATE_LIMIT);
});

Deno.test("StreamReader takes an answer of white space alone for an empty one", () => {
  const { error, text } = resultOf({ text: " \n" });
  assertEquals([error?.kind, text], ["empty", ""]);
});

Deno.test("plainText takes off colours, control and direction marks, and white space at the end", () => {
  assertEquals(plainText("\x1b[31ma\x1b[0m\r\x00\u200eb\u2066\n\tc \n"), "ab\n\tc");
});
