import * as z from "zod/mini";
import type { RunnerError, RunnerResult } from "../../schema/decision.ts";
import { plainUsd } from "../../schema/text.ts";
import { jsonSchema } from "../../schema/schema.ts";
import type { Runner } from "./runner.ts";
import {
  dollars,
  isWithinAYear,
  parseEvent,
  plainText,
  type RunnerEnd,
  StreamReader,
  textOf,
  tokenCount,
  type Tokens,
} from "./stream.ts";

/**
 * Claude Code. It adds about 1,100 bytes to the prompt: tools, skills, MCP servers, settings files and memory are off,
 * and the session is not saved. Its credentials are not settings and stay.
 */
export const claude: Runner = {
  name: "claude",
  takesSystemPrompt: true,
  start({ systemFile, model, usdLimit }) {
    return {
      argv: [
        ...["claude", "-p", "--output-format", "stream-json", "--verbose"],
        ...["--tools", "", "--strict-mcp-config", "--disable-slash-commands"],
        ...["--setting-sources", "", "--no-session-persistence"],
        ...["--system-prompt-file", systemFile],
        ...(usdLimit === undefined ? [] : ["--max-budget-usd", plainUsd(usdLimit)]),
        ...(model ? ["--model", model] : []),
      ],
      env: {
        CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
        CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
        // The default is ten, which take over three minutes; the loop itself retries later.
        CLAUDE_CODE_MAX_RETRIES: "4",
      },
    };
  },
  read: (now) => new ClaudeReader(now),
};

const tokens = z.object({
  input_tokens: z.nullish(tokenCount),
  cache_creation_input_tokens: z.nullish(tokenCount),
  cache_read_input_tokens: z.nullish(tokenCount),
  output_tokens: z.nullish(tokenCount),
});

/** The events of `claude -p --output-format stream-json` that matter here; others do not parse. */
const claudeEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("system"),
    subtype: z.string(),
    model: z.optional(z.string()),
    attempt: z.optional(z.number()),
    max_retries: z.optional(z.number()),
    retry_delay_ms: z.optional(z.number()),
    error_status: z.nullish(z.number()),
    error: z.optional(z.string()),
  }),
  z.object({
    type: z.literal("rate_limit_event"),
    rate_limit_info: z.object({ status: z.string(), resetsAt: z.nullish(z.number()) }),
  }),
  z.object({
    type: z.literal("assistant"),
    error: z.optional(z.string()),
    message: z.object({
      id: z.string(),
      model: z.string(),
      content: z.array(z.object({ type: z.string(), text: z.optional(z.string()) })),
      usage: z.optional(tokens),
    }),
  }),
  z.object({
    type: z.literal("result"),
    subtype: z.string(),
    is_error: z._default(z.boolean(), false),
    api_error_status: z.nullish(z.number()),
    result: z.nullish(z.string()),
    structured_output: z.optional(jsonSchema),
    errors: z.optional(z.array(z.string())),
    total_cost_usd: z.nullish(dollars),
    usage: z.optional(tokens),
    modelUsage: z._default(
      z.record(
        z.string(),
        z.object({
          inputTokens: tokenCount,
          cacheReadInputTokens: z._default(tokenCount, 0),
          cacheCreationInputTokens: z._default(tokenCount, 0),
          outputTokens: tokenCount,
        }),
      ),
      {},
    ),
  }),
]);

type Of<T> = Extract<z.infer<typeof claudeEvent>, { type: T }>;

/** The model name of messages that Claude Code writes itself, such as errors. */
const SYNTHETIC = "<synthetic>";

/** Reads `claude -p --output-format stream-json --verbose`. */
export class ClaudeReader extends StreamReader {
  #resetsAt?: string;
  /** Usage by message: a message arrives in several events, each with the counts so far. */
  readonly #messages = new Map<string, Tokens>();
  #result?: Of<"result">;

