import { assertEquals } from "@std/assert";
import { describeError, plainText, sumUp } from "../../../src/decide/runners/stream.ts";
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
    assertEquals(describeError({ message, status }, undefined), { kind, message });
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

Deno.test("describeError of a rate limit gives no time without `now`, or for another kind of error", () => {
  const kind = "rate_limit";
  const message = "429 try again in 20s";
  assertEquals(describeError({ message }, undefined), { kind, message });
  assertEquals(describeError({ message, waitS: 60 }, undefined), { kind, message });
  const denied = "401 try again in 20s";
  assertEquals(describeError({ message: denied, waitS: 60 }, now), {
    kind: "auth",
    message: denied,
  });
});

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
  Deno.test(`sumUp takes the price of a call for ${what}`, () => {
    const counted = { input_tokens, cached_input_tokens: null, output_tokens };
    const call = { ...found, usage: counted, cost_usd: price, error };
    assertEquals(sumUp(call, { status: 0, stderrTail: "" }, undefined).cost_usd, cost);
  });
}

Deno.test("sumUp takes counts that can be none for unknown", () => {
  const counted = (count: number) => {
    const usage = { input_tokens: count, cached_input_tokens: count, output_tokens: count };
    const { usage: summed } = sumUp({ ...found, usage }, { status: 0, stderrTail: "" }, undefined);
    return Object.values(summed);
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
  Deno.test(`sumUp says of exit status ${status}: ${how}`, () => {
    const { error } = sumUp(found, { status, stderrTail: "" }, undefined);
    assertEquals(error, { kind: "exit", message: how });
  });
}

Deno.test("sumUp takes an answer of white space alone for an empty one", () => {
  const { error, text } = sumUp(
    { ...found, text: " \n" },
    { status: 0, stderrTail: "" },
    undefined,
  );
  assertEquals([error?.kind, text], ["empty", ""]);
});

Deno.test("plainText takes off colours, control and direction marks, and white space at the end", () => {
  assertEquals(plainText("\x1b[31ma\x1b[0m\r\x00\u200eb\u2066\n\tc \n"), "ab\n\tc");
});
