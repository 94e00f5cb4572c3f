import { assert, assertEquals } from "@std/assert";
import { OpencodeReader } from "../../../src/decide/runners/opencode.ts";
import { timeRatio } from "../../support/time_ratio.ts";
import { now, readLines, readRecorded } from "./read_recorded.ts";

const answer = '{"action":"noop","reason":"nothing to do"}';

Deno.test("OpencodeReader finds text, tokens and dollars", async () => {
  const { result, shown } = await readRecorded(
    new OpencodeReader(now),
    "opencode-1.18.33.ok.jsonl",
  );
  assertEquals(result, {
    text: answer,
    model: null,
    usage: { input_tokens: 1200, cached_input_tokens: 0, output_tokens: 42 },
    cost_usd: 0.00423,
    error: null,
  });
  assertEquals(shown, [answer]);
});

Deno.test("OpencodeReader adds up the steps of a call, and takes the last text", async () => {
  const stream = "opencode-1.18.33.tool-refused.jsonl";
  const { result } = await readRecorded(new OpencodeReader(now), stream);
  assertEquals(result, {
    text: "done",
    model: null,
    usage: { input_tokens: 2400, cached_input_tokens: 1600, output_tokens: 84 },
    cost_usd: 0.00414,
    error: null,
  });
});

Deno.test("OpencodeReader finds a refused key", async () => {
  const stream = "opencode-1.18.33.http-401.jsonl";
  const { result } = await readRecorded(new OpencodeReader(now), stream, 1);
  assertEquals(result.error, { kind: "auth", message: "Incorrect API key provided: dummy." });
  assertEquals([result.usage.input_tokens, result.cost_usd], [null, 0]);
});

Deno.test("OpencodeReader meters an answer without text", async () => {
  const { result } = await readRecorded(
    new OpencodeReader(now),
    "opencode-1.18.33.empty.jsonl",
  );
  assertEquals(result.error?.kind, "empty");
  assertEquals([result.usage.output_tokens, result.cost_usd], [42, 0.00207]);
});

Deno.test("OpencodeReader is hopeless when its log tells of a limit that lasts", async () => {
  const reader = new OpencodeReader(now);
  await readRecorded(reader, "opencode-1.18.33.http-429-reset.stderr", 137);
  assertEquals(reader.hopeless, {
    kind: "rate_limit",
    message: "Rate limit reached for requests. Please try again in 3600s.",
    retry_at: "2026-11-23T05:50:00.000Z",
  });
});

Deno.test("OpencodeReader lets a failed call be tried again three times, not for ever", async () => {
  const reader = new OpencodeReader(now);
  const stream = "opencode-1.18.33.http-500.stderr";
  const message = "The server had an error while processing your request.";
  const { shown } = await readRecorded(reader, stream);
  assertEquals([shown, reader.hopeless], [
    [`${message} (try 1 of 4)`, `${message} (try 2 of 4)`],
    null,
  ]);
  await readRecorded(reader, stream);
  assertEquals(reader.hopeless, { kind: "model", message });
});

Deno.test("OpencodeReader waits out a limit by the header of the error, where there is one", () => {
  const error = {
    name: "APIError",
    data: { message: "Slow down", statusCode: 429, responseHeaders: { "retry-after": "90" } },
  };
  const { result } = readLines(new OpencodeReader(now), [{ type: "error", error }], { status: 1 });
  const retry_at = "2026-11-23T04:51:30.000Z";
  assertEquals(result.error, { kind: "rate_limit", message: "Slow down", retry_at });
});

for (const word of ["level=ERROR ", 'message="stream error" ', ' error.error="']) {
  Deno.test(`OpencodeReader takes time in proportion to a log line of ${word.trim()}`, async () => {
    const reads = (size: number) => () => {
      const line = `level=ERROR message="stream error" ${word.repeat(size / word.length)}`;
      new OpencodeReader(now).errorLine(line);
    };
    const ratio = await timeRatio(reads(2e3), reads(2e4));
    assert(ratio < 50, `${ratio} times as long for 10 times the line`);
  });
}

Deno.test("OpencodeReader knows neither tokens nor dollars where one step of several makes no sense", () => {
  const step = (input: number, cost: number) => ({
    type: "step_finish",
    part: { cost, tokens: { input, output: 1 } },
  });
  const text = { type: "text", part: { text: "x" } };
  const { result } = readLines(new OpencodeReader(now), [text, step(10, 0.5), step(-3, -0.1)]);
  assertEquals(result.usage, { input_tokens: null, cached_input_tokens: 0, output_tokens: 2 });
  assertEquals([result.text, result.cost_usd], ["x", null]);
});

