import { assertEquals } from "@std/assert";
import { ClaudeReader } from "../../../src/decide/runners/claude.ts";
import { now, readLines } from "./read_recorded.ts";

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
    readLines(new ClaudeReader(now), [limitOf(resetsAt)]).shown.join("");
  const yearAhead = now().getTime() / 1000 + 366 * 86_400;
  for (const odd of [undefined, null, 0, -1, yearAhead + 1, 1e300]) {
    assertEquals(shown(odd), "limit reached", `${odd}`);
  }
  const at = new Date(yearAhead * 1000).toISOString();
  assertEquals(shown(yearAhead), `limit reached, resets at ${at}`);
});
