import type { OutputFormat } from "../../model/config.ts";
import { plainUsd } from "../../model/usd.ts";
import { ClaudeReader } from "./claude_reader.ts";
import { CodexReader } from "./codex_reader.ts";
import { OpencodeReader } from "./opencode_reader.ts";
import { PiReader } from "./pi_reader.ts";
import type { Runner, StreamReader } from "./runner.ts";
import { TextReader } from "./text_reader.ts";

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
