import { join } from "@std/path";
import * as v from "valibot";
import { listFolder } from "../../host/list_folder.ts";
import { numberSchema } from "../../model/number_schema.ts";
import { openObject } from "../../model/strict_object.ts";
import type { Spend } from "./agent.ts";
import { readJsonLines } from "./read_json_lines.ts";
import { transcriptsOf } from "./session_list.ts";
import { type Spent, sumSpend } from "./sum_spend.ts";

const answer = openObject({
  type: v.literal("assistant"),
  message: openObject({
    id: v.string(),
    model: v.string(),
    usage: openObject({
      input_tokens: v.nullish(numberSchema),
      cache_creation_input_tokens: v.nullish(numberSchema),
      cache_read_input_tokens: v.nullish(numberSchema),
      output_tokens: v.nullish(numberSchema),
    }),
  }),
});

const status = openObject({ cost: openObject({ total_cost_usd: numberSchema }) });

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

function spentBy({ model, usage }: v.InferOutput<typeof answer>["message"]): Spent {
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    model,
    input: (usage.input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0) + cached,
    cached,
    output: usage.output_tokens ?? 0,
    cost: null,
  };
}
