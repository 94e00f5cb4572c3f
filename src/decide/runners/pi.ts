import * as z from "zod/mini";
import type { Runner } from "./runner.ts";
import { retryHeader } from "../../schema/reset_time.ts";
import { plainText } from "../../schema/text.ts";
import {
  blocks,
  dollars,
  lenient,
  parseEvent,
  someNumber,
  someText,
  StreamReader,
  textOf,
  tokenCount,
  tokensOrNone,
} from "./stream.ts";

/**
 * pi. It adds the date and the directory to the prompt, about 300 bytes with the request's frame: tools, extensions,
 * skills, templates and context files are off, and the session is not saved.
 */
export const pi: Runner = {
  name: "pi",
  takesSystemPrompt: true,
  start({ systemFile, model }) {
    return {
      argv: [
        ...["pi", "-p", "--mode", "json", "--no-session", "--no-tools", "--no-extensions"],
        ...["--no-skills", "--no-prompt-templates", "--no-themes", "--no-context-files"],
        // Read as a file if one has that name. The empty one excludes APPEND_SYSTEM.md.
        ...["--system-prompt", systemFile, "--append-system-prompt", ""],
        ...(model ? ["--model", model] : []),
      ],
      // Only these logs report long waits; they contain neither the prompt nor the key.
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
      model: someText,
      content: blocks,
      usage: lenient(
        z.object({
          input: tokenCount,
          output: tokenCount,
          cacheRead: tokensOrNone,
          cacheWrite: tokensOrNone,
          cost: lenient(z.object({ total: dollars })),
        }),
      ),
      stopReason: someText,
      errorMessage: someText,
    }),
  }),
  z.object({ type: z.literal("agent_start") }),
  z.object({ type: z.literal("agent_end") }),
  z.object({
    type: z.literal("auto_retry_start"),
    attempt: someNumber,
    maxAttempts: someNumber,
    delayMs: someNumber,
    errorMessage: someText,
  }),
]);

type PiMessage = Extract<z.infer<typeof piEvent>, { type: "message_end" }>["message"];

/** Reads `pi -p --mode json`. Tokens and dollars of each answer count, including those of failed attempts. */
export class PiReader extends StreamReader {
  #rejected = false;

  line(line: string): string | undefined {
    const event = parseEvent(piEvent, line);
    switch (event?.type) {
      case "message_end":
        return this.#message(event.message);
      case "agent_start":
        this.finished = false;
        return undefined;
      case "agent_end":
        // After an error, pi may try again.
        this.finished = this.error === null;
        return undefined;
      case "auto_retry_start": {
        const { attempt, maxAttempts, delayMs = 0, errorMessage = "error" } = event;
        this.stopIfHopeless(this.describe({ message: errorMessage }));
        const wait = Math.ceil(delayMs / 1000);
        return plainText(`${errorMessage}, retry ${attempt}/${maxAttempts} in ${wait} s`);
      }
    }
  }

  #message({ content, model, usage, stopReason, errorMessage }: PiMessage): string | undefined {
    this.text = textOf(content);
    this.model = model ?? this.model;
    const { input = NaN, output = NaN, cacheRead = NaN, cacheWrite = 0, cost } = usage ?? {};
    this.usages.push({
      input_tokens: input + cacheRead + cacheWrite,
      cached_input_tokens: cacheRead,
      output_tokens: output,
    });
    this.costs.push(cost?.total ?? NaN);
    const failed = stopReason === "error" || stopReason === "aborted" ||
      (stopReason === undefined && !!errorMessage);
    this.error = failed ? this.describe({ message: errorMessage ?? stopReason ?? "error" }) : null;
    return plainText(this.text) || undefined;
  }

  /**
   * The OpenAI and Anthropic clients inside pi wait as long as the `retry-after` header of a 429 says, even for
   * hours, and report it only in their debug log.
   */
  override errorLine(line: string): string | undefined {
    if (/^\s+status: \d+,?$/.test(line)) this.#rejected = line.includes("429");
    const wait = /^\s+'retry-after': '([^']+)',?$/.exec(line)?.[1];
    if (!wait || !this.#rejected) return undefined;
    const retryAt = retryHeader({ "retry-after": wait }, this.now());
    const message = `429 too many requests, retry after ${/^\d+$/.test(wait) ? `${wait} s` : wait}`;
    this.stopIfHopeless(this.describe({ message, retryAt }));
    return message;
  }
}
