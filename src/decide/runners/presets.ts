import type { OutputFormat, RunnerConfig } from "../../schema/config.ts";
import { fillCommand } from "../../workers/agents/agent.ts";
import { claude, ClaudeReader } from "./claude.ts";
import { codex, CodexReader } from "./codex.ts";
import { opencode, OpencodeReader } from "./opencode.ts";
import { pi, PiReader } from "./pi.ts";
import type { Runner } from "./runner.ts";
import { plainText, type RunnerEnd, StreamReader } from "./stream.ts";

/** The preset runners by name, the preferred first. */
export const presets: ReadonlyMap<string, Runner> = new Map(
  [pi, claude, codex, opencode].map((runner) => [runner.name, runner]),
);

/**
 * Returns the runner of this name with its settings from the config.
 *
 * @throws {Error} if it is not a preset and has no command, which the config's schema excludes.
 */
export function runnerNamed(name: string, config: RunnerConfig = {}): Runner {
  const preset = presets.get(name);
  if (config.tick !== undefined) {
    // A preset's name is that of its output format.
    const known = preset ? name as OutputFormat : "text";
    return customRunner(name, config.tick, config.output ?? known);
  }
  if (!preset) throw new Error(`the runner ${name} has no command`);
  return preset;
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
    return super.end(end);
  }
}

const readers: Record<OutputFormat, new (now: () => Date) => StreamReader> = {
  text: TextReader,
  claude: ClaudeReader,
  codex: CodexReader,
  pi: PiReader,
  opencode: OpencodeReader,
};

/** A custom runner: a shell command that reads the prompt from stdin, with what {@linkcode fillCommand} fills in. */
function customRunner(name: string, command: string, output: OutputFormat): Runner {
  return {
    name,
    takesSystemPrompt: false,
    start({ promptFile, usdLimit }) {
      return { argv: ["bash", "-c", fillCommand(command, promptFile, usdLimit)], env: {} };
    },
    read: (now) => new readers[output](now),
  };
}
