import { assertEquals } from "@std/assert";
import { ClaudeReader } from "../../../src/decide/runners/claude.ts";
import { now, readLines, readRecorded } from "./read_recorded.ts";

const answer = '{"action":"noop","reason":"nothing to do"}';
const nothing = { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 };
const unknown = { input_tokens: null, cached_input_tokens: null, output_tokens: null };

Deno.test("ClaudeReader finds text, model, tokens with cached ones, and dollars", async () => {
  const { result, shown } = await readRecorded(new ClaudeReader(now), "claude-2.1.197.ok.jsonl");
  assertEquals(result, {
    text: answer,
    model: "claude-sonnet-5",
    usage: { input_tokens: 2000, cached_input_tokens: 800, output_tokens: 42 },
    cost_usd: 0.004469999999999999,
    error: null,
  });
  assertEquals(shown, ["model claude-sonnet-5", answer]);
});

Deno.test("ClaudeReader is hopeless at the first refused key", async () => {
  const reader = new ClaudeReader(now);
  const { result, shown } = await readRecorded(reader, "claude-2.1.197.http-401.jsonl", 137);
  assertEquals(reader.hopeless, { kind: "auth", message: "authentication_failed (HTTP 401)" });
  assertEquals(result.error, reader.hopeless);
  assertEquals([result.text, result.usage, result.cost_usd], ["", unknown, 0]);
  assertEquals(shown[1], "authentication_failed (HTTP 401), retry 1/10 in 1 s");
});

Deno.test("ClaudeReader tells a call that reached its dollars, and what it cost", async () => {
  const stream = "claude-2.1.197.over-budget.jsonl";
  const { result } = await readRecorded(new ClaudeReader(now), stream, 1);
  assertEquals(result.error, { kind: "budget", message: "Reached maximum budget ($0.001)" });
  assertEquals([result.text, result.cost_usd], ["", 0.0020700000000000002]);
});

Deno.test("ClaudeReader takes a 403 for refused credentials, not for an answer", async () => {
  const { result } = await readRecorded(new ClaudeReader(now), "claude-2.1.197.http-403.jsonl", 1);
  const message =
    "Failed to authenticate. API Error: 403 Your API key does not have permission to use this model";
  assertEquals([result.text, result.usage], ["", nothing]);
  assertEquals(result.error, { kind: "auth", message });
});

Deno.test("ClaudeReader knows from the rate limit event when a subscription's limit resets", async () => {
  const stream = "claude-2.1.197.subscription-429.jsonl";
  // Without a clock: the stream names the moment itself.
  const { result, shown } = await readRecorded(new ClaudeReader(), stream, 1);
  assertEquals(result.error, {
    kind: "rate_limit",
    message: "You've hit your session limit · resets 5:47am (UTC)",
    retry_at: "2026-11-23T05:47:23.000Z",
  });
  assertEquals(shown[1], "limit reached, resets at 2026-11-23T05:47:23.000Z");
});

Deno.test("ClaudeReader lets short limits pass and reports them when they do not", async () => {
  const reader = new ClaudeReader(now);
  const { result, shown } = await readRecorded(reader, "claude-2.1.197.http-429.jsonl", 1);
  assertEquals(reader.hopeless, null);
  assertEquals(result.error?.kind, "rate_limit");
  assertEquals(shown.slice(1, 3), [
    "rate_limit (HTTP 429), retry 1/4 in 1 s",
    "rate_limit (HTTP 429), retry 2/4 in 2 s",
  ]);
});

Deno.test("ClaudeReader is hopeless when a limit is to be waited out for long", () => {
  const reader = new ClaudeReader(now);
  const retry = {
    type: "system",
    subtype: "api_retry",
    attempt: 1,
    max_retries: 4,
    retry_delay_ms: 120_000,
    error_status: 429,
    error: "rate_limit",
  };
  readLines(reader, [retry]);
  assertEquals(reader.hopeless, {
    kind: "rate_limit",
    message: "rate_limit (HTTP 429)",
    retry_at: "2026-11-23T04:52:00.000Z",
  });
});

Deno.test("ClaudeReader reports a 500 as a model error", async () => {
  const { result } = await readRecorded(new ClaudeReader(now), "claude-2.1.197.http-500.jsonl", 1);
  assertEquals(result.error?.kind, "model");
  assertEquals(result.error?.message.slice(0, 42), "API Error: 500 Internal server error. This");
});

Deno.test("ClaudeReader meters an empty answer, both calls of it", async () => {
  const { result } = await readRecorded(new ClaudeReader(now), "claude-2.1.197.empty.jsonl");
  assertEquals(result, {
    text: "",
    model: "claude-opus-4-8",
    usage: { input_tokens: 2400, cached_input_tokens: 1600, output_tokens: 84 },
    cost_usd: 0.0069,
    error: { kind: "empty", message: "exited with status 0 but printed no answer" },
  });
});

