import { join } from "@std/path";
import * as z from "zod/mini";
import { listFolder } from "../../host/list_folder.ts";
import type { Spend } from "./agent.ts";
import { readJsonLines } from "./read_json_lines.ts";
import { type Spent, sumSpend } from "./sum_spend.ts";

const answer = z.object({
  type: z.literal("message"),
  id: z.string(),
  timestamp: z.string(),
  message: z.object({
    role: z.literal("assistant"),
    model: z.nullish(z.string()),
    usage: z.object({
      input: z.number(),
      output: z.number(),
      cacheRead: z._default(z.number(), 0),
      cacheWrite: z._default(z.number(), 0),
      cost: z.nullish(z.object({ total: z.number() })),
    }),
  }),
});

/** What the sessions in a folder of pi's spent. */
export async function piSpend(folder: string): Promise<Spend | null> {
  // A forked session begins with a copy of the other's messages.
  const answers = new Map<string, Spent>();
  for (const { name } of listFolder(folder)) {
    if (!name.endsWith(".jsonl")) continue;
    for (const { id, timestamp, message } of await readJsonLines(join(folder, name), answer)) {
      const { usage, model = null } = message;
      answers.set(`${id} ${timestamp}`, {
        model,
        input: usage.input + usage.cacheRead + usage.cacheWrite,
        cached: usage.cacheRead,
        output: usage.output,
        cost: usage.cost?.total ?? null,
      });
    }
  }
  return sumSpend([...answers.values()]);
}
