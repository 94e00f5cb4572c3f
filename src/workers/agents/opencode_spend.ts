import { join } from "@std/path";
import * as z from "zod/mini";
import type { Spend } from "./agent.ts";
import { readJsonLines } from "./read_json_lines.ts";
import { type Spent, sumSpend } from "./sum_spend.ts";

const message = z.object({
  id: z.string(),
  modelID: z.nullish(z.string()),
  cost: z.nullish(z.number()),
  tokens: z.object({
    input: z.number(),
    output: z.number(),
    reasoning: z._default(z.number(), 0),
    cache: z._default(z.object({ read: z.number(), write: z.number() }), {
      read: 0,
      write: 0,
    }),
  }),
});

/** Where our plugin writes what opencode says of its messages. */
export function messagesFile(workerDir: string): string {
  return join(workerDir, "opencode-messages.jsonl");
}

/** What a worker's opencode spent, its subagents included. */
export async function opencodeSpend(workerDir: string): Promise<Spend | null> {
  // A message is told of several times while it grows.
  const messages = new Map<string, Spent>();
  for (
    const { id, modelID, cost, tokens } of await readJsonLines(messagesFile(workerDir), message)
  ) {
    messages.set(id, {
      model: modelID ?? null,
      input: tokens.input + tokens.cache.read + tokens.cache.write,
      cached: tokens.cache.read,
      output: tokens.output + tokens.reasoning,
      cost: cost ?? null,
    });
  }
  return sumSpend([...messages.values()]);
}
