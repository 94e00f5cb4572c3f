import * as z from "zod/mini";
import type { Runner } from "./runner.ts";
import { dollars, parseEvent, plainText, StreamReader, textOf, tokenCount } from "./stream.ts";

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

/** Reads `pi -p --mode json`. Tokens and dollars of each answer count, including those of failed attempts. */
export class PiReader extends StreamReader {
  #rejected = false;

  line(line: string): string | undefined {
    const event = parseEvent(piEvent, line);
    if (event?.type === "message_end") {
      const { content, model, usage, stopReason, errorMessage } = event.message;
      this.text = textOf(content);
      this.model = model;
      this.usages.push({
        input_tokens: usage.input + usage.cacheRead + usage.cacheWrite,
        cached_input_tokens: usage.cacheRead,
        output_tokens: usage.output,
      });
      this.costs.push(usage.cost?.total ?? NaN);
      const failed = stopReason === "error" || stopReason === "aborted";
      this.error = failed ? this.describe({ message: errorMessage ?? stopReason }) : null;
      return plainText(this.text) || undefined;
    }
    if (event?.type !== "auto_retry_start") return undefined;
    const { attempt, maxAttempts, delayMs, errorMessage } = event;
    this.stopIfHopeless(this.describe({ message: errorMessage }));
    return plainText(
      `${errorMessage}, retry ${attempt}/${maxAttempts} in ${Math.ceil(delayMs / 1000)} s`,
    );
  }

  /**
   * The OpenAI and Anthropic clients inside pi wait as long as the `retry-after` header of a 429 says, even for
   * hours, and report it only in their debug log.
   */
  override errorLine(line: string): string | undefined {
    if (/^\s+status: \d+,?$/.test(line)) this.#rejected = line.includes("429");
    const wait = /^\s+'retry-after': '(\d+)',?$/.exec(line);
    if (!wait || !this.#rejected) return undefined;
    const message = `429 too many requests, retry after ${wait[1]} s`;
    this.stopIfHopeless(this.describe({ message, waitS: Number(wait[1]) }));
    return message;
  }
}