  line(line: string): string | undefined {
    const event = parseEvent(claudeEvent, line);
    switch (event?.type) {
      case "system":
        return this.#system(event);
      case "rate_limit_event":
        return this.#rateLimit(event);
      case "assistant":
        return this.#assistant(event);
      case "result":
        this.#result = event;
    }
  }

  #system(event: Of<"system">): string | undefined {
    if (event.subtype === "init" && event.model) {
      // Such as `claude-opus-4-8[1m]`, which is one model with two sizes of context.
      this.model = event.model.replace(/\[\w+\]$/, "");
      return plainText(`model ${event.model}`);
    }
    if (event.subtype !== "api_retry") return undefined;
    const { attempt, max_retries, error = "error", error_status: status } = event;
    const waitS = (event.retry_delay_ms ?? 0) / 1000;
    const what = status ? `${error} (HTTP ${status})` : error;
    this.stopIfHopeless(this.#withReset(this.describe({ message: what, status, waitS })));
    return plainText(`${what}, retry ${attempt}/${max_retries} in ${Math.ceil(waitS)} s`);
  }

  #rateLimit({ rate_limit_info: info }: Of<"rate_limit_event">): string | undefined {
    if (info.status !== "rejected") return undefined;
    this.#resetsAt = unixTime(info.resetsAt, this.now());
    return `limit reached${this.#resetsAt ? `, resets at ${this.#resetsAt}` : ""}`;
  }

  #assistant({ message }: Of<"assistant">): string | undefined {
    if (message.model === SYNTHETIC) return undefined;
    this.model = message.model;
    if (message.usage) this.#messages.set(message.id, usageOf(message.usage));
    const text = textOf(message.content);
    if (text !== "") this.text = text;
    return plainText(text) || undefined;
  }

  override end(end: RunnerEnd): RunnerResult {
    const result = this.#result;
    const structured = result?.structured_output;
    if (result?.result) this.text = result.result;
    else if (structured !== undefined) this.text = JSON.stringify(structured);
    // `modelUsage` counts every model that was called; without a result, only the messages have counts.
    const models = Object.values(result?.modelUsage ?? {}).map((model) =>
      usageOf({
        input_tokens: model.inputTokens,
        cache_creation_input_tokens: model.cacheCreationInputTokens,
        cache_read_input_tokens: model.cacheReadInputTokens,
        output_tokens: model.outputTokens,
      })
    );
    const total = result?.usage ? [usageOf(result.usage)] : [...this.#messages.values()];
    this.usages = models.length > 0 ? models : total;
    this.costs = [result?.total_cost_usd ?? NaN];
    this.error = result?.is_error ? this.#failure(result) : this.#limit();
    return super.end(end);
  }

  #failure(result: Of<"result">): RunnerError {
    const message = result.result || result.errors?.join("; ") || result.subtype;
    if (result.subtype === "error_max_budget_usd") return { kind: "budget", message };
    return this.#withReset(this.describe({ message, status: result.api_error_status }));
  }

  /** A call that the limit interrupted may exit with status 0 and without an answer. */
  #limit(): RunnerError | null {
    if (!this.#resetsAt || this.text.trim() !== "") return null;
    return { kind: "rate_limit", message: "limit reached", retry_at: this.#resetsAt };
  }

  #withReset(error: RunnerError): RunnerError {
    return error.kind === "rate_limit" && this.#resetsAt
      ? { ...error, retry_at: this.#resetsAt }
      : error;
  }
}

function usageOf(counts: z.infer<typeof tokens>): Tokens {
  const cached = counts.cache_read_input_tokens ?? 0;
  return {
    input_tokens: cached + (counts.input_tokens ?? 0) + (counts.cache_creation_input_tokens ?? 0),
    cached_input_tokens: cached,
    output_tokens: counts.output_tokens ?? 0,
  };
}

/** Seconds since 1970 as ISO 8601; `undefined` for an implausible time, or one more than a year ahead. */
function unixTime(seconds: number | null | undefined, now: Date): string | undefined {
  const at = new Date((seconds ?? 0) * 1000);
  return at.getTime() > 0 && isWithinAYear(at, now) ? at.toISOString() : undefined;
}
