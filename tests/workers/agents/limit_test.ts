import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { agentNamed } from "../../../src/workers/agents/presets.ts";

const AT = "2026-11-23T04:50:00.000Z";
const ID = "b80d926d-b1b7-4e27-bc91-014b5a9de61d";

/** A time so many milliseconds before. */
const before = (ms: number) => new Date(Date.parse(AT) - ms).toISOString();

/** What Claude Code 2.1.197 wrote when the server answered 429, but for fields that are not read. */
const claudeError = (text: string, more: Record<string, unknown> = {}) => ({
  ...{ type: "assistant", timestamp: AT, error: "rate_limit", isApiErrorMessage: true },
  ...{ apiErrorStatus: 429, message: { role: "assistant", content: [{ type: "text", text }] } },
  ...more,
});
const CLAUDE_LIMIT = claudeError(
  "API Error: Request rejected (429) · This request would exceed your account's rate limit.",
);
const CLAUDE_END = { type: "system", subtype: "turn_duration", durationMs: 1690, timestamp: AT };
const CLAUDE_USER = { type: "user", timestamp: AT, message: { role: "user", content: "go on" } };
const CLAUDE_TEXT = {
  ...{ type: "assistant", timestamp: AT },
  message: { role: "assistant", content: [{ type: "text", text: "a usage limit, 429" }] },
};

/** The same for codex 0.169.0 … */
const codexEnd = (error: unknown) => ({
  ...{ timestamp: AT, type: "event_msg" },
  payload: { type: "task_complete", last_agent_message: null, error },
});
const CODEX_LIMIT = codexEnd({
  message: "You’ve hit your usage limit. Upgrade to Pro or try again in 1h 20m.",
  codex_error_info: "usage_limit_exceeded",
});
const CODEX_START = { timestamp: AT, type: "event_msg", payload: { type: "task_started" } };

/** … and for pi 0.73.1. */
const piMessage = (message: Record<string, unknown>) => ({
  ...{ type: "message", id: "1529a6fe", timestamp: AT },
  message: { role: "assistant", content: [], ...message },
});
const PI_LIMIT = piMessage({
  stopReason: "error",
  errorMessage: "429 You exceeded your current quota, please check your plan and billing details.",
});
const PI_USER = piMessage({ role: "user", content: [{ type: "text", text: "429" }] });

/** What looop's plugin writes of opencode 1.18.33. */
const opencodeMessage = (statusCode: number | null, message: string, more = {}) => ({
  ...{ at: AT, id: "msg_1", modelID: "m", cost: 0 },
  error: { name: "APIError", data: { message, statusCode, isRetryable: false, ...more } },
});
const OPENCODE_LIMIT = opencodeMessage(429, "You exceeded your current quota.");
const OPENCODE_ANSWER = { at: AT, id: "msg_2", modelID: "m", cost: 0.1 };
const opencodeRetry = (message: string, next: number) => ({
  ...{ at: AT, error: { data: { message } } },
  next,
});

type Row = [title: string, records: unknown[], limit: { until: string | null } | null];

