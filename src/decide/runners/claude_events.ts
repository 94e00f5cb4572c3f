import * as z from "zod/mini";
import { jsonSchema } from "../../model/schema.ts";
import { dollars, tokenCount } from "./amounts.ts";

const tokens = z.object({
  input_tokens: z.nullish(tokenCount),
  cache_creation_input_tokens: z.nullish(tokenCount),
  cache_read_input_tokens: z.nullish(tokenCount),
  output_tokens: z.nullish(tokenCount),
});

/** The events of `claude -p --output-format stream-json` that matter here; others do not parse. */
export const claudeEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("system"),
    subtype: z.string(),
    model: z.optional(z.string()),
    attempt: z.optional(z.number()),
    max_retries: z.optional(z.number()),
    retry_delay_ms: z.optional(z.number()),
    error_status: z.nullish(z.number()),
    error: z.optional(z.string()),
  }),
  z.object({
    type: z.literal("rate_limit_event"),
    rate_limit_info: z.object({ status: z.string(), resetsAt: z.nullish(z.number()) }),
  }),
  z.object({
    type: z.literal("assistant"),
    error: z.optional(z.string()),
    message: z.object({
      id: z.string(),
      model: z.string(),
      content: z.array(z.object({ type: z.string(), text: z.optional(z.string()) })),
      usage: z.optional(tokens),
    }),
  }),
  z.object({
    type: z.literal("result"),
    subtype: z.string(),
    is_error: z._default(z.boolean(), false),
    api_error_status: z.nullish(z.number()),
    result: z.nullish(z.string()),
    structured_output: z.optional(jsonSchema),
    errors: z.optional(z.array(z.string())),
    total_cost_usd: z.nullish(dollars),
    usage: z.optional(tokens),
    modelUsage: z._default(
      z.record(
        z.string(),
        z.object({
          inputTokens: tokenCount,
          cacheReadInputTokens: z._default(tokenCount, 0),
          cacheCreationInputTokens: z._default(tokenCount, 0),
          outputTokens: tokenCount,
        }),
      ),
      {},
    ),
  }),
]);

/** One event of Claude Code. */
export type ClaudeEvent = z.infer<typeof claudeEvent>;

/** Token counts as the provider gives them. */
export type ClaudeTokens = z.infer<typeof tokens>;
