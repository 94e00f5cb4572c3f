import { basename, join } from "@std/path";
import * as z from "zod/mini";
import { listDir } from "../../os/dirs.ts";
import {
  type Agent,
  type AgentInput,
  type AgentStart,
  firstMessage,
  quoteWord,
  quoteWords,
  type Spend,
} from "./agent.ts";
import { findClaudeObstacle, prepareClaude } from "./obstacles.ts";
import {
  lastSession,
  readJsonLines,
  RECORDING_TIMEOUT_S,
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
  resume: async (input) => {
    const session = await lastSession(input.workerDir);
    if (session === null) return null;
    const start = command(input, quoteWords("--resume", session, input.message));
    // The dollars of the next program begin at 0.
    const file = quoteWord(statusFile(input.workerDir));
    return { ...start, command: `mv ${file} ${file}.$(date +%s) 2>/dev/null; ${start.command}` };
  },
  readSpend: claudeSpend,
  findObstacle: findClaudeObstacle,
  prepare: prepareClaude,
};

function command(input: AgentInput, last: string): AgentStart {
  const { workerDir, filesDir = workerDir, model } = input;
  const options = ["--settings", join(filesDir, SETTINGS), ...(model ? ["--model", model] : [])];
  return {
    command: `${quoteWords("claude", ...options)} ${last}`,
    files: { [SETTINGS]: JSON.stringify(settings(input), null, 2) + "\n" },
  };
}

/** Seconds within which messages are passed on. */
const TOLD_TIMEOUT_S = 60;

function settings({ workerDir, filesDir = workerDir, hookCommand, toldCommand }: AgentInput) {
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
      ...(toldCommand
        ? {
          PostToolUse: hook(toldCommand, TOLD_TIMEOUT_S),
          Stop: hook(toldCommand, TOLD_TIMEOUT_S),
        }
        : {}),
    },
    statusLine: {
      type: "command",
      command: `cat >${file}.new && mv ${file}.new ${file}; printf 'looop worker %s' ${
        quoteWord(basename(filesDir))
      }`,
    },
  };
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

/** The same, and those of the programs before it. */
function statusFiles(workerDir: string): string[] {
  const last = statusFile(workerDir);
  const earlier = listDir(workerDir).map(({ name }) => join(workerDir, name))
    .filter((path) => /^\.\d+$/.test(path.slice(last.length)) && path.startsWith(last));
  return [last, ...earlier.slice(0, MAX_PROGRAMS)];
}

/** The maximum number of earlier programs of a worker to read. */
const MAX_PROGRAMS = 100;

/**
 * Tokens are in its transcripts, with those of subagents in separate files. Dollars are only in the input of the status line:
 * the total since the program started.
 */
async function claudeSpend(workerDir: string): Promise<Spend | null> {
  const paths = (await transcriptsOf(workerDir)).flatMap((path) => [path, ...subagentsOf(path)]);
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
  });
  const totals = await Promise.all(
    statusFiles(workerDir).map(async (path) => {
      const [last] = await readJsonLines(path, status);
      return last?.cost.total_cost_usd ?? 0;
    }),
  );
  const dollars = totals.reduce((sum, total) => sum + total, 0) || null;
  if (!tokens && dollars === null) return null;
  // Its transcripts may be missing, or not be written yet.
  const unknown = { input_tokens: null, cached_input_tokens: null, output_tokens: null };
  return { model: null, ...unknown, ...tokens, cost_usd: dollars };
}

function subagentsOf(transcript: string): string[] {
  const dir = join(transcript.replace(/\.jsonl$/, ""), "subagents");
  const names = listDir(dir).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".jsonl")).map((name) => join(dir, name));
}
