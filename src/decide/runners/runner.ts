import type { Environment } from "../../os/env.ts";
import type { Json } from "../../schema/json.ts";
import type { StreamReader } from "./stream.ts";

/** Arguments of {@linkcode Runner.start}. */
interface RunnerInput {
  /** File to pipe to stdin: the whole prompt, or its changing part if `systemFile` is used. */
  promptFile: string;
  /** File with the stable part of the prompt; empty for runners without `takesSystemPrompt`. */
  systemFile: string;
  /** Absent: the program's own default. */
  model?: string;
  /** The most US dollars that the call may cost; absent: there is no limit. */
  usdLimit?: number;
  /** The environment that the runner gets. */
  environment?: Environment;
  /** The user's own settings of the program, as {@linkcode Runner.settingsFile} names them; absent: there are none. */
  settings?: Json;
}

/** An LLM command line that decides without tools: one prompt in, one text out. */
export interface Runner {
  name: string;
  /** The stable part of the prompt is passed in a file of its own. */
  takesSystemPrompt: boolean;
  /** The file with the user's settings, in JSON, that `start` reads the way to the provider from. */
  settingsFile?(environment: Environment): string;
  /**
   * Returns how a decision is started: `argv[0]` is searched on PATH, stdin is the prompt file, and `env` is added to the
   * environment that the runner gets from looop's own.
   */
  start(input: RunnerInput): { argv: string[]; env: Record<string, string> };
  /** Makes a reader of its output; `now` makes a time of "try again in 20s". */
  read(now: () => Date): StreamReader;
}
