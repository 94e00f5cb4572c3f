import type { OutputFormat } from "../../model/config.ts";
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
 * becomes the path of the prompt, quoted for the shell.
 */
export function customRunner(name: string, command: string, output: OutputFormat): Runner {
  return {
    name,
    takesSystemPrompt: false,
    start({ promptFile }) {
      const quoted = `'${promptFile.replaceAll("'", `'\\''`)}'`;
      // A function, as `$` in a replacement string would mean something.
      return { argv: ["bash", "-c", command.replaceAll("{{prompt_file}}", () => quoted)], env: {} };
    },
    read: (now) => new readers[output](now),
  };
}
