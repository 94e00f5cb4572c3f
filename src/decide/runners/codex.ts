import { CodexReader } from "./codex_reader.ts";
import type { Runner } from "./runner.ts";
import { STABLE_PROMPT } from "./stable_prompt.ts";

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
