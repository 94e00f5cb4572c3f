import { basename, join } from "@std/path";
import type { Agent, AgentInput, AgentStart } from "./agent.ts";
import { findClaudeObstacle } from "./claude_obstacle.ts";
import { claudeSpend, statusFile } from "./claude_spend.ts";
import { firstMessage } from "./first_message.ts";
import { quoteWord } from "./quote_word.ts";
import { lastSessionId, noteSession, NOTING_TIMEOUT_S } from "./session_list.ts";

const SETTINGS = "claude-settings.json";

/** Nearly 25 days: a timer of JavaScript counts no further, and one set for longer ends the hook at once. */
const LONGEST_TIMEOUT_S = 2_147_483;

/**
 * Claude Code. A settings file of ours is laid over the person's own: it adds hooks, and a status line, which
 * alone tells dollars. While a permission is asked for by the hook, its dialog stands in the session as well, so
 * whoever has attached can answer there; the hook is not told of that.
 */
export const claude: Agent = {
  name: "claude",
  costIsKnown: true,
  needsNetwork: true,
  state: [{
    variable: "CLAUDE_CONFIG_DIR",
    folder: ".claude",
    files: [".claude.json", ".credentials.json", "settings.json", "CLAUDE.md"],
    besides: [".claude.json"],
  }],
  start: (input) => Promise.resolve(command(input, quoteWord(firstMessage(input.promptFile)))),
  resume: (input) => Promise.resolve(command(input, `--resume ${lastSessionId(input.workerDir)}`)),
  readSpend: claudeSpend,
  findObstacle: findClaudeObstacle,
};

function command(input: AgentInput, last: string): AgentStart {
  const { workerDir, filesDir = workerDir, model } = input;
  const words = [
    ...["claude", "--settings", join(filesDir, SETTINGS)],
    ...(model ? ["--model", model] : []),
  ];
  return {
    command: `${words.map(quoteWord).join(" ")} ${last}`,
    env: {},
    files: { [SETTINGS]: JSON.stringify(settings(input), null, 2) + "\n" },
  };
}

function settings({ workerDir, filesDir = workerDir, hookCommand }: AgentInput) {
  const file = quoteWord(statusFile(workerDir));
  const hook = (command: string, timeout: number) => [
    { hooks: [{ type: "command", command, timeout }] },
  ];
  return {
    // It would wait in the session for somebody who is not there; `looop ask` reaches them.
    permissions: { deny: ["AskUserQuestion"] },
    hooks: {
      SessionStart: hook(noteSession(workerDir), NOTING_TIMEOUT_S),
      ...(hookCommand ? { PermissionRequest: hook(hookCommand, LONGEST_TIMEOUT_S) } : {}),
    },
    statusLine: {
      type: "command",
      command: `cat >${file}.new && mv ${file}.new ${file}; printf 'looop worker %s' ${
        quoteWord(basename(filesDir))
      }`,
    },
  };
}
