import { basename, join } from "@std/path";
import * as z from "zod/mini";
import { isPresent } from "../../os/stat.ts";
import {
  type Agent,
  type AgentInput,
  type AgentStart,
  firstMessage,
  type Spend,
  type UsageLimit,
} from "./agent.ts";
import { findClaudeObstacle, prepareClaude } from "./obstacles.ts";
import {
  addKnown,
  lastSession,
  limitIn,
  listFile,
  RECORDING_TIMEOUT_S,
  RecordReader,
  recordSession,
  sumSpend,
  transcriptsOf,
} from "./usage.ts";
import { quoteWord, quoteWords } from "../../schema/text.ts";

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
    const session = await lastSession(listFile(input.workerDir));
    if (session === null) return null;
    return command(input, quoteWords("--resume", session, input.message));
  },
  readSpend: claudeSpend,
  readLimit: claudeLimit,
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
  const file = quoteWord(join(workerDir, newStatusFile(workerDir)));
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
      command:
        `cat >${file}.new; [ -e ${file} ] || cp ${file}.new ${file}.first; mv ${file}.new ${file}; printf 'looop worker %s' ${
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

/** The file with the last input of the status line of the first program; each later one has its own. */
const FIRST_STATUS_FILE = "claude-status.json";

/** The maximum number of these files: a worker could write any number. */
const MAX_STATUS_FILES = 1000;

/** Its programs are numbered, so that no directory is listed in which a worker can write. */
function statusFiles(workerDir: string): string[] {
  const names: string[] = [];
  while (names.length < MAX_STATUS_FILES) {
    const name = names.length === 0 ? FIRST_STATUS_FILE : `claude-status-${names.length}.json`;
    if (!isPresent(join(workerDir, name))) break;
    names.push(name);
  }
  return names;
}

/** The dollars of one program. */
async function costIn(reader: RecordReader, workerDir: string, name: string): Promise<number> {
  const total = async (path: string) =>
    addKnown((await reader.last(path, status))?.cost.total_cost_usd) ?? 0;
  const path = join(workerDir, name);
  const begun = name === FIRST_STATUS_FILE ? 0 : await total(`${path}.first`);
  return Math.max(0, await total(path) - begun);
}

/** The name of that of the next program. */
function newStatusFile(workerDir: string): string {
  const { length } = statusFiles(workerDir);
  return length === 0 ? FIRST_STATUS_FILE : `claude-status-${length}.json`;
}

/**
 * Tokens are in its transcripts, with those of subagents in separate files. Dollars are only in the input of the status line:
 * the total of the program, which begins at 0 if the program before was killed, otherwise at the total of that.
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
  let sum = 0;
  for (const name of statusFiles(workerDir)) sum += await costIn(reader, workerDir, name);
  const dollars = sum || null;
  if (!tokens && dollars === null) return null;
  // Its transcripts may be missing, or not be written yet.
  const unknown = { input_tokens: null, cached_input_tokens: null, output_tokens: null };
  return { model: null, ...unknown, ...tokens, cost_usd: reader.cut ? null : dollars };
}

const entry = z.discriminatedUnion("type", [
  z.object({ type: z.literal("user"), timestamp: z.string() }),
  z.object({
    type: z.literal("assistant"),
    timestamp: z.string(),
    isApiErrorMessage: z.nullish(z.boolean()),
    error: z.nullish(z.string()),
    apiErrorStatus: z.nullish(z.number()),
    message: z.object({
      content: z.array(z.object({ type: z.string(), text: z.nullish(z.string()) })),
    }),
  }),
]);

async function claudeLimit(workerDir: string): Promise<UsageLimit | null> {
  return limitIn((await transcriptsOf(workerDir, new RecordReader())).at(-1), entry, (entry) => {
    const at = entry.timestamp;
    if (entry.type === "user" || !entry.isApiErrorMessage) return { at, error: null };
    const { error: type, apiErrorStatus: status, message: { content } } = entry;
    return {
      at,
      error: { type, status, message: content.map(({ text }) => text ?? "").join(" ") },
    };
  });
}

function subagentsOf(transcript: string): string {
  return join(transcript.replace(/\.jsonl$/, ""), "subagents");
}
