import * as z from "zod/mini";
import type { RunnerError, RunnerResult, Usage } from "../../schema/decision.ts";
import { type Runner, type RunnerEnd, STABLE_PROMPT, type StreamReader } from "./runner.ts";
import {
  describeError,
  dollars,
  isHopeless,
  parseEvent,
  plainText,
  sumUp,
  tokenCount,
} from "./stream.ts";

/**
 * opencode. Of its own it adds a few lines on model, directory and date, about 500 bytes with the request's
 * frame, and the user's own AGENTS.md where there is one: an agent of ours has no tools and no permission,
 * the database of sessions is in memory.
 */
export const opencode: Runner = {
  name: "opencode",
  takesSystemPrompt: true,
  start({ systemFile, model }) {
    return {
      argv: [
        ...["opencode", "run", "--format", "json", "--pure", "--agent", "looop"],
        // A title of its own would be a second call of a model.
        ...["--title", "looop", "--print-logs", "--log-level", "ERROR"],
        ...(model ? ["--model", model] : []),
      ],
      env: {
        OPENCODE_CONFIG_CONTENT: JSON.stringify(config(systemFile)),
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

/** Is laid over the user's own: the agent's rules come last, so nothing the user allows gets past them. */
function config(systemFile: string | undefined) {
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
        prompt: systemFile ? `{file:${systemFile}}` : STABLE_PROMPT,
        permission: deny,
        tools: { "*": false },
      },
      title: { disable: true },
    },
  };
}

const opencodeEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), part: z.object({ text: z.string() }) }),
  z.object({
    type: z.literal("step_finish"),
    part: z.object({
      cost: z.optional(dollars),
      tokens: z.object({
        input: tokenCount,
        output: tokenCount,
        reasoning: z._default(tokenCount, 0),
        cache: z._default(z.object({ read: tokenCount, write: tokenCount }), {
          read: 0,
          write: 0,
        }),
      }),
    }),
  }),
  z.object({
    type: z.literal("error"),
    error: z.object({
      name: z._default(z.string(), "error"),
      data: z._default(
        z.object({
          message: z.optional(z.string()),
          statusCode: z.optional(z.number()),
          responseHeaders: z.optional(z.record(z.string(), z.string())),
        }),
        {},
      ),
    }),
  }),
]);

type Step = Extract<z.infer<typeof opencodeEvent>, { type: "step_finish" }>["part"];

/** It tries again for ever, in 2, 4, 8, 16, 30, 30… seconds; the loop itself tries again later. */
const MOST_TRIES = 4;

/** How much of a line of its log is looked at, in characters. */
const MAX_LOG_LINE = 8192;

/** Reads `opencode run --format json`; of tries that fail it tells only its log on stderr. */
export class OpencodeReader implements StreamReader {
  hopeless: RunnerError | null = null;
  readonly #now?: () => Date;
  readonly #steps: Step[] = [];
  #text = "";
  #error: RunnerError | null = null;
  #failedTries = 0;

  constructor(now?: () => Date) {
    this.#now = now;
  }

  line(line: string): string | undefined {
    const event = parseEvent(opencodeEvent, line);
    switch (event?.type) {
      case "text":
        this.#text = event.part.text;
        return plainText(this.#text) || undefined;
      case "step_finish":
        this.#steps.push(event.part);
        this.#failedTries = 0;
        return undefined;
      case "error": {
        const { name, data } = event.error;
        const wait = Number(data.responseHeaders?.["retry-after"] ?? NaN);
        this.#error = describeError({
          message: data.message ?? name,
          status: data.statusCode,
          waitS: isNaN(wait) ? undefined : wait,
        }, this.#now?.());
        return this.#error.message;
      }
    }
  }

  errorLine(line: string): string | undefined {
    const said = errorIn(line);
    if (!said) return undefined;
    const message = said.replace(/^"|"$/g, "").replace(/^\w+Error: /, "");
    const error = describeError({ message }, this.#now?.());
    this.#failedTries++;
    if (this.#failedTries >= MOST_TRIES || isHopeless(error, this.#now?.())) this.hopeless = error;
    return `${error.message} (try ${this.#failedTries} of ${MOST_TRIES})`;
  }

  end(end: RunnerEnd): RunnerResult {
    const costs = this.#steps.map(({ cost }) => cost);
    const known = costs.length > 0 && !costs.includes(undefined);
    return sumUp(
      {
        text: this.#text,
        model: null,
        usage: this.#usage(),
        cost_usd: known ? costs.reduce((all: number, cost) => all + (cost ?? 0), 0) : null,
        error: this.hopeless ?? this.#error,
      },
      end,
      this.#now?.(),
    );
  }

  #usage(): Usage {
    if (this.#steps.length === 0) {
      return { input_tokens: null, cached_input_tokens: null, output_tokens: null };
    }
    const sum = (pick: (tokens: Step["tokens"]) => number) =>
      this.#steps.reduce((all, { tokens }) => all + pick(tokens), 0);
    return {
      input_tokens: sum((tokens) => tokens.input + tokens.cache.read + tokens.cache.write),
      cached_input_tokens: sum((tokens) => tokens.cache.read),
      output_tokens: sum((tokens) => tokens.output + tokens.reasoning),
    };
  }
}

/** What the log says of a stream that broke. Piece by piece: one expression for it all takes minutes on a long line. */
function errorIn(line: string): string | undefined {
  const level = line.indexOf("level=ERROR ");
  const at = level === -1 ? -1 : line.indexOf('message="stream error"', level);
  if (at === -1) return undefined;
  return / error\.error=("(?:[^"\\]|\\.)*"|\S+)/.exec(line.slice(at, at + MAX_LOG_LINE))?.[1];
}
