import { assert, assertEquals } from "@std/assert";
import { describeError } from "../../src/schema/classify.ts";
import { timeRatio } from "../support/time_ratio.ts";

const now = new Date("2026-11-23T04:50:00Z");
const kinds: [
  message: string,
  status: number | undefined,
  kind: "auth" | "rate_limit" | "model",
][] = [
  ["anything", 401, "auth"],
  ["anything", 403, "auth"],
  ["Resource quota exceeded", 403, "rate_limit"],
  ["anything", 429, "rate_limit"],
  ["anything", 500, "model"],
  ["401 invalid x-api-key", undefined, "auth"],
  ["Invalid API key · Please run /login", undefined, "auth"],
  ["OAuth token has expired", undefined, "auth"],
  ["unexpected status 429 Too Many Requests", undefined, "rate_limit"],
  ["Credit balance is too low", undefined, "rate_limit"],
  ["You've hit your weekly limit", undefined, "rate_limit"],
  ["connect ECONNREFUSED 127.0.0.1:4010", undefined, "model"],
  ["context window of 401 tokens exceeded", undefined, "model"],
  // The status and the type decide, whatever the words.
  ["log in at login.example.com: quota exceeded", 503, "model"],
  ["Unauthorized", 529, "model"],
  ["authentication service timed out", 408, "model"],
  ["payment needed", 402, "rate_limit"],
  ["API Error: 529 overloaded_error: Overloaded, please log in again later", undefined, "model"],
  ["exceeded retry limit, last status: 429 Too Many Requests", undefined, "rate_limit"],
  ["status code 502: login", undefined, "model"],
  ['529 {"type":"error","error":{"type":"overloaded_error","message":"x"}}', undefined, "model"],
  ['{"error":{"code":503,"status":"UNAVAILABLE","message":"quota server"}}', undefined, "model"],
  ['{"error":{"status":"RESOURCE_EXHAUSTED","message":"x"}}', undefined, "rate_limit"],
  ['{"error":{"type":"authentication_error","message":"x"}}', undefined, "auth"],
  ["Your credit balance is too low to access the API", 400, "rate_limit"],
  ["API key not valid. Please pass a valid API key.", 400, "auth"],
  ["prompt is too long", 400, "model"],
  // The network and this machine.
  ["getaddrinfo ENOTFOUND login.example.com", undefined, "model"],
  ["getaddrinfo EAI_AGAIN auth.api-key.example.com", undefined, "model"],
  ["error sending request for url (https://auth.example.com/oauth/token)", undefined, "model"],
  ["curl: (6) Could not resolve host: login.example.com", undefined, "model"],
  ["dial tcp: lookup login on 10.0.0.2:53: no such host", undefined, "model"],
  ["cannot reach login.example.com", undefined, "model"],
  ["Bad answer of https://console.example.com/login?quota=1", undefined, "model"],
  ["proxy quota-billing.example.com:3128 closed", undefined, "model"],
  ["proxy unauthorized-hosts:3128 gave up", undefined, "model"],
  ["cannot read /home/me/credentials/login.json", undefined, "model"],
  ["connect ECONNRESET, Unauthorized", undefined, "model"],
  ["the request timed out, at login", undefined, "model"],
  ["write failed: Disk quota exceeded", undefined, "model"],
  ["EDQUOT: quota exceeded, write '/home/me/x'", undefined, "model"],
  ["quota exceeded (os error 122)", undefined, "model"],
  ["ENOSPC: no space left on device, rate limit log", undefined, "model"],
  ["Quota exceeded for quota metric 'Generate requests per minute'", undefined, "rate_limit"],
  [
    "stream disconnected before completion: Rate limit reached for m, try later",
    undefined,
    "rate_limit",
  ],
  ["You've hit your limit", undefined, "rate_limit"],
  ["You've hit your Opus limit", undefined, "rate_limit"],
  ["You're out of extra usage", undefined, "rate_limit"],
  ["You've hit your monthly spend limit.", undefined, "rate_limit"],
  ["You hit your spend cap set by the owner of your workspace", undefined, "rate_limit"],
  ["You're out of credits. Your workspace is out of credits.", undefined, "rate_limit"],
  ["You have reached your specified API usage limits.", 400, "rate_limit"],
  ["Free usage exceeded, add credits https://opencode.ai/zen", undefined, "rate_limit"],
  ["You have exhausted your capacity on this model.", undefined, "rate_limit"],
  ["ThrottlingException: Too many tokens, please wait", undefined, "rate_limit"],
  ["Context limit reached", undefined, "model"],
  ["The input has exceeded your model's context limit", undefined, "model"],
  ["Selected model is at capacity. Please try a different model.", undefined, "model"],
  ["Temporary failure in name resolution", undefined, "model"],
  ["tunneling socket could not be established, statusCode=407", undefined, "model"],
  ["Proxy Authentication Required", 407, "model"],
  ["QuotaExceededError: The quota has been exceeded.", undefined, "model"],
  ["ExpiredTokenException: The security token is expired", undefined, "auth"],
  ["AccessDeniedException: You don't have access to the model", undefined, "auth"],
  ["ThrottlingException: please wait", undefined, "rate_limit"],
  ["ModelNotReadyException: login to see more", undefined, "model"],
  ["You have exceeded your Copilot token usage.", undefined, "rate_limit"],
  ["This request requires more credits, or fewer max_tokens", undefined, "rate_limit"],
  ["Too many concurrent requests", undefined, "rate_limit"],
  ["the catalog in use has a bug", undefined, "model"],
  ["Service temporarily unavailable: authentication is down", undefined, "model"],
  ["Failed to refresh token: 400 Bad Request: invalid_grant", undefined, "auth"],
  ["EAI_FAIL login.x", undefined, "model"],
  ["prompt is too long: 200001 tokens > 200000 maximum; token limit", undefined, "model"],
  ["This model's maximum context length is 8192 tokens; request limit", 400, "model"],
  ["Input tokens exceed the context window; daily limit applies", undefined, "model"],
  ["Your session has timed out. Please log in again", undefined, "auth"],
  ["API Error (eu.a.claude): 403 User: x is not authorized to perform: y", undefined, "auth"],
  ["The security token included in the request is expired", undefined, "auth"],
  ["This organization has been disabled.", 400, "auth"],
  ["Access denied due to invalid subscription key", undefined, "auth"],
  ["<html><head><title>401 Authorization Required</title></head>", undefined, "auth"],
  ["<h1>503 Sign in later</h1>", undefined, "model"],
  ["bad answer: <!DOCTYPE html><title>Sign in to Hotel</title> quota", undefined, "model"],
  ["Key limit exceeded (total limit)", 403, "rate_limit"],
  ["Your plan's message limit has been reached", undefined, "rate_limit"],
  ["Limit resets soon", undefined, "rate_limit"],
  ["Your free trial has ended", undefined, "rate_limit"],
];

