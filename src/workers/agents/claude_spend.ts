import { join } from "@std/path";
import * as z from "zod/mini";
import { listFolder } from "../../host/list_folder.ts";
import type { Spend } from "./agent.ts";
import { readJsonLines } from "./read_json_lines.ts";
import { transcriptsOf } from "./session_list.ts";
import { type Spent, sumSpend } from "./sum_spend.ts";

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
  const folder = join(transcript.replace(/\.jsonl$/, ""), "subagents");
  const names = listFolder(folder).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".jsonl")).map((name) => join(folder, name));
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
