import type { RunnerError, RunnerResult } from "../../schema/decision.ts";
import { plainText, sumUp } from "./stream.ts";

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

/** What a runner is started with. */
export interface RunnerInput {
  /** File with what belongs on stdin: all of the prompt, or its changing part where `systemFile` is used. */
  promptFile: string;
  /** File with the stable part of the prompt; only runners with `takesSystemPrompt` are given one. */
  systemFile?: string;
  /** Absent = the program's own default. */
  model?: string;
  /** US dollars that it may cost; absent: there is no limit. */
  usdLimit?: number;
}

/** How a decision is started: `argv[0]` is looked up on PATH, stdin is the prompt file. */
export interface RunnerStart {
  argv: string[];
  /** Added to the environment that it gets of looop's own. */
  env: Record<string, string>;
}

/** How a program ended. */
export interface RunnerEnd {
  /** Exit status; 128 + n when ended by signal n. */
  status: number;
  /** The last 2,048 characters of stderr. */
  stderrTail: string;
}

/** Reads one call's stdout, line by line as it arrives. */
export interface StreamReader {
  /** Takes one line, without its LF, and gives what of it is worth showing a person, if anything. */
  line(line: string): string | undefined;
  /** Takes one line of stderr: some programs say only there that they wait to try again. */
  errorLine?(line: string): string | undefined;
  /** Set once waiting is in vain (the program retries refused credentials): stop it now. */
  readonly hopeless: RunnerError | null;
  /** Sums up the call. */
  end(end: RunnerEnd): RunnerResult;
}

/** An LLM command line that decides without tools: one prompt in, one text out. */
export interface Runner {
  name: string;
  /** The stable part of the prompt goes into a file of its own. */
  takesSystemPrompt: boolean;
  start(input: RunnerInput): RunnerStart;
  /** `now` turns "try again in 20s" into a moment; without it, only moments that the program names count. */
  read(now?: () => Date): StreamReader;
}

/** The system prompt where no file is given: it keeps a program's own, which is long, from being sent. */
export const STABLE_PROMPT = "Answer with exactly what the user asks for and nothing else.";
