import { PiReader } from "./pi_reader.ts";
import type { Runner } from "./runner.ts";
import { STABLE_PROMPT } from "./stable_prompt.ts";

/**
 * pi. Of its own it adds the date and the folder, about 300 bytes with the request's frame: tools,
 * extensions, skills, templates and context files are off, nothing of the session is kept.
 */
export const pi: Runner = {
  name: "pi",
  takesSystemPrompt: true,
  start({ systemFile, model }) {
    return {
      argv: [
        ...["pi", "-p", "--mode", "json", "--no-session", "--no-tools", "--no-extensions"],
        ...["--no-skills", "--no-prompt-templates", "--no-themes", "--no-context-files"],
        // Read as a file where one has that name. The empty one keeps APPEND_SYSTEM.md out.
        ...["--system-prompt", systemFile ?? STABLE_PROMPT, "--append-system-prompt", ""],
        ...(model ? ["--model", model] : []),
      ],
      // The only place where long waits show; the prompt and the key are not in it.
      env: { OPENAI_LOG: "debug", ANTHROPIC_LOG: "debug" },
    };
  },
  read: (now) => new PiReader(now),
};
