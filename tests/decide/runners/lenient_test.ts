import { assertEquals } from "@std/assert";
import { ClaudeReader } from "../../../src/decide/runners/claude.ts";
import { CodexReader } from "../../../src/decide/runners/codex.ts";
import { OpencodeReader } from "../../../src/decide/runners/opencode.ts";
import { PiReader } from "../../../src/decide/runners/pi.ts";
import type { StreamReader } from "../../../src/decide/runners/stream.ts";
import { now, readLines } from "./read_recorded.ts";

const readers = {
  claude: () => new ClaudeReader(now),
  codex: () => new CodexReader(now),
  opencode: () => new OpencodeReader(now),
  pi: () => new PiReader(now),
} satisfies Record<string, () => StreamReader>;

/** The answer of each program, in its events. */
const answers: Record<keyof typeof readers, object[]> = {
  claude: [{
    ...{ type: "result", subtype: "success", is_error: false, api_error_status: 200 },
    ...{ result: "hi", errors: ["x"], total_cost_usd: 0.5, usage: { input_tokens: 1 } },
    modelUsage: { m: { inputTokens: 5, cacheReadInputTokens: 1, outputTokens: 2 } },
  }],
  codex: [
    { type: "item.completed", item: { type: "agent_message", text: "hi", message: "x" } },
    {
      type: "turn.completed",
      usage: { input_tokens: 5, cached_input_tokens: 1, output_tokens: 2 },
    },
  ],
  opencode: [
    { type: "text", part: { text: "hi", time: { start: 1 } } },
    {
      type: "step_finish",
      part: {
        ...{ reason: "stop", cost: 0.5 },
        tokens: { input: 5, output: 2, reasoning: 0, cache: { read: 1, write: 0 } },
      },
    },
  ],
  pi: [{
    type: "message_end",
    message: {
      ...{ role: "assistant", model: "m", stopReason: "stop", errorMessage: "" },
      content: [{ type: "thinking", text: "x" }, { type: "text", text: "hi" }],
      usage: { input: 5, output: 2, cacheRead: 1, cacheWrite: 0, cost: { total: 0.5, input: 1 } },
    },
  }],
};

/** The errors of each program, in its events. */
const errors: Record<keyof typeof readers, object[]> = {
  claude: [{
    ...{ type: "result", subtype: "success", is_error: true, api_error_status: 529 },
    ...{ result: "Overloaded", total_cost_usd: 0, usage: { input_tokens: 0 }, errors: [] },
  }],
  codex: [{ type: "turn.failed", error: { message: "Overloaded", code: 529 } }],
  opencode: [{
    type: "error",
    error: {
      name: "APIError",
      data: { message: "Overloaded", statusCode: 529, responseHeaders: { "retry-after": "5" } },
    },
  }],
  pi: [{
    type: "message_end",
    message: {
      ...{ role: "assistant", model: "m", content: [], stopReason: "error" },
      ...{ errorMessage: "529 Overloaded", usage: { input: 0, output: 0, cost: { total: 0 } } },
    },
  }],
};

/** Each event with one of its fields, or of those within, replaced; not the type, by which an event is known. */
function* variants(event: object, value: unknown): Generator<[path: string, event: object]> {
  for (const [key, field] of Object.entries(event)) {
    if (key === "type" || key === "role") continue;
    yield [key, { ...event, [key]: value }];
    if (typeof field !== "object" || field === null || Array.isArray(field)) continue;
    for (const [path, within] of variants(field, value)) {
      yield [`${key}.${path}`, { ...event, [key]: within }];
    }
  }
}

