import type { Protocol } from "./reply.ts";
import { requestText, textOfRoles } from "./request_text.ts";

const errorTypes: Record<number, [type: string, message: string]> = {
  401: ["authentication_error", "invalid x-api-key"],
  403: ["permission_error", "Your API key does not have permission to use this model"],
  429: ["rate_limit_error", "This request would exceed your account's rate limit."],
  500: ["api_error", "Internal server error"],
  529: ["overloaded_error", "Overloaded"],
};

/** `POST /v1/messages`, as Claude Code speaks it. */
export const anthropic: Protocol = {
  path: "/v1/messages",
  events(reply, usage, model) {
    const block = "tool" in reply
      ? { type: "tool_use", id: `toolu_${crypto.randomUUID()}`, name: reply.tool, input: {} }
      : { type: "text", text: "" };
    const delta = "tool" in reply
      ? { type: "input_json_delta", partial_json: JSON.stringify(reply.input) }
      : { type: "text_delta", text: reply.text };
    const counts = {
      input_tokens: usage.input - usage.cached,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: usage.cached,
    };
    const content = "text" in reply && reply.text === "" ? [] : [
      { type: "content_block_start", index: 0, content_block: block },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
    ];
    return [
      {
        type: "message_start",
        message: {
          // Claude Code takes answers of the same id for parts of one.
          id: `msg_${crypto.randomUUID()}`,
          type: "message",
          role: "assistant",
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...counts, output_tokens: 1 },
        },
      },
      ...content,
      {
        type: "message_delta",
        delta: { stop_reason: "tool" in reply ? "tool_use" : "end_turn", stop_sequence: null },
        usage: { ...counts, output_tokens: usage.output },
      },
      { type: "message_stop" },
    ].map((data) => ({ event: data.type, data }));
  },
  error({ status, resetInS }, resetAt) {
    const [type, message] = errorTypes[status];
    const headers: Record<string, string> = status === 429 && resetInS !== undefined
      ? {
        "retry-after": String(resetInS),
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": String(resetAt),
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
      }
      : {};
    return { body: { type: "error", error: { type, message } }, headers };
  },
  prompt: (body) => textOfRoles(body.messages, "user").at(-1) ?? "",
  system: (body) => requestText(body.system),
};