Deno.test("ClaudeReader takes the last text after a tool was refused", async () => {
  const { result } = await readRecorded(new ClaudeReader(now), "claude-2.1.197.tool-refused.jsonl");
  assertEquals([result.text, result.error], ["done", null]);
});

Deno.test("ClaudeReader keeps the last of several results", () => {
  const one = { type: "result", subtype: "success", is_error: false, total_cost_usd: 0.1 };
  const { result } = readLines(new ClaudeReader(now), [
    { ...one, result: "first" },
    { ...one, result: "second", total_cost_usd: 0.3 },
  ]);
  assertEquals([result.text, result.cost_usd], ["second", 0.3]);
});

Deno.test("ClaudeReader without a result takes the last message, and counts each message once", () => {
  const usage = { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 };
  const message = { id: "m1", model: "m", content: [{ type: "text", text: "hi" }], usage };
  const { result } = readLines(new ClaudeReader(now), [
    { type: "assistant", message: { ...message, content: [{ type: "thinking" }] } },
    { type: "assistant", message: { ...message, usage: { ...usage, output_tokens: 7 } } },
  ]);
  assertEquals(result, {
    text: "hi",
    model: "m",
    usage: { input_tokens: 15, cached_input_tokens: 5, output_tokens: 7 },
    cost_usd: null,
    error: null,
  });
});

Deno.test("ClaudeReader names the subtype of a result that failed without words", () => {
  const { result } = readLines(new ClaudeReader(now), [
    { type: "result", subtype: "error_max_turns", is_error: true },
  ]);
  assertEquals(result.error, { kind: "model", message: "error_max_turns" });
});

Deno.test("ClaudeReader skips what is no event, and keeps escape sequences off the terminal", () => {
  const content = [{ type: "text", text: "\x1b]0;owned\x07a\u202eb\x1b[2Jc\r\n\td" }];
  const { result, shown } = readLines(new ClaudeReader(now), [
    "not json",
    '{"type":"assistant"',
    "[]",
    { type: "assistant" },
    { type: "brand_new_event", x: 1 },
    { type: "assistant", message: { id: "1", model: "m", content } },
  ]);
  assertEquals(shown, ["abc\n\td"]);
  assertEquals(result.text, content[0].text);
});

Deno.test("ClaudeReader does not believe a limit that ends in years", () => {
  const limit = (resetsAt: number) =>
    readLines(new ClaudeReader(now), [
      { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt } },
      {
        type: "result",
        subtype: "success",
        is_error: true,
        result: "limit",
        api_error_status: 429,
      },
    ]).result.error?.retry_at;
  assertEquals(limit(now().getTime() / 1000 + 3600), "2026-11-23T05:50:00.000Z");
  assertEquals(limit(4_102_444_800), undefined);
});

Deno.test("ClaudeReader takes amounts that can be none for unknown, and the answer all the same", () => {
  const read = (total_cost_usd: unknown, output_tokens: unknown) => {
    const usage = { input_tokens: 5, output_tokens };
    const end = { type: "result", subtype: "success", result: "x", total_cost_usd, usage };
    const { text, usage: { output_tokens: count }, cost_usd } =
      readLines(new ClaudeReader(now), [end]).result;
    return [text, count, cost_usd];
  };
  assertEquals(read(0.25, 7), ["x", 7, 0.25]);
  assertEquals(read(-0.25, -7), ["x", null, null]);
  assertEquals(read("0.25", 1.5), ["x", null, null]);
  // Nobody knows whether it was used, so nobody knows that it was free.
  assertEquals(read(0, 1e300), ["x", null, null]);
});

const assistant = (text: string, more: object = {}) => ({
  type: "assistant",
  message: { id: text, model: "m", content: [{ type: "text", text }], ...more },
});
const success = { type: "result", subtype: "success" };
const limitOf = (resetsAt: unknown, status = "rejected") => ({
  type: "rate_limit_event",
  rate_limit_info: { status, resetsAt },
});
const later = now().getTime() / 1000 + 3600;

for (
  const [what, event, shown] of [
    ["the model of the first event", { subtype: "init", model: "m[1m]" }, ["model m[1m]"]],
    ["nothing of a first event without a model", { subtype: "init" }, []],
    ["nothing of other system events", { subtype: "status", model: "other" }, []],
    [
      "a retry, its wait rounded up",
      { subtype: "api_retry", attempt: 1, max_retries: 4, retry_delay_ms: 1200, error: "boom" },
      ["boom, retry 1/4 in 2 s"],
    ],
    [
      "a retry of an unknown error, wait and status",
      { subtype: "api_retry", attempt: 2, max_retries: 4 },
      ["error, retry 2/4 in 0 s"],
    ],
    ["a limit with its end", limitOf(later), ["limit reached, resets at 2026-11-23T05:50:00.000Z"]],
    ["a limit without an end", limitOf(null), ["limit reached"]],
    ["nothing of a limit that is near", limitOf(later, "allowed_warning"), []],
    ["nothing of a message that Claude Code made up", assistant("x", { model: "<synthetic>" }), []],
    ["nothing of a message without text", assistant(""), []],
    ["nothing of a result", { ...success, result: "x" }, []],
  ] as [string, object, string[]][]
) {
  Deno.test(`ClaudeReader shows ${what}`, () => {
    assertEquals(readLines(new ClaudeReader(now), [{ type: "system", ...event }]).shown, shown);
  });
}

