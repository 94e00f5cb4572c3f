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
 * pi. Of its own it adds the date and the directory, about 300 bytes with the request's frame: tools,
 * extensions, skills, templates and context files are off, nothing of the session is kept.
 */
export const pi: Runner = {
  name: "pi",
  takesSystemPrompt: true,
  start({ systemFile, model }) {
    return {
      argv: [
        ...["pi", "-p", "--mode", "json", "--no-session", "--no-tools", "--no-extensions"],
        ...["--no-skills", "--no-prompt-templates", "--no-themes", "--no-context-files"],
        // Read as a file where one has that name. The empty one keeps APPEND_SYSTEM.md out.
        ...["--system-prompt", systemFile ?? STABLE_PROMPT, "--append-system-prompt", ""],
        ...(model ? ["--model", model] : []),
      ],
      // The only place where long waits show; the prompt and the key are not in it.
      env: { OPENAI_LOG: "debug", ANTHROPIC_LOG: "debug" },
    };
  },
  read: (now) => new PiReader(now),
};

const piEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message_end"),
    message: z.object({
      role: z.literal("assistant"),
      model: z.string(),
      content: z.array(z.object({ type: z.string(), text: z.optional(z.string()) })),
      usage: z.object({
        input: tokenCount,
        output: tokenCount,
        cacheRead: z._default(tokenCount, 0),
        cacheWrite: z._default(tokenCount, 0),
        cost: z.optional(z.object({ total: dollars })),
      }),
      stopReason: z.string(),
      errorMessage: z.optional(z.string()),
    }),
  }),
  z.object({
    type: z.literal("auto_retry_start"),
    attempt: z.number(),
    maxAttempts: z.number(),
    delayMs: z.number(),
    errorMessage: z.string(),
  }),
]);

type Message = Extract<z.infer<typeof piEvent>, { type: "message_end" }>["message"];

/** Reads `pi -p --mode json`. Tokens and dollars of each answer count, those of failed tries too. */
export class PiReader implements StreamReader {
  hopeless: RunnerError | null = null;
  readonly #now?: () => Date;
  readonly #messages: Message[] = [];
  #refused = false;

  constructor(now?: () => Date) {
    this.#now = now;
  }

  line(line: string): string | undefined {
    const event = parseEvent(piEvent, line);
    if (event?.type === "message_end") {
      this.#messages.push(event.message);
      return plainText(textOf(event.message)) || undefined;
    }
    if (event?.type !== "auto_retry_start") return undefined;
    const { attempt, maxAttempts, delayMs, errorMessage } = event;
    this.#giveUpIfHopeless(describeError({ message: errorMessage }, this.#now?.()));
    return plainText(
      `${errorMessage}, retry ${attempt}/${maxAttempts} in ${Math.ceil(delayMs / 1000)} s`,
    );
  }

  /**
   * The clients of OpenAI and Anthropic inside pi wait for as long as the `retry-after` header of a 429 says,
   * hours if need be, and tell it nobody but their debug log.
   */
  errorLine(line: string): string | undefined {
    if (/^\s+status: \d+,?$/.test(line)) this.#refused = line.includes("429");
    const wait = /^\s+'retry-after': '(\d+)',?$/.exec(line);
    if (!wait || !this.#refused) return undefined;
    const message = `429 too many requests, retry after ${wait[1]} s`;
    this.#giveUpIfHopeless(describeError({ message, waitS: Number(wait[1]) }, this.#now?.()));
    return message;
  }

  #giveUpIfHopeless(error: RunnerError): void {
    if (isHopeless(error, this.#now?.())) this.hopeless = error;
  }

  end(end: RunnerEnd): RunnerResult {
    const last = this.#messages.at(-1);
    const failed = last?.stopReason === "error" || last?.stopReason === "aborted";
    const message = last?.errorMessage ?? last?.stopReason ?? "";
    const error = this.hopeless ?? (failed ? describeError({ message }, this.#now?.()) : null);
    return sumUp(
      {
        text: last ? textOf(last) : "",
        model: last?.model ?? null,
        usage: this.#usage(),
        cost_usd: this.#cost(),
        error,
      },
      end,
      this.#now?.(),
    );
  }

  #usage(): Usage {
    if (this.#messages.length === 0) {
      return { input_tokens: null, cached_input_tokens: null, output_tokens: null };
    }
    const sum = (pick: (usage: Message["usage"]) => number) =>
      this.#messages.reduce((all, { usage }) => all + pick(usage), 0);
    return {
      input_tokens: sum((usage) => usage.input + usage.cacheRead + usage.cacheWrite),
      cached_input_tokens: sum((usage) => usage.cacheRead),
      output_tokens: sum((usage) => usage.output),
    };
  }

  #cost(): number | null {
    const costs = this.#messages.map(({ usage }) => usage.cost?.total);
    if (costs.length === 0 || costs.includes(undefined)) return null;
    return costs.reduce((all: number, cost) => all + (cost ?? 0), 0);
  }
}

function textOf({ content }: Message): string {
  return content.map((part) => part.type === "text" ? part.text ?? "" : "").join("");
}
