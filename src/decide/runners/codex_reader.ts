import * as z from "zod/mini";
import type { RunnerError, RunnerResult, Usage } from "../../model/runner_result.ts";
import { tokenCount } from "./amounts.ts";
import { describeError } from "./describe_error.ts";
import { isHopeless } from "./is_hopeless.ts";
import { parseEvent } from "./parse_event.ts";
import { plainText } from "./plain_text.ts";
import type { RunnerEnd, StreamReader } from "./runner.ts";
import { sumUp } from "./sum_up.ts";

const codexEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("item.completed"),
    item: z.object({
      type: z.string(),
      text: z.optional(z.string()),
      message: z.optional(z.string()),
    }),
  }),
  z.object({
    type: z.literal("turn.completed"),
    usage: z.object({
      input_tokens: tokenCount,
      cached_input_tokens: z._default(tokenCount, 0),
      output_tokens: tokenCount,
    }),
  }),
  z.object({ type: z.literal("turn.failed"), error: z.object({ message: z.string() }) }),
  z.object({ type: z.literal("error"), message: z.string() }),
]);

/** Reads `codex exec --json`. It names neither its model nor a price. */
export class CodexReader implements StreamReader {
  hopeless: RunnerError | null = null;
  readonly #now?: () => Date;
  #text = "";
  #error: RunnerError | null = null;
  #usage: Usage = { input_tokens: null, cached_input_tokens: null, output_tokens: null };

  constructor(now?: () => Date) {
    this.#now = now;
  }

  line(line: string): string | undefined {
    const event = parseEvent(codexEvent, line);
    switch (event?.type) {
      case "item.completed": {
        const { type, text = "", message = "" } = event.item;
        if (type === "agent_message") this.#text = text;
        return plainText(text || message) || undefined;
      }
      case "turn.completed": {
        const { input_tokens, cached_input_tokens, output_tokens } = event.usage;
        this.#usage = { input_tokens, cached_input_tokens, output_tokens };
        // What it said before was about a try that it repeated.
        this.#error = null;
        return undefined;
      }
      case "turn.failed":
        this.#fail(event.error.message);
        return undefined;
      case "error":
        this.#fail(event.message);
        return plainText(event.message);
    }
  }

  #fail(message: string): void {
    const retried = /^Reconnecting\.\.\. \d+\/\d+ \((.*)\)$/s.exec(message);
    this.#error = describeError({ message: retried?.[1] ?? message }, this.#now?.());
    if (retried && isHopeless(this.#error, this.#now?.())) this.hopeless = this.#error;
  }

  end(end: RunnerEnd): RunnerResult {
    const error = this.hopeless ?? this.#error;
    const found = { text: this.#text, model: null, usage: this.#usage, cost_usd: null, error };
    return sumUp(found, end, this.#now?.());
  }
}