for (
  const [what, events, text, model] of [
    ["the result over messages", [assistant("a"), { ...success, result: "b" }], "b", "m"],
    ["messages over an empty result", [assistant("a"), { ...success, result: "" }], "a", "m"],
    ["the last message that has text", [assistant("a"), assistant("")], "a", "m"],
    [
      "no block but text",
      [assistant("", { content: [{ type: "thinking", text: "x" }, { type: "text" }] })],
      ...["", "m"],
    ],
    ["structured output as JSON", [{ ...success, structured_output: { a: 1 } }], '{"a":1}', null],
    ["no text that Claude Code made up", [assistant("x", { model: "<synthetic>" })], "", null],
    [
      "the model without its context size",
      [{ type: "system", subtype: "init", model: "m[1m]" }, { ...success, result: "x" }],
      ...["x", "m"],
    ],
    [
      "a model with brackets elsewhere",
      [{ type: "system", subtype: "init", model: "m[1]x" }, { ...success, result: "x" }],
      ...["x", "m[1]x"],
    ],
    [
      "no model of another system event",
      [{ type: "system", subtype: "status", model: "x" }, { ...success, result: "x" }],
      ...["x", null],
    ],
  ] as [string, object[], string, string | null][]
) {
  Deno.test(`ClaudeReader takes ${what}`, () => {
    const { result } = readLines(new ClaudeReader(now), events);
    assertEquals([result.text, result.model], [text, model]);
  });
}

const counts = { input_tokens: 1, output_tokens: 1 };
for (
  const [what, events, usage] of [
    [
      "of one model, with all defaults",
      [{ ...success, usage: counts, modelUsage: { a: { inputTokens: 5, outputTokens: 2 } } }],
      [5, 0, 2],
    ],
    [
      "of all models, cached ones included",
      [{
        ...{ ...success, usage: counts },
        modelUsage: {
          a: { inputTokens: 5, outputTokens: 2 },
          b: {
            ...{ inputTokens: 10, outputTokens: 20 },
            ...{ cacheReadInputTokens: 100, cacheCreationInputTokens: 1000 },
          },
        },
      }],
      [1115, 100, 22],
    ],
    ["of the result where it names no model", [{ ...success, usage: counts }], [1, 0, 1]],
    ["that are missing as none", [{ ...success, usage: {} }], [0, 0, 0]],
    [
      "that were written to the cache",
      [assistant("x", { usage: { cache_creation_input_tokens: 7 } })],
      [7, 0, 0],
    ],
    [
      "of all messages, each once",
      [assistant("a", { usage: counts }), assistant("b", { usage: counts })],
      [2, 0, 2],
    ],
  ] as [string, object[], number[]][]
) {
  Deno.test(`ClaudeReader counts tokens ${what}`, () => {
    const [input_tokens, cached_input_tokens, output_tokens] = usage;
    const { result } = readLines(new ClaudeReader(now), events);
    assertEquals(result.usage, { input_tokens, cached_input_tokens, output_tokens });
  });
}

Deno.test("ClaudeReader joins the errors of a result that failed", () => {
  const failed = { ...success, subtype: "error_during_execution", is_error: true };
  const { result } = readLines(new ClaudeReader(now), [{ ...failed, errors: ["one", "two"] }]);
  assertEquals(result.error, { kind: "model", message: "one; two" });
});

Deno.test("ClaudeReader takes a call without an answer for limited where the limit was reached", () => {
  const errorAfter = (event: object) =>
    readLines(new ClaudeReader(now), [limitOf(later), event]).result.error;
  assertEquals(errorAfter({ ...success, result: " \n" }), {
    kind: "rate_limit",
    message: "limit reached",
    retry_at: "2026-11-23T05:50:00.000Z",
  });
  assertEquals(errorAfter({ ...success, result: "answer" }), null);
});

Deno.test("ClaudeReader believes no reset time that cannot be one", () => {
  const shown = (resetsAt: unknown) =>
    readLines(new ClaudeReader(), [limitOf(resetsAt)]).shown.join("");
  for (const odd of [undefined, null, 0, -1, 4_102_444_801, 1e300]) {
    assertEquals(shown(odd), "limit reached", `${odd}`);
  }
  assertEquals(shown(4_102_444_800), "limit reached, resets at 2100-01-01T00:00:00.000Z");
});
