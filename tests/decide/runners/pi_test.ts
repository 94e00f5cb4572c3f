import { assertEquals } from "@std/assert";
import { PiReader } from "../../../src/decide/runners/pi.ts";
import { now, readLines, readRecorded } from "./read_recorded.ts";

const answer = '{"action":"noop","reason":"nothing to do"}';

Deno.test("PiReader counts each answer once, though three events repeat its usage", async () => {
  const { result, shown } = await readRecorded(new PiReader(now), "pi-0.73.1.ok.jsonl");
  assertEquals(result, {
    text: answer,
    model: "x",
    usage: { input_tokens: 1200, cached_input_tokens: 0, output_tokens: 42 },
    cost_usd: 0.00423,
    error: null,
  });
  assertEquals(shown, [answer]);
});

Deno.test("PiReader finds the error of a call that exits 0", async () => {
  const { result } = await readRecorded(new PiReader(now), "pi-0.73.1.http-401.jsonl");
  assertEquals(result.error, { kind: "auth", message: "401 invalid x-api-key" });
  // Nothing was used, so 0 is known.
  assertEquals([result.text, result.cost_usd, result.model], ["", 0, "x"]);
});

Deno.test("PiReader shows retries and reports the last error", async () => {
  const { result, shown } = await readRecorded(new PiReader(now), "pi-0.73.1.http-429-quota.jsonl");
  const message =
    "429 You exceeded your current quota, please check your plan and billing details.";
  assertEquals(shown, [2, 4, 8].map((s, i) => `${message}, retry ${i + 1}/3 in ${s} s`));
  assertEquals(result.error, { kind: "rate_limit", message });
});

Deno.test("PiReader meters an empty answer", async () => {
  const { result } = await readRecorded(new PiReader(now), "pi-0.73.1.empty.jsonl");
  assertEquals(result.error, {
    kind: "empty",
    message: "exited with status 0 but printed no answer",
  });
  assertEquals(result.usage, { input_tokens: 1200, cached_input_tokens: 800, output_tokens: 42 });
  assertEquals(result.cost_usd, 0.00207);
});

/** What the client inside pi logs of a 429, as recorded. */
const logged = (status: number, wait: number | string) => [
  "[log_a2811d] response error (retrying, 2 attempts remaining) {",
  "  url: 'http://127.0.0.1:35791/v1/chat/completions',",
  `  status: ${status},`,
  "  headers: {",
  "    'content-length': '208',",
  `    'retry-after': '${wait}',`,
];

Deno.test("PiReader is hopeless when the client inside pi is to wait for long", () => {
  const reader = new PiReader(now);
  const { shown } = readLines(reader, logged(429, 3600), { stderr: true });
  assertEquals(shown, ["429 too many requests, retry after 3600 s"]);
  assertEquals(reader.hopeless, {
    kind: "rate_limit",
    message: "429 too many requests, retry after 3600 s",
    retry_at: "2026-11-23T05:50:00.000Z",
  });
});

Deno.test("PiReader takes a date for the time until which the client inside pi waits", () => {
  const reader = new PiReader(now);
  readLines(reader, logged(429, "Mon, 23 Nov 2026 05:50:00 GMT"), { stderr: true });
  assertEquals(reader.hopeless?.retry_at, "2026-11-23T05:50:00.000Z");
});

Deno.test("PiReader lets short waits and those of other errors be", () => {
  const reader = new PiReader(now);
  readLines(reader, [...logged(429, 5), ...logged(503, 3600)], { stderr: true });
  assertEquals(reader.hopeless, null);
});

for (
  const [what, lines] of [
    ["without a status before it", logged(429, 3600).slice(3)],
    ["after a status within a line", ["x   status: 429,", ...logged(429, 3600).slice(3)]],
    ["after a status with more behind it", ["  status: 429, x", ...logged(429, 3600).slice(3)]],
    ["within a line", ["  status: 429,", "x 'retry-after': '3600',"]],
    ["with more behind it", ["  status: 429,", "  'retry-after': '3600', x"]],
  ] as [string, string[]][]
) {
  Deno.test(`PiReader ignores a retry-after header ${what}`, () => {
    const reader = new PiReader(now);
    assertEquals(readLines(reader, lines, { stderr: true }).shown, []);
    assertEquals(reader.hopeless, null);
  });
}

Deno.test("PiReader is hopeless when pi retries rejected credentials", () => {
  const reader = new PiReader(now);
  const retry = { type: "auto_retry_start", attempt: 1, maxAttempts: 3, delayMs: 1200 };
  const { shown } = readLines(reader, [{ ...retry, errorMessage: "401 invalid x-api-key" }]);
  assertEquals(shown, ["401 invalid x-api-key, retry 1/3 in 2 s"]);
  assertEquals(reader.hopeless, { kind: "auth", message: "401 invalid x-api-key" });
});

const message = (stopReason: string, cost: number | undefined, text = "hi") => ({
  type: "message_end",
  message: {
    role: "assistant",
    model: "m",
    content: [{ type: "thinking", thinking: "hm" }, { type: "text", text }],
    usage: {
      input: 10,
      output: 2,
      cacheRead: 3,
      cacheWrite: 4,
      cost: cost === undefined ? cost : { total: cost },
    },
    stopReason,
  },
});

Deno.test("PiReader takes the answer that came after a failed try, and adds up both", () => {
  const { result } = readLines(new PiReader(now), [
    message("error", 0.5, ""),
    message("stop", 0.25),
  ]);
  assertEquals(result, {
    text: "hi",
    model: "m",
    usage: { input_tokens: 34, cached_input_tokens: 6, output_tokens: 4 },
    cost_usd: 0.75,
    error: null,
  });
});

Deno.test("PiReader does not take a price that nobody configured for 0 dollars", () => {
  assertEquals(readLines(new PiReader(now), [message("stop", 0)]).result.cost_usd, null);
  assertEquals(readLines(new PiReader(now), [message("stop", undefined)]).result.cost_usd, null);
});

Deno.test("PiReader says how it ended when it said nothing else", () => {
  const end = {
    status: 1,
    stderrTail: "Warning: x\n\x1b[31mNo API key found for google.\x1b[0m\n",
  };
  const { result } = readLines(new PiReader(now), [], end);
  assertEquals(result.error, {
    kind: "auth",
    message: "exited with status 1: No API key found for google.",
  });
  assertEquals(result.usage.input_tokens, null);
});

Deno.test("PiReader takes an answer that was aborted for a failed one", () => {
  assertEquals(readLines(new PiReader(now), [message("aborted", 0.5)]).result.error, {
    kind: "model",
    message: "aborted",
  });
});

Deno.test("PiReader counts no cached tokens where pi reports none", () => {
  const answer = message("stop", 0.5);
  const usage = { input: 10, output: 2 };
  const { result } = readLines(new PiReader(now), [
    { ...answer, message: { ...answer.message, usage } },
  ]);
  assertEquals(result.usage, { input_tokens: 10, cached_input_tokens: 0, output_tokens: 2 });
});
