import type { Agent, AgentInput, AgentStart } from "./agent.ts";
import { codexHooks } from "./codex_hooks.ts";
import { codexSpend } from "./codex_spend.ts";
import { firstMessage } from "./first_message.ts";
import { quoteWord } from "./quote_word.ts";
import { lastSessionId, noteSession, NOTING_TIMEOUT_S } from "./session_list.ts";

/** A year: it is counted in seconds, and without one a hook ends after ten minutes. */
const LONGEST_TIMEOUT_S = 31_536_000;

/**
 * Codex, with the sandbox and the approvals that the person configured. Its hooks run before its own dialog,
 * which comes only when they say nothing. Its shared background server stays out: that one would run commands
 * with the environment of whoever started it, and live on after the worker.
 */
export const codex: Agent = {
  name: "codex",
  costIsKnown: false,
  needsNetwork: true,
  state: [{
    variable: "CODEX_HOME",
    folder: ".codex",
    files: ["auth.json", "config.toml", "AGENTS.md"],
  }],
  start: async (input) => await command(input, "codex", quoteWord(firstMessage(input.promptFile))),
  resume: async (input) => await command(input, "codex resume", lastSessionId(input.workerDir)),
  readSpend: codexSpend,
};

async function command(input: AgentInput, program: string, last: string): Promise<AgentStart> {
  const { workerDir, cwd, model, hookCommand } = input;
  const settings = [
    // The dialog about it is for folders of others: this one is looop's own. A key with dots needs a table.
    `projects={${JSON.stringify(cwd)}={trust_level="trusted"}}`,
    "check_for_update_on_startup=false",
    "tools.experimental_request_user_input.enabled=false",
    ...await codexHooks([
      { event: "SessionStart", command: noteSession(workerDir), timeoutS: NOTING_TIMEOUT_S },
      ...(hookCommand
        ? [{ event: "PermissionRequest", command: hookCommand, timeoutS: LONGEST_TIMEOUT_S }]
        : []),
    ]),
  ];
  const words = [
    "--no-daemon",
    ...settings.flatMap((setting) => ["-c", setting]),
    ...(model ? ["--model", model] : []),
  ];
  return { command: `${program} ${words.map(quoteWord).join(" ")} ${last}`, env: {}, files: {} };
}
