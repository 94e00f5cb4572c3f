import type { Environment } from "../../os/env.ts";
import { pickRunnerName, type Profile } from "../../profile/profile.ts";
import { plainText } from "../../schema/text.ts";
import type { RunnerConfig } from "../../schema/config.ts";
import type { Json } from "../../schema/json.ts";
import { fillCommand } from "../../workers/agents/agent.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import { type RunnerEnd, StreamReader } from "./stream.ts";

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

/** The preset runners by name, the preferred first. */
export const presets: ReadonlyMap<string, Runner> = new Map(
  [pi, claude, codex, opencode].map((runner) => [runner.name, runner]),
);

/**
 * Returns the runner of this name with its settings from the config. A custom one is a shell command that reads the
 * prompt from stdin, with what {@linkcode fillCommand} fills in.
 *
 * @throws {Error} if it is not a preset and has no command, which the config's schema excludes.
 */
export function runnerNamed(name: string, { tick, output }: RunnerConfig = {}): Runner {
  const preset = presets.get(name);
  if (tick === undefined) {
    if (!preset) throw new Error(`the runner ${name} has no command`);
    return preset;
  }
  return {
    name,
    takesSystemPrompt: false,
    start({ promptFile, usdLimit }) {
      return { argv: ["bash", "-c", fillCommand(tick, promptFile, usdLimit)], env: {} };
    },
    // A preset's name is that of its output format.
    read: presets.get(output ?? name)?.read ?? ((now) => new TextReader(now)),
  };
}

/**
 * Returns the runner of {@linkcode pickRunnerName}, or why there is none.
 *
 * @param name default: as in the config
 */
export function pickRunner(
  profile: Profile,
  name?: string,
): { runner: Runner } | { runner: null; why: string } {
  const picked = pickRunnerName(profile, name);
  return picked.name === null
    ? { runner: null, why: picked.why }
    : { runner: runnerNamed(picked.name, profile.config.runners[picked.name]) };
}

/** Reads a program with unknown output: all of stdout is the answer; tokens and price are unknown. */
export class TextReader extends StreamReader {
  readonly #lines: string[] = [];

  line(line: string): string | undefined {
    this.#lines.push(line);
    return plainText(line) || undefined;
  }

  override end(end: RunnerEnd) {
    this.text = this.#lines.join("\n");
    // Many programs print there why they fail, such as `claude -p`.
    return super.end({ ...end, stderrTail: end.stderrTail.trim() || this.text.slice(-2048) });
  }
}
