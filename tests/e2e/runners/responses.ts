import { openaiError } from "./openai_error.ts";
import type { Protocol } from "./reply.ts";
import { requestText, textOfRoles } from "./request_text.ts";

/** `POST /v1/responses`, as Codex speaks it. */
export const responses: Protocol = {
  path: "/v1/responses",
  events(reply, usage, model) {
    const response = { id: "resp_1", object: "response", model, output: [] };
    const item = "tool" in reply
      ? {
        type: "function_call",
        id: "fc_1",
        call_id: `call_${crypto.randomUUID()}`,
        name: reply.tool,
        arguments: JSON.stringify(reply.input),
      }
      : {
        type: "message",
        id: "msg_1",
        role: "assistant",
        content: [{ type: "output_text", text: reply.text, annotations: [] }],
      };
    const items = "text" in reply && reply.text === "" ? [] : [
      { type: "response.output_item.added", output_index: 0, item },
      ...("text" in reply
        ? [{
          type: "response.output_text.delta",
          item_id: "msg_1",
          output_index: 0,
          delta: reply.text,
        }]
        : []),
      { type: "response.output_item.done", output_index: 0, item },
    ];
    return [
      { type: "response.created", response },
      ...items,
      {
        type: "response.completed",
        response: {
          ...response,
          usage: {
            input_tokens: usage.input,
            input_tokens_details: { cached_tokens: usage.cached },
            output_tokens: usage.output,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: usage.input + usage.output,
          },
        },
      },
    ].map((data) => ({ event: data.type, data }));
  },
  error: openaiError,
  prompt: (body) =>
    typeof body.input === "string" ? body.input : textOfRoles(body.input, "user").at(-1) ?? "",
  system: (body) =>
    [requestText(body.instructions), ...textOfRoles(body.input, "developer", "system")].join("\n"),
};
