import * as z from "zod/mini";
import type { RunnerError, RunnerResult, Usage } from "../../schema/decision.ts";
import { type Runner, type RunnerEnd, STABLE_PROMPT, type StreamReader } from "./runner.ts";
import { describeError, isHopeless, parseEvent, plainText, sumUp, tokenCount } from "./stream.ts";

/** Settings that take away tools and every instruction that is not ours; TOML after the first `=`. */
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
 * The user's MCP servers are tools as well, and there is no setting that turns them all off: each is, by
 * name. Their list failing is a failure, as the tools would be there otherwise.
 */
const script = `
list=$(codex mcp list --json </dev/null) || exit
for name in $(sed -n 's/^    "name": "\\([A-Za-z0-9_-]*\\)",*$/\\1/p' <<<"$list"); do
  set -- "$@" -c "mcp_servers.$name.enabled=false"
done
exec codex "$@" -
`;

/**
 * Codex. Of its own it adds next to nothing but the request's frame, and the user's own AGENTS.md where
 * there is one: no tools, no MCP servers, no skills, a read-only sandbox, nothing of the session is kept.
 */
export const codex: Runner = {
  name: "codex",
  takesSystemPrompt: true,
  start({ systemFile, model }) {
    const settings = [
      ...lean,
      systemFile
        ? `model_instructions_file=${JSON.stringify(systemFile)}`
        : `developer_instructions=${JSON.stringify(STABLE_PROMPT)}`,
    ];
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
    item: z.object({
      type: z.string(),
      text: z.optional(z.string()),
      message: z.optional(z.string()),
    }),
  }),
  z.object({
    type: z.literal("turn.completed"),
    usage: z.object({
      input_tokens: tokenCount,
      cached_input_tokens: z._default(tokenCount, 0),
      output_tokens: tokenCount,
    }),
  }),
  z.object({ type: z.literal("turn.failed"), error: z.object({ message: z.string() }) }),
  z.object({ type: z.literal("error"), message: z.string() }),
]);

/** Reads `codex exec --json`. It names neither its model nor a price. */
export class CodexReader implements StreamReader {
  hopeless: RunnerError | null = null;
  readonly #now?: () => Date;
  #text = "";
  #error: RunnerError | null = null;
  #usage: Usage = { input_tokens: null, cached_input_tokens: null, output_tokens: null };

  constructor(now?: () => Date) {
    this.#now = now;
  }

  line(line: string): string | undefined {
    const event = parseEvent(codexEvent, line);
    switch (event?.type) {
      case "item.completed": {
        const { type, text = "", message = "" } = event.item;
        if (type === "agent_message") this.#text = text;
        return plainText(text || message) || undefined;
      }
      case "turn.completed": {
        const { input_tokens, cached_input_tokens, output_tokens } = event.usage;
        this.#usage = { input_tokens, cached_input_tokens, output_tokens };
        // What it said before was about a try that it repeated.
        this.#error = null;
        return undefined;
      }
      case "turn.failed":
        this.#fail(event.error.message);
        return undefined;
      case "error":
        this.#fail(event.message);
        return plainText(event.message);
    }
  }

  #fail(message: string): void {
    const retried = /^Reconnecting\.\.\. \d+\/\d+ \((.*)\)$/s.exec(message);
    this.#error = describeError({ message: retried?.[1] ?? message }, this.#now?.());
    if (retried && isHopeless(this.#error, this.#now?.())) this.hopeless = this.#error;
  }

  end(end: RunnerEnd): RunnerResult {
    const error = this.hopeless ?? this.#error;
    const found = { text: this.#text, model: null, usage: this.#usage, cost_usd: null, error };
    return sumUp(found, end, this.#now?.());
  }
}
