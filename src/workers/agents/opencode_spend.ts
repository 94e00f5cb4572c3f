import { join } from "@std/path";
import * as v from "valibot";
import { numberSchema } from "../../model/number_schema.ts";
import { openObject } from "../../model/strict_object.ts";
import type { Spend } from "./agent.ts";
import { readJsonLines } from "./read_json_lines.ts";
import { type Spent, sumSpend } from "./sum_spend.ts";

const message = openObject({
  id: v.string(),
  modelID: v.nullish(v.string()),
  cost: v.nullish(numberSchema),
  tokens: openObject({
    input: numberSchema,
    output: numberSchema,
    reasoning: v.optional(numberSchema, 0),
    cache: v.optional(openObject({ read: numberSchema, write: numberSchema }), {
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
