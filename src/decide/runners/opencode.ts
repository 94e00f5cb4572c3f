import * as z from "zod/mini";
import type { Json } from "../../schema/json.ts";
import { jsonSchema, parseAs } from "../../schema/schema.ts";
import type { Runner } from "./runner.ts";
import { plainText } from "../../schema/text.ts";
import { retryHeader } from "../../schema/reset_time.ts";
import {
  dollars,
  lenient,
  parseEvent,
  someNumber,
  someText,
  StreamReader,
  tokenCount,
  tokensOrNone,
} from "./stream.ts";

/**
 * opencode. It adds a few lines on model, directory and date to the prompt, about 500 bytes with the request's frame,
 * and the user's own AGENTS.md if there is one: looop's agent has no tools and no permissions, and the database of
 * sessions is in memory.
 */
export const opencode: Runner = {
  name: "opencode",
  takesSystemPrompt: true,
  start({ systemFile, model, environment }) {
    return {
      argv: [
        ...["opencode", "run", "--format", "json", "--pure", "--agent", "looop"],
        // Without a title, opencode calls a model a second time to make one.
        ...["--title", "looop", "--print-logs", "--log-level", "ERROR"],
        ...(model ? ["--model", model] : []),
      ],
      env: {
        OPENCODE_CONFIG_CONTENT: JSON.stringify(
          { ...providersOf(environment?.OPENCODE_CONFIG_CONTENT), ...config(systemFile) },
        ),
        OPENCODE_DB: ":memory:",
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_CLAUDE_CODE: "1",
        OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
        OPENCODE_DISABLE_PROJECT_CONFIG: "1",
      },
    };
  },
  read: (now) => new OpencodeReader(now),
};

/** What of a config in the environment, which looop's own replaces, says how to reach the provider. */
function providersOf(content: string | undefined): Record<string, Json> {
  const own = parseAs(z.record(z.string(), jsonSchema), content ?? "{}");
  const keys = ["provider", "disabled_providers", "enabled_providers", "model", "small_model"];
  return Object.fromEntries(Object.entries(own ?? {}).filter(([key]) => keys.includes(key)));
}

/** Merged over the user's own config: the agent's rules come last, so they override what the user allows. */
function config(systemFile: string) {
  const deny = { "*": "deny" };
  return {
    share: "disabled",
    autoupdate: false,
    snapshot: false,
    lsp: false,
    formatter: false,
    permission: deny,
    agent: {
      looop: {
        mode: "primary",
        description: "decides one move",
        prompt: `{file:${systemFile}}`,
        permission: deny,
        tools: { "*": false },
      },
      title: { disable: true },
    },
  };
}

const opencodeEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), part: z.object({ text: someText }) }),
  z.object({
    type: z.literal("step_finish"),
    part: z.object({
      reason: someText,
      cost: z.optional(dollars),
      tokens: lenient(
        z.object({
          input: tokenCount,
          output: tokenCount,
          reasoning: tokensOrNone,
          cache: lenient(z.object({ read: tokensOrNone, write: tokensOrNone })),
        }),
      ),
    }),
  }),
  z.object({
    type: z.literal("error"),
    error: lenient(
      z.object({
        name: someText,
        data: lenient(
          z.object({
            message: someText,
            statusCode: someNumber,
            responseHeaders: z.catch(z.record(z.string(), z.string()), {}),
          }),
        ),
      }),
    ),
  }),
]);

/** opencode retries for ever, after 2, 4, 8, 16, 30, 30… seconds; the loop itself retries later. */
const MAX_TRIES = 4;

/** How much of a line of its log is searched, in characters. */
const MAX_LOG_LINE = 8192;

/** Reads `opencode run --format json`; only its log on stderr reports attempts that failed. */
export class OpencodeReader extends StreamReader {
  #failedTries = 0;

  line(line: string): string | undefined {
    const event = parseEvent(opencodeEvent, line);
    switch (event?.type) {
      case "text":
        this.text = event.part.text ?? "";
        return plainText(this.text) || undefined;
      case "step_finish": {
        const { reason, cost = NaN, tokens } = event.part;
        const { read, write } = tokens?.cache ?? { read: 0, write: 0 };
        this.costs.push(cost);
        this.usages.push({
          input_tokens: (tokens?.input ?? NaN) + read + write,
          cached_input_tokens: tokens ? read : NaN,
          output_tokens: (tokens?.output ?? NaN) + (tokens?.reasoning ?? 0),
        });
        this.#failedTries = 0;
        this.finished = reason === "stop";
        // Earlier errors were of attempts that it repeated, or of other work, such as a title.
        if (this.finished) this.error = null;
        return undefined;
      }
      case "error": {
        if (this.finished) return undefined;
        const { name = "error", data } = event.error ?? {};
        this.error = this.describe({
          message: data?.message ?? name,
          status: data?.statusCode,
          type: name,
          retryAt: retryHeader(data?.responseHeaders ?? {}, this.now()),
        });
        return this.error.message;
      }
    }
  }

  override errorLine(line: string): string | undefined {
    const logged = errorIn(line);
    if (!logged) return undefined;
    const message = logged.replace(/^"|"$/g, "").replace(/^\w+Error: /, "");
    const error = this.describe({ message });
    this.#failedTries++;
    if (this.#failedTries >= MAX_TRIES && !this.finished) this.hopeless = error;
    else this.stopIfHopeless(error);
    return `${error.message} (try ${this.#failedTries} of ${MAX_TRIES})`;
  }
}

/** Finds the error of a broken stream in a log line. Step by step: one expression takes minutes on a long line. */
function errorIn(line: string): string | undefined {
  const level = line.indexOf("level=ERROR ");
  const at = level === -1 ? -1 : line.indexOf('message="stream error"', level);
  if (at === -1) return undefined;
  return / error\.error=("(?:[^"\\]|\\.)*"|\S+)/.exec(line.slice(at, at + MAX_LOG_LINE))?.[1];
}
