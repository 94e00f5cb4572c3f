import { z } from "zod";
import { dollars, tokenCount } from "./amounts.ts";

const tokens = z.looseObject({
  input_tokens: tokenCount.nullish(),
  cache_creation_input_tokens: tokenCount.nullish(),
  cache_read_input_tokens: tokenCount.nullish(),
  output_tokens: tokenCount.nullish(),
});

/** The events of `claude -p --output-format stream-json` that matter here; others do not parse. */
export const claudeEvent = z.discriminatedUnion("type", [
  z.looseObject({
    type: z.literal("system"),
    subtype: z.string(),
    model: z.string().optional(),
    attempt: z.number().optional(),
    max_retries: z.number().optional(),
    retry_delay_ms: z.number().optional(),
    error_status: z.number().nullish(),
    error: z.string().optional(),
  }),
  z.looseObject({
    type: z.literal("rate_limit_event"),
    rate_limit_info: z.looseObject({ status: z.string(), resetsAt: z.number().nullish() }),
  }),
  z.looseObject({
    type: z.literal("assistant"),
    error: z.string().optional(),
    message: z.looseObject({
      id: z.string(),
      model: z.string(),
      content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
      usage: tokens.optional(),
    }),
  }),
  z.looseObject({
    type: z.literal("result"),
    subtype: z.string(),
    is_error: z.boolean().default(false),
    api_error_status: z.number().nullish(),
    result: z.string().nullish(),
    structured_output: z.json().optional(),
    errors: z.array(z.string()).optional(),
    total_cost_usd: dollars.nullish(),
    usage: tokens.optional(),
    modelUsage: z.record(
      z.string(),
      z.looseObject({
        inputTokens: tokenCount,
        cacheReadInputTokens: tokenCount.default(0),
        cacheCreationInputTokens: tokenCount.default(0),
        outputTokens: tokenCount,
      }),
    ).default({}),
  }),
]);

/** One event of Claude Code. */
export type ClaudeEvent = z.infer<typeof claudeEvent>;

/** Token counts as the provider gives them. */
export type ClaudeTokens = z.infer<typeof tokens>;
