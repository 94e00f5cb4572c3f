import { basename, dirname, join } from "@std/path";
import * as z from "zod/mini";
import type { Environment } from "../../os/env.ts";
import { readTextIfPresent } from "../../os/read.ts";
import { parseAs } from "../../schema/schema.ts";
import {
  type Agent,
  type AgentInput,
  type AgentStart,
  firstMessage,
  quoteWord,
  quoteWords,
  type Spend,
} from "./agent.ts";
import {
  addKnown,
  lastSessionId,
  RECORDING_TIMEOUT_S,
  RecordReader,
  recordSession,
  sumSpend,
  transcriptsOf,
} from "./usage.ts";

const SETTINGS = "claude-settings.json";

/** Nearly 25 days, the limit of a JavaScript timer: a longer timeout ends the hook at once. */
const MAX_TIMEOUT_S = 2_147_483;

/**
 * Claude Code. looop's settings file extends the user's settings with hooks, and with a status line, which alone receives the
 * cost in dollars. While the hook asks for a permission, Claude Code shows its own dialog as well, where an attached user can
 * answer; the hook is not notified of that.
 */
export const claude: Agent = {
  name: "claude",
  costIsKnown: true,
  needsNetwork: true,
  state: [{
    variable: "CLAUDE_CONFIG_DIR",
    dir: ".claude",
    files: [".claude.json", ".credentials.json", "settings.json", "CLAUDE.md"],
    besides: [".claude.json"],
  }],
  start: (input) => command(input, quoteWord(firstMessage(input.promptFile))),
  resume: (input) => command(input, `--resume ${lastSessionId(input.workerDir)}`),
  readSpend: claudeSpend,
  findObstacle: findClaudeObstacle,
};

function command(input: AgentInput, last: string): AgentStart {
  const { workerDir, filesDir = workerDir, model } = input;
  const options = ["--settings", join(filesDir, SETTINGS), ...(model ? ["--model", model] : [])];
  return {
    command: `${quoteWords("claude", ...options)} ${last}`,
    files: { [SETTINGS]: JSON.stringify(settings(input), null, 2) + "\n" },
  };
}

function settings({ workerDir, filesDir = workerDir, hookCommand }: AgentInput) {
  const file = quoteWord(statusFile(workerDir));
  const hook = (command: string, timeout: number) => [
    { hooks: [{ type: "command", command, timeout }] },
  ];
  return {
    // It would wait in the session; `looop ask` reaches the user.
    permissions: { deny: ["AskUserQuestion"] },
    hooks: {
      SessionStart: hook(recordSession(workerDir), RECORDING_TIMEOUT_S),
      ...(hookCommand ? { PermissionRequest: hook(hookCommand, MAX_TIMEOUT_S) } : {}),
    },
    statusLine: {
      type: "command",
      command: `cat >${file}.new && mv ${file}.new ${file}; printf 'looop worker %s' ${
        quoteWord(basename(filesDir))
      }`,
    },
  };
}

const remembered = z.object({
  hasCompletedOnboarding: z._default(z.boolean(), false),
  customApiKeyResponses: z.prefault(
    z.object({ approved: z._default(z.array(z.string()), []) }),
    {},
  ),
  projects: z._default(
    z.record(z.string(), z.object({ hasTrustDialogAccepted: z.optional(z.boolean()) })),
    {},
  ),
});

/**
 * Returns what Claude Code would ask before it starts. Only the user can answer, once; it records the answers in the user's
 * `.claude.json`, and no documented setting replaces them.
 */
export async function findClaudeObstacle(cwd: string, env: Environment): Promise<string | null> {
  const file = join(env.CLAUDE_CONFIG_DIR || env.HOME || "/", ".claude.json");
  const known = parseAs(remembered, await readTextIfPresent(file) ?? "{}");
  if (!known?.hasCompletedOnboarding) {
    return "Claude Code is not set up; run claude once and answer its questions";
  }
  // It records the end of a key.
  const key = env.ANTHROPIC_API_KEY?.slice(-20);
  if (key && !known.customApiKeyResponses.approved.includes(key)) {
    return "Claude Code asks whether to use ANTHROPIC_API_KEY; run claude once and answer";
  }
  for (let dir = cwd; true; dir = dirname(dir)) {
    const project = Object.hasOwn(known.projects, dir) ? known.projects[dir] : undefined;
    if (project?.hasTrustDialogAccepted) return null;
    if (dir === dirname(dir)) break;
  }
  return `Claude Code asks whether you trust ${cwd}; run claude there once and answer`;
}

const answer = z.object({
  type: z.literal("assistant"),
  message: z.object({
    id: z.string(),
    model: z.string(),
    usage: z.object({
      input_tokens: z.nullish(z.number()),
      cache_creation_input_tokens: z.nullish(z.number()),
      cache_read_input_tokens: z.nullish(z.number()),
      output_tokens: z.nullish(z.number()),
    }),
  }),
});

const status = z.object({ cost: z.object({ total_cost_usd: z.number() }) });

/** The model name of messages that Claude Code writes itself, such as errors. */
const SYNTHETIC = "<synthetic>";

/** The last input of its status line. */
function statusFile(workerDir: string): string {
  return join(workerDir, "claude-status.json");
}

/**
 * Tokens are in its transcripts, with those of subagents in separate files. Dollars are only in the input of the status line:
 * the total since the program started.
 */
async function claudeSpend(workerDir: string): Promise<Spend | null> {
  const reader = new RecordReader();
  const transcripts = reader.distinct(await transcriptsOf(workerDir, reader));
  const ofSubagents = await Promise.all(transcripts.map((path) => reader.list(subagentsOf(path))));
  const paths = transcripts.flatMap((path, i) => [path, ...ofSubagents[i]]);
  // A message has a line for each of its parts, each with the usage of all.
  const tokens = await sumSpend(paths, answer, ({ message: { id, model, usage } }) => {
    if (model === SYNTHETIC) return null;
    const cached = usage.cache_read_input_tokens ?? 0;
    const fresh = (usage.input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
    return [id, {
      model,
      input_tokens: fresh + cached,
      cached_input_tokens: cached,
      output_tokens: usage.output_tokens ?? 0,
      cost_usd: null,
    }];
  }, reader);
  let dollars: number | null = null;
  for await (const { cost } of reader.read(statusFile(workerDir), status)) {
    dollars = addKnown(cost.total_cost_usd) || null;
    break;
  }
  if (!tokens && dollars === null) return null;
  // Its transcripts may be missing, or not be written yet.
  const unknown = { input_tokens: null, cached_input_tokens: null, output_tokens: null };
  return { model: null, ...unknown, ...tokens, cost_usd: reader.cut ? null : dollars };
}

function subagentsOf(transcript: string): string {
  return join(transcript.replace(/\.jsonl$/, ""), "subagents");
}