for (const [message, status, kind] of kinds) {
  Deno.test(`describeError takes ${JSON.stringify(message)}, ${status} for ${kind}`, () => {
    assertEquals(describeError({ message, status }, now), { kind, message });
  });
}

Deno.test("describeError goes by the type that a program names", () => {
  const kindOf = (type: string, message = "x") => describeError({ message, type }, now).kind;
  assertEquals(["authentication_failed", "ProviderAuthError"].map((type) => kindOf(type)), [
    "auth",
    "auth",
  ]);
  assertEquals(["rate_limit", "billing_error"].map((type) => kindOf(type)), [
    "rate_limit",
    "rate_limit",
  ]);
  assertEquals(kindOf("server_error", "please log in"), "model");
  assertEquals(kindOf("brand_new", "please log in"), "auth");
});

Deno.test("describeError takes little time for a long message", async () => {
  const reads = (size: number) => () => {
    for (const word of ["a.", "/a", "reset in 1 s ", '"type":"', "again at "]) {
      describeError({ message: word.repeat(size / word.length) }, now);
    }
  };
  const ratio = await timeRatio(reads(2e4), reads(2e5));
  assert(ratio < 50, `${ratio} times as long for 10 times the message`);
});

Deno.test("describeError gives one plain line, cut to 500 characters", () => {
  const { message } = describeError({ message: ` \x1b[31ma\r\nb\x07${"c".repeat(600)}` }, now);
  assertEquals(message, `a b${"c".repeat(496)}…`);
  const [fits, over] = ["c".repeat(500), "c".repeat(501)];
  assertEquals(describeError({ message: fits }, now).message, fits);
  assertEquals(describeError({ message: over }, now).message, `${"c".repeat(499)}…`);
  assertEquals(describeError({ message: "" }, now).message, "an error without a message");
});

Deno.test("describeError says when a limit ends, by the message or the wait", () => {
  const message = "429 try again in 20s";
  assertEquals(describeError({ message }, now).retry_at, "2026-11-23T04:50:20.000Z");
  assertEquals(describeError({ message, waitS: 60 }, now).retry_at, "2026-11-23T04:51:00.000Z");
  assertEquals(describeError({ message, waitS: NaN }, now).retry_at, undefined);
});

Deno.test("describeError gives no time for another kind of error than a rate limit", () => {
  const denied = "401 try again in 20s";
  assertEquals(describeError({ message: denied, waitS: 60 }, now), {
    kind: "auth",
    message: denied,
  });
});