for (const name of Object.keys(readers) as (keyof typeof readers)[]) {
  for (const odd of [null, { odd: true }, ["odd"]]) {
    const shown = JSON.stringify(odd);
    Deno.test(`${name}: a field that is ${shown} hides neither the answer nor its price`, () => {
      const events = answers[name];
      events.forEach((event, i) => {
        for (const [path, variant] of variants(event, odd)) {
          const lines = events.with(i, variant);
          const { text, cost_usd, error } = readLines(readers[name](), lines).result;
          const isAnswer =
            /^(result|item|item\.text|item\.type|part|part\.text|message|message\.content)$/;
          const isPrice = /^(total_cost_usd|part|part\.cost|message(\.usage(\.cost(\.total)?)?)?)$/;
          const isError = path === "is_error" && odd !== null;
          if (!isAnswer.test(path) && !isError) assertEquals([text, error], ["hi", null], path);
          if (!isPrice.test(path) && name !== "codex" && !isError) {
            assertEquals(cost_usd, 0.5, path);
          }
        }
      });
    });

    Deno.test(`${name}: a field that is ${shown} does not turn an error into an answer`, () => {
      const [event] = errors[name];
      for (const [path, variant] of variants(event, odd)) {
        // A message without any role or content is no message.
        if (path === "message" || (path === "is_error" && odd === null)) continue;
        const { text, error } = readLines(readers[name](), [variant]).result;
        assertEquals([text, error?.kind], ["", "model"], path);
      }
    });
  }
}

const TOKENLESS: [name: keyof typeof readers, event: object][] = [
  ["claude", { type: "result", result: "hi", total_cost_usd: 0.5 }],
  ["opencode", { type: "step_finish", part: { cost: 0.5 } }],
  [
    "pi",
    { type: "message_end", message: { role: "assistant", usage: { cost: { total: 0.5 } } } },
  ],
];
for (const [name, event] of TOKENLESS) {
  Deno.test(`${name}: dollars count where no tokens are reported`, () => {
    const { cost_usd, usage } = readLines(readers[name](), [event]).result;
    assertEquals([cost_usd, usage.output_tokens], [0.5, null]);
  });
}

/** The same with each number as a string. */
const quoted = (event: object) =>
  JSON.parse(JSON.stringify(event, (_, value) => typeof value === "number" ? `${value}` : value));
for (const name of Object.keys(readers) as (keyof typeof readers)[]) {
  Deno.test(`${name}: amounts that are strings count`, () => {
    const [plain, strings] = [answers[name], answers[name].map(quoted)].map((events) =>
      readLines(readers[name](), events).result
    );
    assertEquals(strings, plain);
  });

  // codex and opencode repeat what failed themselves; pi reports its last try alone.
  Deno.test(`${name}: an error around the answer does not take it back`, () => {
    const [error] = errors[name];
    for (
      const events of name === "pi"
        ? [[error, ...answers.pi]]
        : [[error, ...answers[name]], [...answers[name], error]]
    ) {
      const { text, error } = readLines(readers[name](), events).result;
      assertEquals([text, error], ["hi", null]);
    }
  });
}

const BEFORE = {
  "many byte order marks": "\ufeff".repeat(1000),
  "white space": " \t",
  "a colour": "\x1b[0m",
  "a title and a shown cursor": "\x1b]0;agent\x07\x1b[?25h",
  "a title of the other form": "\x1b]0;agent\x1b\\\x1b>",
};
for (const name of Object.keys(readers) as (keyof typeof readers)[]) {
  Deno.test(`${name}: what a terminal or a wrapper leaves before an event hides neither the answer nor its price`, () => {
    for (const [what, before] of Object.entries(BEFORE)) {
      const reader = readers[name]();
      for (const event of answers[name]) reader.line(before + JSON.stringify(event));
      const { text, cost_usd, error } = reader.end({ status: 0, stderrTail: "" });
      assertEquals([text, error], ["hi", null], what);
      if (name !== "codex") assertEquals(cost_usd, 0.5, what);
      const quoted = readers[name]();
      for (const event of answers[name]) quoted.line(`${before}debug: ${JSON.stringify(event)}`);
      assertEquals(quoted.end({ status: 0, stderrTail: "" }).error?.kind, "empty", what);
    }
  });
}