for (
  const [what, tokens, usage] of [
    ["without a cache", { input: 5, output: 2 }, [5, 0, 2]],
    [
      "with cached and reasoning tokens",
      { input: 5, output: 2, reasoning: 30, cache: { read: 100, write: 1000 } },
      [1105, 100, 32],
    ],
  ] as [string, object, number[]][]
) {
  Deno.test(`OpencodeReader counts tokens ${what}`, () => {
    const finish = { type: "step_finish", part: { cost: 0.5, tokens } };
    const { result } = readLines(new OpencodeReader(now), [finish]);
    const [input_tokens, cached_input_tokens, output_tokens] = usage;
    assertEquals(result.usage, { input_tokens, cached_input_tokens, output_tokens });
  });
}

for (
  const [what, error, expected] of [
    ["by its message", { name: "APIError", data: { message: "boom" } }, {
      ...{ kind: "model", message: "boom" },
    }],
    ["by its name where it has no message", { name: "APIError" }, {
      ...{ kind: "model", message: "APIError" },
    }],
    ["that has neither", {}, { kind: "model", message: "error" }],
    [
      "whose message names the wait",
      { data: { message: "try again in 20s", statusCode: 429 } },
      ...[{
        kind: "rate_limit",
        message: "try again in 20s",
        retry_at: "2026-11-23T04:50:20.000Z",
      }],
    ],
    [
      "whose header names no number of seconds",
      {
        data: {
          ...{ message: "try again in 20s", statusCode: 429 },
          responseHeaders: { "retry-after": "soon" },
        },
      },
      ...[{
        kind: "rate_limit",
        message: "try again in 20s",
        retry_at: "2026-11-23T04:50:20.000Z",
      }],
    ],
  ] as [string, object, unknown][]
) {
  Deno.test(`OpencodeReader reports an error ${what}`, () => {
    const { result } = readLines(new OpencodeReader(now), [{ type: "error", error }]);
    assertEquals(result.error, expected);
  });
}

const STREAM = 'level=ERROR message="stream error"';
for (
  const [what, line, error] of [
    ["of one word", `${STREAM} error.error=boom x=y`, "boom"],
    ["in quotes, without these", `${STREAM} error.error="it failed" x=y`, "it failed"],
    [
      "with quotes and a backslash in it",
      ...[`${STREAM} error.error="a \\"b\\" c\\\\" x="y"`, 'a \\"b\\" c\\\\'],
    ],
    ["without the name of its class", `${STREAM} error.error="APIError: it failed"`, "it failed"],
    [
      "with the name of a class within it",
      ...[`${STREAM} error.error="it is a FooError: x"`, "it is a FooError: x"],
    ],
    ["that quotes a log line", `${STREAM} error.error="level=ERROR x"`, "level=ERROR x"],
    ["behind a space", ` ${STREAM} error.error=boom`, "boom"],
    ["behind a time", `time=1 ${STREAM} x=y error.error=boom`, "boom"],
    [
      "just within what is searched",
      ...[`${STREAM}${" ".repeat(8192 - 41)} error.error=boom`, "boom"],
    ],
    ["beyond what is searched", `${STREAM}${" ".repeat(8192)} error.error=boom`, null],
    ["of another level", STREAM.replace("ERROR", "WARN") + " error.error=boom", null],
    ["of another message", 'level=ERROR message="other" error.error=boom', null],
    ["whose level comes later", 'message="stream error" level=ERROR error.error=boom', null],
    ["that is none", "opencode starts", null],
  ] as [string, string, string | null][]
) {
  Deno.test(`OpencodeReader reads from its log an error ${what}`, () => {
    const { shown } = readLines(new OpencodeReader(now), [line], { stderr: true });
    assertEquals(shown, error === null ? [] : [`${error} (try 1 of 4)`]);
  });
}

Deno.test("OpencodeReader counts the tries anew after a step that succeeded", () => {
  const reader = new OpencodeReader(now);
  const failed = [1, 2, 3].map(() => `${STREAM} error.error=boom`);
  readLines(reader, failed, { stderr: true });
  readLines(reader, [
    { type: "step_finish", part: { tokens: { input: 1, output: 1 } } },
  ]);
  const { shown } = readLines(reader, failed, { stderr: true });
  assertEquals(shown, [1, 2, 3].map((n) => `boom (try ${n} of 4)`));
  assertEquals(reader.hopeless, null);
});
