import type { ErrorReply } from "./reply.ts";

const messages: Record<number, [code: string, message: string]> = {
  401: ["invalid_api_key", "Incorrect API key provided: dummy."],
  402: ["insufficient_credits", "This request requires more credits."],
  403: ["permission_denied", "You do not have access to this model."],
  500: ["server_error", "The server had an error while processing your request."],
  529: ["overloaded", "The engine is currently overloaded."],
};

/** Body and headers of an HTTP error, as OpenAI and those who copy its API word it. */
export function openaiError({ status, resetInS }: ErrorReply, resetAt: number) {
  if (status !== 429) {
    const [code, message] = messages[status];
    return { body: { error: { message, type: "invalid_request_error", param: null, code } } };
  }
  if (resetInS === undefined) {
    const message = "You exceeded your current quota, please check your plan and billing details.";
    return { body: { error: { message, type: "insufficient_quota", code: "insufficient_quota" } } };
  }
  return {
    body: {
      error: {
        message: `Rate limit reached for requests. Please try again in ${resetInS}s.`,
        type: "usage_limit_reached",
        code: "rate_limit_exceeded",
        plan_type: "plus",
        resets_at: resetAt,
        resets_in_seconds: resetInS,
      },
    },
    headers: { "retry-after": String(resetInS), "x-ratelimit-reset-requests": `${resetInS}s` },
  };
}
