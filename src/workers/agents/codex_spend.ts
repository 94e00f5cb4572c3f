import * as v from "valibot";
import { numberSchema } from "../../model/number_schema.ts";
import { openObject } from "../../model/strict_object.ts";
import type { Spend } from "./agent.ts";
import { readJsonLines } from "./read_json_lines.ts";
import { transcriptsOf } from "./session_list.ts";
import { type Spent, sumSpend } from "./sum_spend.ts";

const line = v.variant("type", [
  openObject({
    type: v.literal("turn_context"),
    payload: openObject({ model: v.optional(v.string()) }),
  }),
  openObject({
    type: v.literal("event_msg"),
    payload: openObject({
      type: v.literal("token_count"),
      info: openObject({
        total_token_usage: openObject({
          input_tokens: numberSchema,
          cached_input_tokens: v.optional(numberSchema, 0),
          output_tokens: numberSchema,
        }),
      }),
    }),
  }),
]);

/** What a worker's Codex spent: tokens, as it writes down no dollars. */
export async function codexSpend(workerDir: string): Promise<Spend | null> {
  const sessions: Spent[] = [];
  for (const path of await transcriptsOf(workerDir)) {
    const session: Spent = { model: null, input: 0, cached: 0, output: 0, cost: null };
    for (const { type, payload } of await readJsonLines(path, line)) {
      if (type === "turn_context") {
        session.model = payload.model ?? session.model;
        continue;
      }
      // Each is the total of the session so far.
      const total = payload.info.total_token_usage;
      session.input = total.input_tokens;
      session.cached = total.cached_input_tokens;
      session.output = total.output_tokens;
    }
    sessions.push(session);
  }
  return sumSpend(sessions);
}
