import { basename, dirname, join } from "@std/path";
import * as z from "zod/mini";
import { listDir } from "../../os/dirs.ts";
import type { Environment } from "../../os/env.ts";
import { readTextIfPresent } from "../../os/read.ts";
import {
  type Agent,
  type AgentInput,
  type AgentStart,
  firstMessage,
  quoteWord,
  type Spend,
} from "./agent.ts";
import {
  lastSessionId,
  noteSession,
  NOTING_TIMEOUT_S,
  readJsonLines,
  type Spent,
  sumSpend,
  transcriptsOf,
} from "./usage.ts";

const SETTINGS = "claude-settings.json";

/** Nearly 25 days: a timer of JavaScript counts no further, and one set for longer ends the hook at once. */
const LONGEST_TIMEOUT_S = 2_147_483;

/**
 * Claude Code. A settings file of ours is laid over the person's own: it adds hooks, and a status line, which
 * alone tells dollars. While a permission is asked for by the hook, its dialog stands in the session as well, so
 * whoever has attached can answer there; the hook is not told of that.
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
  start: (input) => Promise.resolve(command(input, quoteWord(firstMessage(input.promptFile)))),
  resume: (input) => Promise.resolve(command(input, `--resume ${lastSessionId(input.workerDir)}`)),
  readSpend: claudeSpend,
  findObstacle: findClaudeObstacle,
};

function command(input: AgentInput, last: string): AgentStart {
  const { workerDir, filesDir = workerDir, model } = input;
  const words = [
    ...["claude", "--settings", join(filesDir, SETTINGS)],
    ...(model ? ["--model", model] : []),
  ];
  return {
    command: `${words.map(quoteWord).join(" ")} ${last}`,
    env: {},
    files: { [SETTINGS]: JSON.stringify(settings(input), null, 2) + "\n" },
  };
}

function settings({ workerDir, filesDir = workerDir, hookCommand }: AgentInput) {
  const file = quoteWord(statusFile(workerDir));
  const hook = (command: string, timeout: number) => [
    { hooks: [{ type: "command", command, timeout }] },
  ];
  return {
    // It would wait in the session for somebody who is not there; `looop ask` reaches them.
    permissions: { deny: ["AskUserQuestion"] },
    hooks: {
      SessionStart: hook(noteSession(workerDir), NOTING_TIMEOUT_S),
      ...(hookCommand ? { PermissionRequest: hook(hookCommand, LONGEST_TIMEOUT_S) } : {}),
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
 * Says what Claude Code would ask before it begins. Its answers are the person's to give, once, and it keeps
 * them in `.claude.json`, which is theirs too; no documented setting stands for them.
 */
export async function findClaudeObstacle(cwd: string, env: Environment): Promise<string | null> {
  const file = join(env.CLAUDE_CONFIG_DIR || env.HOME || "/", ".claude.json");
  const parsed = remembered.safeParse(parse(await readTextIfPresent(file) ?? "{}"));
  const known = parsed.success ? parsed.data : undefined;
  if (!known?.hasCompletedOnboarding) {
    return "Claude Code has not been set up: run claude once, and finish its questions";
  }
  // It remembers the end of a key.
  const key = env.ANTHROPIC_API_KEY?.slice(-20);
  if (key && !known.customApiKeyResponses.approved.includes(key)) {
    return "Claude Code asks whether to use ANTHROPIC_API_KEY: attach, and answer";
  }
  for (let dir = cwd; true; dir = dirname(dir)) {
    const project = Object.hasOwn(known.projects, dir) ? known.projects[dir] : undefined;
    if (project?.hasTrustDialogAccepted) return null;
    if (dir === dirname(dir)) break;
  }
  return `Claude Code asks whether you trust ${cwd}: attach, and answer; it remembers`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It is being written, or broken: then Claude Code says so itself.
    return undefined;
  }
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

/** Where its status line leaves what it was last given. */
export function statusFile(workerDir: string): string {
  return join(workerDir, "claude-status.json");
}

/**
 * What a worker's Claude Code spent. Tokens are in its transcripts, those of subagents beside them. Dollars are
 * in none of its files, but given to the status line: in all since the program was started, `/clear` or not.
 */
export async function claudeSpend(workerDir: string): Promise<Spend | null> {
  // A message comes in several lines, one for each part of it, each with the counts of all.
  const answers = new Map<string, Spent>();
  for (const transcript of await transcriptsOf(workerDir)) {
    for (const path of [transcript, ...subagentsOf(transcript)]) {
      for (const { message } of await readJsonLines(path, answer)) {
        if (message.model !== SYNTHETIC) answers.set(message.id, spentBy(message));
      }
    }
  }
  const tokens = sumSpend([...answers.values()]);
  const [now] = await readJsonLines(statusFile(workerDir), status);
  if (!tokens) return null;
  return { ...tokens, cost_usd: now?.cost.total_cost_usd || null };
}

function subagentsOf(transcript: string): string[] {
  const dir = join(transcript.replace(/\.jsonl$/, ""), "subagents");
  const names = listDir(dir).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".jsonl")).map((name) => join(dir, name));
}

function spentBy({ model, usage }: z.infer<typeof answer>["message"]): Spent {
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    model,
    input: (usage.input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0) + cached,
    cached,
    output: usage.output_tokens ?? 0,
    cost: null,
  };
}