const rows: Record<string, Row[]> = {
  claude: [
    ["at a limit without an end", [CLAUDE_USER, CLAUDE_LIMIT, CLAUDE_END], { until: null }],
    ["at a limit whose end it names", [
      claudeError("You've hit your session limit · resets 6am (UTC)", { apiErrorStatus: null }),
    ], { until: "2026-11-23T06:01:00.000Z" }],
    ["after it was told to go on", [CLAUDE_LIMIT, CLAUDE_USER], null],
    // Claude Code sometimes writes what it held back until the session had an answer behind that answer.
    ["whose begin was written behind its end", [
      ...[CLAUDE_LIMIT, CLAUDE_END],
      ...[{ ...CLAUDE_USER, timestamp: before(300) }, { ...CLAUDE_TEXT, timestamp: before(170) }],
    ], { until: null }],
    ["that went on, whose begin was written behind its end", [
      ...[CLAUDE_USER, { ...CLAUDE_LIMIT, timestamp: before(20_000) }],
    ], null],
    ["that goes on after the clock was set back", [
      ...[CLAUDE_LIMIT, { ...CLAUDE_USER, timestamp: before(3_600_000) }],
    ], null],
    ["that reached it after the clock was set back", [
      ...[{ ...CLAUDE_TEXT, timestamp: "2026-11-23T06:00:00.000Z" }, CLAUDE_LIMIT],
    ], { until: null }],
    ["that speaks of limits", [CLAUDE_TEXT], null],
    ["of an overloaded provider", [
      claudeError("API Error: 529 Overloaded", { error: "server_error", apiErrorStatus: 529 }),
    ], null],
    ["that is not logged in", [
      claudeError("Please run /login · API Error: 401", {
        error: "authentication_failed",
        apiErrorStatus: 401,
      }),
    ], null],
    ["without a time", [claudeError("limit", { timestamp: "never" })], null],
    ["without records", [], null],
  ],
  codex: [
    ["at a limit", [CODEX_START, CODEX_LIMIT], { until: "2026-11-23T06:10:00.000Z" }],
    ["after it was told to go on", [CODEX_LIMIT, CODEX_START], null],
    ["that ended its turn", [CODEX_LIMIT, CODEX_START, codexEnd(null)], null],
    ["that lost its connection", [
      codexEnd({ message: "stream disconnected", codex_error_info: { http: { status: 502 } } }),
    ], null],
  ],
  opencode: [
    ["at a limit", [OPENCODE_ANSWER, OPENCODE_LIMIT], { until: null }],
    [
      "at a limit whose end the provider names",
      [opencodeMessage(429, "Too Many Requests", { responseHeaders: { "retry-after": "3600" } })],
      { until: "2026-11-23T05:50:00.000Z" },
    ],
    [
      "that tries again by itself in two hours",
      [opencodeRetry("Too Many Requests", Date.parse(AT) + 7_200_000)],
      { until: "2026-11-23T06:51:00.000Z" },
    ],
    ["without credit", [opencodeMessage(402, "add credits")], { until: null }],
    ["that has answered", [OPENCODE_LIMIT, OPENCODE_ANSWER], null],
    ["of an overloaded provider", [opencodeMessage(529, "Overloaded")], null],
    ["that tries again after an overload", [opencodeRetry("Overloaded", Date.parse(AT))], null],
    ["that is not logged in", [opencodeMessage(401, "Unauthorized")], null],
  ],
  pi: [
    ["at a limit", [PI_USER, PI_LIMIT], { until: null }],
    ["after it was told to go on", [PI_LIMIT, PI_USER], null],
    ["that has answered", [PI_LIMIT, piMessage({ stopReason: "stop" })], null],
    ["of an overloaded provider", [
      piMessage({ stopReason: "error", errorMessage: "529 overloaded_error" }),
    ], null],
  ],
};

for (const [name, cases] of Object.entries(rows)) {
  for (const [title, records, limit] of cases) {
    Deno.test(`readLimit of ${name} ${title}`, async () => {
      const dir = await Deno.makeTempDir();
      try {
        const path = join(
          dir,
          {
            pi: "pi-sessions/2026-11-23T04-40-00_1.jsonl",
            opencode: "opencode-messages.jsonl",
          }[name] ?? "transcript.jsonl",
        );
        await Deno.mkdir(dirname(path), { recursive: true });
        const text = records.map((record) => JSON.stringify(record) + "\n").join("");
        await Deno.writeTextFile(path, text);
        const session = { session_id: ID, transcript_path: path };
        await Deno.writeTextFile(join(dir, "sessions.jsonl"), JSON.stringify(session) + "\n");
        const found = await agentNamed(name).readLimit?.(dir);
        assertEquals(found, limit && { at: AT, ...limit });
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    });
  }
}
