import * as z from "zod/mini";
import type { Runner } from "./runner.ts";
import { plainText } from "../../schema/text.ts";
import { lenient, parseEvent, someText, StreamReader, tokenCount, tokensOrNone } from "./stream.ts";

/** Settings that remove tools and all instructions but looop's; TOML after the first `=`. */
const lean = [
  ...["shell_tool", "unified_exec", "view_image", "multi_agent", "goals", "skill_search"],
  ...["plugins", "apps", "hooks", "memories", "image_generation", "browser_use", "computer_use"],
].map((feature) => `features.${feature}=false`).concat([
  'web_search="disabled"',
  "tools.experimental_request_user_input.enabled=false",
  "include_environment_context=false",
  "include_permissions_instructions=false",
  "include_apps_instructions=false",
  "include_collaboration_mode_instructions=false",
  "skills.include_instructions=false",
  "skills.bundled.enabled=false",
  "project_doc_max_bytes=0",
]);

/**
 * The user's MCP servers are tools as well, and no setting disables all of them, so each is disabled by name. If they
 * cannot be listed, the call fails, since it would have tools.
 */
const script = `
list=$(codex mcp list --json </dev/null) || exit
for name in $(sed -n 's/^    "name": "\\([A-Za-z0-9_-]*\\)",*$/\\1/p' <<<"$list"); do
  set -- "$@" -c "mcp_servers.$name.enabled=false"
done
exec codex "$@" -
`;

/**
 * Codex. It adds little more than the request's frame to the prompt, and the user's own AGENTS.md if there is one: no
 * tools, no MCP servers, no skills, a read-only sandbox, and the session is not saved.
 */
export const codex: Runner = {
  name: "codex",
  takesSystemPrompt: true,
  start({ systemFile, model }) {
    const settings = [...lean, `model_instructions_file=${JSON.stringify(systemFile)}`];
    return {
      argv: [
        ...["bash", "-c", script, "codex", "exec", "--json", "--skip-git-repo-check"],
        ...["--sandbox", "read-only", "--ephemeral"],
        ...settings.flatMap((setting) => ["-c", setting]),
        ...(model ? ["--model", model] : []),
      ],
      env: {},
    };
  },
  read: (now) => new CodexReader(now),
};

const codexEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("item.completed"),
    item: z.object({ type: someText, text: someText, message: someText }),
  }),
  z.object({
    type: z.literal("turn.completed"),
    usage: lenient(
      z.object({
        input_tokens: tokenCount,
        cached_input_tokens: tokensOrNone,
        output_tokens: tokenCount,
      }),
    ),
  }),
  z.object({ type: z.literal("turn.failed"), error: lenient(z.object({ message: someText })) }),
  z.object({ type: z.literal("error"), message: someText }),
]);

/** Reads `codex exec --json`, which reports neither its model nor a price. */
export class CodexReader extends StreamReader {
  line(line: string): string | undefined {
    const event = parseEvent(codexEvent, line);
    switch (event?.type) {
      case "item.completed": {
        const { type, text = "", message = "" } = event.item;
        if (type === "agent_message") this.text = text;
        return plainText(text || message) || undefined;
      }
      case "turn.completed":
        this.usages = event.usage ? [event.usage] : [];
        // Earlier errors were of attempts that codex repeated.
        this.error = null;
        this.finished = true;
        return undefined;
      case "turn.failed":
        this.#fail(event.error?.message);
        return undefined;
      case "error":
        this.#fail(event.message);
        return plainText(event.message ?? "error");
    }
  }

  #fail(message = "the turn failed"): void {
    // What fails after the answer, such as a log, does not take it back.
    if (this.finished) return;
    const retried = /^Reconnecting\.\.\. \d+\/\d+ \((.*)\)$/s.exec(message);
    this.error = this.describe({ message: retried?.[1] ?? message });
    if (retried) this.stopIfHopeless(this.error);
  }
}
