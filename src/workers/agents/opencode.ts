import { join, toFileUrl } from "@std/path";
import type { Agent, AgentInput, AgentStart } from "./agent.ts";
import { firstMessage } from "./first_message.ts";
import { opencodePlugin } from "./opencode_plugin.ts";
import { messagesFile, opencodeSpend } from "./opencode_spend.ts";
import { quoteWord } from "./quote_word.ts";

const PLUGIN = "opencode-plugin.js";

/**
 * opencode, with the permissions that the person configured; by default it asks only before it leaves the folder.
 * A plugin of ours answers its permission requests and writes down what its messages cost. While it waits, the
 * dialog stands in the session as well, and whoever has attached can answer there.
 */
export const opencode: Agent = {
  name: "opencode",
  costIsKnown: true,
  needsNetwork: true,
  // It writes to each of these; git has the person's name and address in one of them, too.
  state: [
    {
      variable: "XDG_CONFIG_HOME",
      folder: ".config",
      files: [
        ...["opencode/opencode.json", "opencode/opencode.jsonc", "opencode/AGENTS.md"],
        "git/config",
      ],
    },
    { variable: "XDG_DATA_HOME", folder: ".local/share", files: ["opencode/auth.json"] },
    { variable: "XDG_STATE_HOME", folder: ".local/state", files: [] },
    { variable: "XDG_CACHE_HOME", folder: ".cache", files: [] },
  ],
  start: (input) => Promise.resolve(command(input, ["--prompt", firstMessage(input.promptFile)])),
  readSpend: opencodeSpend,
};

function command(input: AgentInput, more: string[]): AgentStart {
  const { workerDir, filesDir = workerDir, model, hookCommand } = input;
  const words = ["opencode", ...(model ? ["--model", model] : []), ...more];
  const config = { plugin: [toFileUrl(join(filesDir, PLUGIN)).href], autoupdate: false };
  return {
    command: words.map(quoteWord).join(" "),
    // Is laid over the person's own: plugins of theirs stay.
    env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(config) },
    files: { [PLUGIN]: opencodePlugin({ messagesFile: messagesFile(workerDir), hookCommand }) },
  };
}
