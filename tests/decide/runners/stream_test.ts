import { assertEquals } from "@std/assert";
import { TextReader } from "../../../src/decide/runners/presets.ts";
import {
  describeError,
  plainText,
  StreamReader,
  type Tokens,
} from "../../../src/decide/runners/stream.ts";
import type { RunnerError } from "../../../src/schema/decision.ts";

const now = new Date("2026-11-23T04:50:00Z");
const kinds: [
  message: string,
  status: number | undefined,
  kind: "auth" | "rate_limit" | "model",
][] = [
  ["anything", 401, "auth"],
  ["anything", 403, "auth"],
  ["Resource quota exceeded", 403, "rate_limit"],
  ["anything", 429, "rate_limit"],
  ["anything", 500, "model"],
  ["401 invalid x-api-key", undefined, "auth"],
  ["Invalid API key · Please run /login", undefined, "auth"],
  ["OAuth token has expired", undefined, "auth"],
  ["unexpected status 429 Too Many Requests", undefined, "rate_limit"],
  ["Credit balance is too low", undefined, "rate_limit"],
  ["You've hit your weekly limit", undefined, "rate_limit"],
  ["connect ECONNREFUSED 127.0.0.1:4010", undefined, "model"],
  ["context window of 401 tokens exceeded", undefined, "model"],
];

for (const [message, status, kind] of kinds) {
  Deno.test(`describeError takes ${JSON.stringify(message)}, ${status} for ${kind}`, () => {
    assertEquals(describeError({ message, status }, now), { kind, message });
  });
}

Deno.test("describeError gives one plain line, cut to 500 characters", () => {
  const { message } = describeError({ message: ` \x1b[31ma\r\nb\x07${"c".repeat(600)}` }, now);
  assertEquals(message, `a b${"c".repeat(496)}…`);
  const [fits, over] = ["c".repeat(500), "c".repeat(501)];
  assertEquals(describeError({ message: fits }, now).message, fits);
  assertEquals(describeError({ message: over }, now).message, `${"c".repeat(499)}…`);
  assertEquals(describeError({ message: "" }, now).message, "an error without a message");
});

Deno.test("describeError says when a limit ends, by the message or the wait", () => {
  const message = "429 try again in 20s";
  assertEquals(describeError({ message }, now).retry_at, "2026-11-23T04:50:20.000Z");
  assertEquals(describeError({ message, waitS: 60 }, now).retry_at, "2026-11-23T04:51:00.000Z");
  assertEquals(describeError({ message, waitS: NaN }, now).retry_at, undefined);
});

Deno.test("describeError gives no time for another kind of error than a rate limit", () => {
  const denied = "401 try again in 20s";
  assertEquals(describeError({ message: denied, waitS: 60 }, now), {
    kind: "auth",
    message: denied,
  });
});

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

Deno.test("StreamReader takes an answer of white space alone for an empty one", () => {
  const { error, text } = resultOf({ text: " \n" });
  assertEquals([error?.kind, text], ["empty", ""]);
});

Deno.test("plainText takes off colours, control and direction marks, and white space at the end", () => {
  assertEquals(plainText("\x1b[31ma\x1b[0m\r\x00\u200eb\u2066\n\tc \n"), "ab\n\tc");
});
