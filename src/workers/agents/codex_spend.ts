import * as z from "zod/mini";
import type { Spend } from "./agent.ts";
import { readJsonLines } from "./read_json_lines.ts";
import { transcriptsOf } from "./session_list.ts";
import { type Spent, sumSpend } from "./sum_spend.ts";

const line = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("turn_context"),
    payload: z.object({ model: z.optional(z.string()) }),
  }),
  z.object({
    type: z.literal("event_msg"),
    payload: z.object({
      type: z.literal("token_count"),
      info: z.object({
        total_token_usage: z.object({
          input_tokens: z.number(),
          cached_input_tokens: z._default(z.number(), 0),
          output_tokens: z.number(),
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
