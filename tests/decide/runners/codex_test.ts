import { assertEquals } from "@std/assert";
import { CodexReader } from "../../../src/decide/runners/codex.ts";
import { now, readLines, readRecorded } from "./read_recorded.ts";

const answer = '{"action":"noop","reason":"nothing to do"}';
const warning =
  "Model metadata for `gpt-5` not found. Defaulting to fallback metadata; this can degrade performance and cause issues.";

Deno.test("CodexReader finds text and tokens; the price stays unknown", async () => {
  const { result, shown } = await readRecorded(new CodexReader(now), "codex-0.169.0.ok.jsonl");
  assertEquals(result, {
    text: answer,
    model: null,
    usage: { input_tokens: 1200, cached_input_tokens: 800, output_tokens: 42 },
    cost_usd: null,
    error: null,
  });
  assertEquals(shown, [warning, answer]);
});

Deno.test("CodexReader is hopeless when a refused key is tried again", async () => {
  const reader = new CodexReader(now);
  const { result } = await readRecorded(reader, "codex-0.169.0.http-401.jsonl", 1);
  const message =
    "unexpected status 401 Unauthorized: invalid x-api-key, url: http://127.0.0.1:8898/v1/responses";
  assertEquals(reader.hopeless, { kind: "auth", message });
  assertEquals(result.error, reader.hopeless);
});

Deno.test("CodexReader finds when a usage limit ends", async () => {
  const { result } = await readRecorded(
    new CodexReader(now),
    "codex-0.169.0.http-429-reset.jsonl",
    1,
  );
  assertEquals(result.error?.kind, "rate_limit");
  // "try again at 5:43 AM", in local time, and the minute is over a minute later.
  const at = now();
  at.setHours(5, 44, 0, 0);
  if (at <= now()) at.setDate(at.getDate() + 1);
  assertEquals(result.error?.retry_at, at.toISOString());
});

Deno.test("CodexReader takes a used up quota for a limit without an end", async () => {
  const { result } = await readRecorded(
    new CodexReader(now),
    "codex-0.169.0.http-429-quota.jsonl",
    1,
  );
  const message = "Quota exceeded. Check your plan and billing details.";
  assertEquals(result.error, { kind: "rate_limit", message });
});

Deno.test("CodexReader lets a 500 be tried again and reports it", async () => {
  const reader = new CodexReader(now);
  const { result, shown } = await readRecorded(reader, "codex-0.169.0.http-500.jsonl", 1);
  const message = "We’re currently experiencing high demand, which may cause temporary errors.";
  assertEquals([reader.hopeless, result.error], [null, { kind: "model", message }]);
  assertEquals(shown[1], `Reconnecting... 1/5 (${message})`);
});

Deno.test("CodexReader meters an empty answer", async () => {
  const { result } = await readRecorded(new CodexReader(now), "codex-0.169.0.empty.jsonl");
  assertEquals(result.error?.kind, "empty");
  assertEquals(result.usage.input_tokens, 1200);
});

Deno.test("CodexReader forgets an error that a later try mended, and takes the last message", () => {
  const message = (text: string) => ({
    type: "item.completed",
    item: { type: "agent_message", text },
  });
  const { result } = readLines(new CodexReader(now), [
    { type: "error", message: "Reconnecting... 1/5 (stream disconnected)" },
    message("thinking aloud"),
    message("answer"),
    { type: "turn.completed", usage: { input_tokens: 1, output_tokens: 1 } },
  ]);
  assertEquals([result.text, result.error], ["answer", null]);
});

const item = (type: string, more: object) => ({ type: "item.completed", item: { type, ...more } });

for (
  const [what, events, shown, text] of [
    ["a message", [item("agent_message", { text: "answer" })], ["answer"], "answer"],
    [
      "its thoughts, which are no answer",
      [item("agent_message", { text: "answer" }), item("reasoning", { text: "hm" })],
      ...[["answer", "hm"], "answer"],
    ],
    ["a warning", [item("error", { message: "careful" })], ["careful"], ""],
    ["nothing of an item without text", [item("file_change", {})], [], ""],
  ] as [string, object[], string[], string][]
) {
  Deno.test(`CodexReader shows ${what}`, () => {
    const read = readLines(new CodexReader(now), events);
    assertEquals([read.shown, read.result.text], [shown, text]);
  });
}

for (
  const [what, event, error, hopeless] of [
    [
      "a turn that failed",
      { type: "turn.failed", error: { message: "stream closed" } },
      ...[{ kind: "model", message: "stream closed" }, false],
    ],
    [
      "rejected credentials that codex does not try again",
      { type: "error", message: "401 nope" },
      ...[{ kind: "auth", message: "401 nope" }, false],
    ],
    [
      "the cause of another try, over several lines",
      { type: "error", message: "Reconnecting... 2/5 (401\nnope)" },
      ...[{ kind: "auth", message: "401 nope" }, true],
    ],
    [
      "a message that only contains the words of another try",
      { type: "error", message: "x Reconnecting... 2/5 (401 nope)" },
      ...[{ kind: "auth", message: "x Reconnecting... 2/5 (401 nope)" }, false],
    ],
    [
      "a message that goes on after these words",
      { type: "error", message: "Reconnecting... 2/5 (401 nope) x" },
      ...[{ kind: "auth", message: "Reconnecting... 2/5 (401 nope) x" }, false],
    ],
  ] as [string, object, unknown, boolean][]
) {
  Deno.test(`CodexReader reports ${what}`, () => {
    const reader = new CodexReader(now);
    const { result } = readLines(reader, [event], { status: 1 });
    assertEquals([result.error, reader.hopeless !== null], [error, hopeless]);
  });
}

Deno.test("CodexReader counts no cached tokens where codex reports none, and knows no price", () => {
  const read = (output_tokens: number) => {
    const usage = { input_tokens: 0, output_tokens };
    const { usage: found, cost_usd } =
      readLines(new CodexReader(now), [{ type: "turn.completed", usage }]).result;
    return [found.cached_input_tokens, found.output_tokens, cost_usd];
  };
  assertEquals([read(0), read(1)], [[0, 0, null], [0, 1, null]]);
});
