import type { OutputFormat, RunnerConfig } from "../../schema/config.ts";
import { plainUsd } from "../../schema/ledger.ts";
import { claude, ClaudeReader } from "./claude.ts";
import { codex, CodexReader } from "./codex.ts";
import { opencode, OpencodeReader } from "./opencode.ts";
import { pi, PiReader } from "./pi.ts";
import { type Runner, type StreamReader, TextReader } from "./runner.ts";

/** The runners that looop knows, by name, the preferred first. */
export const presets: ReadonlyMap<string, Runner> = new Map(
  [pi, claude, codex, opencode].map((runner) => [runner.name, runner]),
);

/**
 * The runner of this name, with what the config says of it.
 *
 * @throws {Error} where it is no preset and the config gives no command: the config's schema rules that out.
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

const readers: Record<OutputFormat, new (now?: () => Date) => StreamReader> = {
  text: TextReader,
  claude: ClaudeReader,
  codex: CodexReader,
  pi: PiReader,
  opencode: OpencodeReader,
};

/**
 * A runner of the user's own: a shell command that has the prompt on stdin, and whose `{{prompt_file}}`
 * becomes the path of the prompt, quoted for the shell; `{{usd_limit}}` the dollars that it may cost, an empty
 * word where there is no limit.
 */
export function customRunner(name: string, command: string, output: OutputFormat): Runner {
  return {
    name,
    takesSystemPrompt: false,
    start({ promptFile, usdLimit }) {
      const quoted = `'${promptFile.replaceAll("'", `'\\''`)}'`;
      // A function, as `$` in a replacement string would mean something.
      const text = command.replaceAll("{{prompt_file}}", () => quoted)
        .replaceAll("{{usd_limit}}", usdLimit === undefined ? "''" : plainUsd(usdLimit));
      return { argv: ["bash", "-c", text], env: {} };
    },
    read: (now) => new readers[output](now),
  };
}
