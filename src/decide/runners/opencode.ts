import { OpencodeReader } from "./opencode_reader.ts";
import type { Runner } from "./runner.ts";
import { STABLE_PROMPT } from "./stable_prompt.ts";

/**
 * opencode. Of its own it adds a few lines on model, folder and date, about 500 bytes with the request's
 * frame, and the user's own AGENTS.md where there is one: an agent of ours has no tools and no permission,
 * the database of sessions is in memory.
 */
export const opencode: Runner = {
  name: "opencode",
  takesSystemPrompt: true,
  start({ systemFile, model }) {
    return {
      argv: [
        ...["opencode", "run", "--format", "json", "--pure", "--agent", "looop"],
        // A title of its own would be a second call of a model.
        ...["--title", "looop", "--print-logs", "--log-level", "ERROR"],
        ...(model ? ["--model", model] : []),
      ],
      env: {
        OPENCODE_CONFIG_CONTENT: JSON.stringify(config(systemFile)),
        OPENCODE_DB: ":memory:",
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_CLAUDE_CODE: "1",
        OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
        OPENCODE_DISABLE_PROJECT_CONFIG: "1",
      },
    };
  },
  read: (now) => new OpencodeReader(now),
};

/** Is laid over the user's own: the agent's rules come last, so nothing the user allows gets past them. */
function config(systemFile: string | undefined) {
  const deny = { "*": "deny" };
  return {
    share: "disabled",
    autoupdate: false,
    snapshot: false,
    lsp: false,
    formatter: false,
    permission: deny,
    agent: {
      looop: {
        mode: "primary",
        description: "decides one move",
        prompt: systemFile ? `{file:${systemFile}}` : STABLE_PROMPT,
        permission: deny,
        tools: { "*": false },
      },
      title: { disable: true },
    },
  };
}
