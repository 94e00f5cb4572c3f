import type { RunnerResult } from "../../model/runner_result.ts";
import { plainText } from "./plain_text.ts";
import type { RunnerEnd, StreamReader } from "./runner.ts";
import { sumUp } from "./sum_up.ts";

/** Reads a program of which nothing is known: all of stdout is the answer, tokens and price are unknown. */
export class TextReader implements StreamReader {
  readonly hopeless = null;
  readonly #now?: () => Date;
  readonly #lines: string[] = [];

  constructor(now?: () => Date) {
    this.#now = now;
  }

  line(line: string): string | undefined {
    this.#lines.push(line);
    return plainText(line) || undefined;
  }

  end(end: RunnerEnd): RunnerResult {
    const usage = { input_tokens: null, cached_input_tokens: null, output_tokens: null };
    const text = this.#lines.join("\n");
    return sumUp({ text, model: null, usage, cost_usd: null, error: null }, end, this.#now?.());
  }
}
