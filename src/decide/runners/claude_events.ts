import * as v from "valibot";
import { jsonSchema } from "../../model/json_schema.ts";
import { numberSchema } from "../../model/number_schema.ts";
import { recordOf } from "../../model/record_of.ts";
import { openObject } from "../../model/strict_object.ts";
import { dollars, tokenCount } from "./amounts.ts";

const tokens = openObject({
  input_tokens: v.nullish(tokenCount),
  cache_creation_input_tokens: v.nullish(tokenCount),
  cache_read_input_tokens: v.nullish(tokenCount),
  output_tokens: v.nullish(tokenCount),
});

/** The events of `claude -p --output-format stream-json` that matter here; others do not parse. */
export const claudeEvent = v.variant("type", [
  openObject({
    type: v.literal("system"),
    subtype: v.string(),
    model: v.optional(v.string()),
    attempt: v.optional(numberSchema),
    max_retries: v.optional(numberSchema),
    retry_delay_ms: v.optional(numberSchema),
    error_status: v.nullish(numberSchema),
    error: v.optional(v.string()),
  }),
  openObject({
    type: v.literal("rate_limit_event"),
    rate_limit_info: openObject({ status: v.string(), resetsAt: v.nullish(numberSchema) }),
  }),
  openObject({
    type: v.literal("assistant"),
    error: v.optional(v.string()),
    message: openObject({
      id: v.string(),
      model: v.string(),
      content: v.array(openObject({ type: v.string(), text: v.optional(v.string()) })),
      usage: v.optional(tokens),
    }),
  }),
  openObject({
    type: v.literal("result"),
    subtype: v.string(),
    is_error: v.optional(v.boolean(), false),
    api_error_status: v.nullish(numberSchema),
    result: v.nullish(v.string()),
    structured_output: v.optional(jsonSchema),
    errors: v.optional(v.array(v.string())),
    total_cost_usd: v.nullish(dollars),
    usage: v.optional(tokens),
    modelUsage: v.optional(
      recordOf(openObject({
        inputTokens: tokenCount,
        cacheReadInputTokens: v.optional(tokenCount, 0),
        cacheCreationInputTokens: v.optional(tokenCount, 0),
        outputTokens: tokenCount,
      })),
      {},
    ),
  }),
]);

/** One event of Claude Code. */
export type ClaudeEvent = v.InferOutput<typeof claudeEvent>;

/** Token counts as the provider gives them. */
export type ClaudeTokens = v.InferOutput<typeof tokens>;
