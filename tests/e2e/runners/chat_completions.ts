import { openaiError } from "./openai_error.ts";
import type { Protocol } from "./reply.ts";
import { textOfRoles } from "./request_text.ts";

/** `POST /v1/chat/completions`, as pi and opencode speak it. */
export const chatCompletions: Protocol = {
  path: "/v1/chat/completions",
  events(reply, usage, model) {
    const base = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model };
    const delta = "tool" in reply
      ? {
        role: "assistant",
        tool_calls: [{
          index: 0,
          id: `call_${crypto.randomUUID()}`,
          type: "function",
          function: { name: reply.tool, arguments: JSON.stringify(reply.input) },
        }],
      }
      : { role: "assistant", content: reply.text };
    const finish = "tool" in reply ? "tool_calls" : "stop";
    return [
      { data: { ...base, choices: [{ index: 0, delta, finish_reason: null }] } },
      { data: { ...base, choices: [{ index: 0, delta: {}, finish_reason: finish }] } },
      {
        data: {
          ...base,
          choices: [],
          usage: {
            prompt_tokens: usage.input,
            completion_tokens: usage.output,
            total_tokens: usage.input + usage.output,
            prompt_tokens_details: { cached_tokens: usage.cached },
          },
        },
      },
      { data: "[DONE]" },
    ];
  },
  error: openaiError,
  prompt: (body) => textOfRoles(body.messages, "user").at(-1) ?? "",
  system: (body) => textOfRoles(body.messages, "system", "developer").join("\n"),
};
