import { join } from "@std/path";
import * as v from "valibot";
import { listFolder } from "../../host/list_folder.ts";
import { numberSchema } from "../../model/number_schema.ts";
import { openObject } from "../../model/strict_object.ts";
import type { Spend } from "./agent.ts";
import { readJsonLines } from "./read_json_lines.ts";
import { type Spent, sumSpend } from "./sum_spend.ts";

const answer = openObject({
  type: v.literal("message"),
  id: v.string(),
  timestamp: v.string(),
  message: openObject({
    role: v.literal("assistant"),
    model: v.nullish(v.string()),
    usage: openObject({
      input: numberSchema,
      output: numberSchema,
      cacheRead: v.optional(numberSchema, 0),
      cacheWrite: v.optional(numberSchema, 0),
      cost: v.nullish(openObject({ total: numberSchema })),
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
