import * as z from "zod/mini";
import type { RunnerError, RunnerResult, Usage } from "../../schema/decision.ts";
import { plainUsd } from "../../schema/ledger.ts";
import { jsonSchema } from "../../schema/schema.ts";
import { type Runner, type RunnerEnd, STABLE_PROMPT, type StreamReader } from "./runner.ts";
import {
  describeError,
  dollars,
  isHopeless,
  isWithinAYear,
  parseEvent,
  plainText,
  sumUp,
  tokenCount,
} from "./stream.ts";

/**
 * Claude Code. Of its own it adds about 1,100 bytes to the prompt: tools, skills, MCP servers, settings
 * files and memory are off, nothing of the session is kept. Its credentials are not settings and stay.
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
        ...(systemFile ? ["--system-prompt-file", systemFile] : ["--system-prompt", STABLE_PROMPT]),
        ...(usdLimit === undefined ? [] : ["--max-budget-usd", plainUsd(usdLimit)]),
        ...(model ? ["--model", model] : []),
      ],
      env: {
        CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
        CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
        // Ten by default, which take over three minutes; the loop itself tries again later.
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
export const claudeEvent = z.discriminatedUnion("type", [
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

/** One event of Claude Code. */
export type ClaudeEvent = z.infer<typeof claudeEvent>;

/** Token counts as the provider gives them. */
export type ClaudeTokens = z.infer<typeof tokens>;

type Of<T extends ClaudeEvent["type"]> = Extract<ClaudeEvent, { type: T }>;

/** The model name of messages that Claude Code writes itself, such as errors. */
const SYNTHETIC = "<synthetic>";

/** Reads `claude -p --output-format stream-json --verbose`. */
export class ClaudeReader implements StreamReader {
  hopeless: RunnerError | null = null;
  readonly #now?: () => Date;
  #model: string | null = null;
  #resetsAt?: string;
  #text = "";
  /** Token counts by message: a message comes in several events, each with the counts so far. */
  readonly #messages = new Map<string, ClaudeTokens>();
  #result?: Of<"result">;

  constructor(now?: () => Date) {
    this.#now = now;
  }

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
      this.#model = event.model.replace(/\[\w+\]$/, "");
      return plainText(`model ${event.model}`);
    }
    if (event.subtype !== "api_retry") return undefined;
    const { attempt, max_retries, error = "error", error_status: status } = event;
    const waitS = (event.retry_delay_ms ?? 0) / 1000;
    const what = status ? `${error} (HTTP ${status})` : error;
    const failure = this.#withReset(describeError({ message: what, status, waitS }, this.#now?.()));
    if (isHopeless(failure, this.#now?.())) this.hopeless = failure;
    return plainText(`${what}, retry ${attempt}/${max_retries} in ${Math.ceil(waitS)} s`);
  }

  #rateLimit({ rate_limit_info: info }: Of<"rate_limit_event">): string | undefined {
    if (info.status !== "rejected") return undefined;
    this.#resetsAt = unixTime(info.resetsAt, this.#now?.());
    return `limit reached${this.#resetsAt ? `, resets at ${this.#resetsAt}` : ""}`;
  }

  #assistant({ message }: Of<"assistant">): string | undefined {
    if (message.model === SYNTHETIC) return undefined;
    this.#model = message.model;
    if (message.usage) this.#messages.set(message.id, message.usage);
    const text = message.content.map((part) => part.type === "text" ? part.text ?? "" : "").join(
      "",
    );
    if (text !== "") this.#text = text;
    return plainText(text) || undefined;
  }

  end(end: RunnerEnd): RunnerResult {
    const result = this.#result;
    const structured = result?.structured_output;
    const text = result?.result ||
      (structured === undefined ? this.#text : JSON.stringify(structured));
    return sumUp(
      {
        text,
        model: this.#model,
        usage: this.#usage(),
        cost_usd: result?.total_cost_usd ?? null,
        error: this.hopeless ?? (result?.is_error ? this.#failure(result) : this.#limit(text)),
      },
      end,
      this.#now?.(),
    );
  }

  #failure(result: Of<"result">): RunnerError {
    const message = result.result || result.errors?.join("; ") || result.subtype;
    if (result.subtype === "error_max_budget_usd") return { kind: "budget", message };
    return this.#withReset(
      describeError({ message, status: result.api_error_status }, this.#now?.()),
    );
  }

  /** A call that the limit cut off may end well, and say nothing. */
  #limit(text: string): RunnerError | null {
    if (!this.#resetsAt || text.trim() !== "") return null;
    return { kind: "rate_limit", message: "limit reached", retry_at: this.#resetsAt };
  }

  #withReset(error: RunnerError): RunnerError {
    return error.kind === "rate_limit" && this.#resetsAt
      ? { ...error, retry_at: this.#resetsAt }
      : error;
  }

  /** `modelUsage` counts every model that was called; without a result, what the messages say is all. */
  #usage(): Usage {
    const models = Object.values(this.#result?.modelUsage ?? {}).map((model) => ({
      input_tokens: model.inputTokens,
      cache_creation_input_tokens: model.cacheCreationInputTokens,
      cache_read_input_tokens: model.cacheReadInputTokens,
      output_tokens: model.outputTokens,
    }));
    if (models.length > 0) return total(models);
    if (this.#result?.usage) return total([this.#result.usage]);
    if (this.#messages.size > 0) return total([...this.#messages.values()]);
    return { input_tokens: null, cached_input_tokens: null, output_tokens: null };
  }
}

function total(counts: ClaudeTokens[]): Usage {
  const sum = (pick: (one: ClaudeTokens) => number | null | undefined) =>
    counts.reduce((all, one) => all + (pick(one) ?? 0), 0);
  const cached = sum((one) => one.cache_read_input_tokens);
  return {
    input_tokens: cached + sum((one) => one.input_tokens) +
      sum((one) => one.cache_creation_input_tokens),
    cached_input_tokens: cached,
    output_tokens: sum((one) => one.output_tokens),
  };
}

/** Seconds since 1970 as ISO 8601; `undefined` for what is no time of this century, or is more than a year ahead. */
function unixTime(seconds: number | null | undefined, now: Date | undefined): string | undefined {
  if (!seconds || seconds < 0 || seconds > 4_102_444_800) return undefined;
  const at = new Date(seconds * 1000);
  return !now || isWithinAYear(at, now) ? at.toISOString() : undefined;
}
