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
  const { result, shown } = await readRecorded(new ClaudeReader(now), stream, 1);
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
  assertEquals(read("0.25 USD", 1.5), ["x", null, null]);
  // Nobody knows whether it was used, so nobody knows that it was free.
  assertEquals(read(0, 1e300), ["x", null, null]);
});
