import { assertEquals } from "@std/assert";
import { TextReader } from "../../../src/decide/runners/presets.ts";
import { describeError } from "../../../src/decide/runners/stream.ts";

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
