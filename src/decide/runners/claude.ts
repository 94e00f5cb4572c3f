import { plainUsd } from "../../model/usd.ts";
import { ClaudeReader } from "./claude_reader.ts";
import type { Runner } from "./runner.ts";
import { STABLE_PROMPT } from "./stable_prompt.ts";

/**
 * Claude Code. Of its own it adds about 1,100 bytes to the prompt: tools, skills, MCP servers, settings
 * files and memory are off, nothing of the session is kept. Its credentials are not settings and stay.
 */
export const claude: Runner = {
  name: "claude",
  takesSystemPrompt: true,
  start({ systemFile, model, usdLimit }) {
    return {
      argv: [
        ...["claude", "-p", "--output-format", "stream-json", "--verbose"],
        ...["--tools", "", "--strict-mcp-config", "--disable-slash-commands"],
        ...["--setting-sources", "", "--no-session-persistence"],
        ...(systemFile ? ["--system-prompt-file", systemFile] : ["--system-prompt", STABLE_PROMPT]),
        ...(usdLimit === undefined ? [] : ["--max-budget-usd", plainUsd(usdLimit)]),
        ...(model ? ["--model", model] : []),
      ],
      env: {
        CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
        CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
        // Ten by default, which take over three minutes; the loop itself tries again later.
        CLAUDE_CODE_MAX_RETRIES: "4",
      },
    };
  },
  read: (now) => new ClaudeReader(now),
};
