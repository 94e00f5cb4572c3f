import { join } from "@std/path";
import * as z from "zod/mini";
import { isOfSession } from "../../profile/child_env.ts";
import type { RunnerError, RunnerResult } from "../../schema/decision.ts";
import { plainText, plainUsd } from "../../schema/text.ts";
import { jsonSchema } from "../../schema/schema.ts";
import type { Runner } from "./runner.ts";
import { unixTime } from "../../schema/reset_time.ts";
import {
  blocks,
  dollars,
  lenient,
  parseEvent,
  type RunnerEnd,
  someNumber,
  someText,
  StreamReader,
  textOf,
  tokenCount,
  type Tokens,
  tokensOrNone,
} from "./stream.ts";

/**
 * Claude Code. It adds about 1,100 bytes to the prompt: tools, skills, MCP servers, settings files and memory are off,
 * and the session is not saved. Its credentials are not settings and stay; of the user's settings, only the way to the
 * provider does.
 */
export const claude: Runner = {
  name: "claude",
  takesSystemPrompt: true,
  settingsFile: (env) =>
    join(env.CLAUDE_CONFIG_DIR || join(env.HOME || "/", ".claude"), "settings.json"),
  start({ systemFile, model, usdLimit, settings }) {
    const provider = settings === undefined ? null : providerSettings.safeParse(settings).data;
    const { env, ...rest } = provider ?? {};
    const others = Object.entries(rest).filter(([, value]) => value !== undefined);
    const given = Object.entries(env ?? {}).flatMap(([name, value]) =>
      isOfSession(name) || !["string", "number", "boolean"].includes(typeof value)
        ? []
        : [[name, String(value)]]
    );
    return {
      argv: [
        ...["claude", "-p", "--output-format", "stream-json", "--verbose"],
        ...["--tools", "", "--strict-mcp-config", "--disable-slash-commands"],
        ...["--setting-sources", "", "--no-session-persistence"],
        ...(others.length > 0 ? ["--settings", JSON.stringify(Object.fromEntries(others))] : []),
        ...["--system-prompt-file", systemFile],
        ...(usdLimit === undefined ? [] : ["--max-budget-usd", plainUsd(usdLimit)]),
        ...(model ? ["--model", model] : []),
      ],
      env: {
        // In the environment, since other users can read a command line.
        ...Object.fromEntries(given),
        CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
        CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
        // The default is ten, which take over three minutes; the loop itself retries later.
        CLAUDE_CODE_MAX_RETRIES: "4",
      },
    };
  },
  read: (now) => new ClaudeReader(now),
};

/** What of the user's settings says how to reach the provider: variables, programs that print keys, and models. */
const providerSettings = z.object({
  env: lenient(z.record(z.string(), z.unknown())),
  ...Object.fromEntries(
    ["apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "gcpAuthRefresh", "model"]
      .concat("proxyAuthHelper", "forceLoginMethod", "forceLoginOrgUUID")
      .map((key) => [key, z.catch(z.optional(z.string()), undefined)]),
  ),
  modelOverrides: z.catch(z.optional(z.record(z.string(), z.string())), undefined),
});

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
    subtype: someText,
    model: someText,
    attempt: someNumber,
    max_retries: someNumber,
    retry_delay_ms: someNumber,
    error_status: someNumber,
    error: someText,
  }),
  z.object({
    type: z.literal("rate_limit_event"),
    rate_limit_info: lenient(z.object({ status: someText, resetsAt: someNumber })),
  }),
  z.object({
    type: z.literal("assistant"),
    error: someText,
    message: z.object({
      id: z.catch(z.string(), ""),
      model: someText,
      content: blocks,
      usage: lenient(tokens),
    }),
  }),
  z.object({
    type: z.literal("result"),
    subtype: someText,
    // A malformed one hides no error.
    is_error: z.catch(z.nullish(z.boolean()), true),
    api_error_status: someNumber,
    result: someText,
    structured_output: lenient(jsonSchema),
    errors: lenient(z.array(z.string())),
    total_cost_usd: z.nullish(dollars),
    usage: lenient(tokens),
    modelUsage: z.catch(
      z.record(
        z.string(),
        z.object({
          inputTokens: tokenCount,
          cacheReadInputTokens: tokensOrNone,
          cacheCreationInputTokens: tokensOrNone,
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
  #limited = false;
  #resetsAt?: string;
  /** Usage by message: a message arrives in several events, each with the counts so far. */
  readonly #messages = new Map<string, Tokens>();
  #result?: Of<"result">;
  /** The error in the last message, which Claude Code then wrote itself. */
  #failed: { message: string; type: string } | null = null;

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
        // What fails after the answer does not take it back.
        this.#result = event.is_error && this.#result?.is_error === false && this.#result.result
          ? { ...event, is_error: false, result: this.#result.result }
          : event;
        // Another may follow, which is waited for a little.
        this.finished = true;
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
    this.stopIfHopeless(
      this.#withReset(this.describe({ message: what, status, type: error, waitS })),
    );
    return plainText(`${what}, retry ${attempt}/${max_retries} in ${Math.ceil(waitS)} s`);
  }

  #rateLimit({ rate_limit_info: info }: Of<"rate_limit_event">): string | undefined {
    if (info?.status !== "rejected") return undefined;
    this.#limited = true;
    this.#resetsAt = unixTime(info.resetsAt, this.now());
    return `limit reached${this.#resetsAt ? `, resets at ${this.#resetsAt}` : ""}`;
  }

  #assistant({ message, error }: Of<"assistant">): string | undefined {
    const text = textOf(message.content);
    if (message.model === SYNTHETIC) {
      this.#failed = error === undefined ? null : { message: text, type: error };
      return undefined;
    }
    this.#failed = null;
    this.model = message.model ?? this.model;
    if (message.usage) this.#messages.set(message.id, usageOf(message.usage));
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
    const failed = result?.is_error ?? this.#failed !== null;
    this.error = failed ? this.#failure(result) : this.#limit();
    return super.end(end);
  }

  #failure(result?: Of<"result">): RunnerError {
    const { message: text, type } = this.#failed ?? {};
    const message = result?.result || result?.errors?.join("; ") || text || result?.subtype || "";
    if (result?.subtype === "error_max_budget_usd") return { kind: "budget", message };
    return this.#withReset(this.describe({ message, status: result?.api_error_status, type }));
  }

  /** A call that the limit interrupted may exit with status 0 and without an answer. */
  #limit(): RunnerError | null {
    if (!this.#limited || this.text.trim() !== "") return null;
    return this.#withReset({ kind: "rate_limit", message: "limit reached" });
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
