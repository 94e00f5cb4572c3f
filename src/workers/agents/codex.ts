import * as z from "zod/mini";
import { sha256Hex } from "../../schema/json.ts";
import {
  type Agent,
  type AgentInput,
  type AgentStart,
  firstMessage,
  type Spend,
  type UsageLimit,
} from "./agent.ts";
import { findCodexObstacle, prepareCodex } from "./obstacles.ts";
import {
  lastSession,
  limitIn,
  listFile,
  RECORDING_TIMEOUT_S,
  RecordReader,
  recordSession,
  sumSpend,
  transcriptsOf,
} from "./usage.ts";
import { quoteWord, quoteWords } from "../../schema/text.ts";

/** A year, in seconds: without a limit a hook is stopped after ten minutes. */
const MAX_TIMEOUT_S = 31_536_000;
/** Seconds within which messages are passed on. */
const TOLD_TIMEOUT_S = 60;

/**
 * Codex, with the sandbox and the approvals that the user configured. Its hooks run before its own dialog, which it shows
 * only when they print nothing. Its shared background server is disabled: it would run commands with the environment of
 * whichever process started it, and would outlive the worker.
 */
export const codex: Agent = {
  name: "codex",
  costIsKnown: false,
  needsNetwork: true,
  state: [{
    variable: "CODEX_HOME",
    dir: ".codex",
    files: ["auth.json", "config.toml", "AGENTS.md"],
  }],
  start: (input) => command(input, "codex", quoteWord(firstMessage(input.promptFile))),
  resume: async (input) => {
    const session = await lastSession(listFile(input.workerDir));
    if (session === null) return null;
    return await command(input, "codex resume", quoteWords(session, input.message));
  },
  readSpend: codexSpend,
  findObstacle: findCodexObstacle,
  setUpCommand: "codex --no-daemon",
  prepare: prepareCodex,
  readLimit: codexLimit,
};

async function command(input: AgentInput, program: string, last: string): Promise<AgentStart> {
  const { workerDir, cwd, model, hookCommand, toldCommand: command } = input;
  const settings = [
    // The trust dialog is for unknown directories; this one is looop's own. A key with dots needs a table.
    `projects={${JSON.stringify(cwd)}={trust_level="trusted"}}`,
    "check_for_update_on_startup=false",
    "tools.experimental_request_user_input.enabled=false",
    ...await hookSettings([
      { event: "SessionStart", command: recordSession(workerDir), timeout: RECORDING_TIMEOUT_S },
      ...(hookCommand
        ? [{ event: "PermissionRequest", command: hookCommand, timeout: MAX_TIMEOUT_S }]
        : []),
      ...(command
        ? ["PostToolUse", "Stop"].map((event) => ({ event, command, timeout: TOLD_TIMEOUT_S }))
        : []),
    ]),
  ];
  const options = [
    "--no-daemon",
    ...settings.flatMap((setting) => ["-c", setting]),
    ...(model ? ["--model", model] : []),
  ];
  return { command: `${program} ${quoteWords(...options)} ${last}` };
}

/**
 * The settings for `-c` that add hooks to one session; the user's hooks remain. Codex asks before it runs a hook whose
 * SHA-256 is not among the reviewed ones, so the settings also contain the hashes of exactly these hooks, as its own dialog
 * would record them.
 *
 * The form of what is hashed is that of `codex-rs/hooks/src/engine/discovery.rs`.
 *
 * @param hooks `event` such as `PermissionRequest`; `timeout` in seconds
 */
async function hookSettings(
  hooks: { event: string; command: string; timeout: number }[],
): Promise<string[]> {
  // JSON and TOML escape text in the same way.
  const toml = JSON.stringify;
  const settings = hooks.map(({ event, command, timeout }) =>
    `hooks.${event}=[{hooks=[{type="command",command=${toml(command)},timeout=${timeout}}]}]`
  );
  const trusted = await Promise.all(hooks.map(async ({ event, command, timeout }) => {
    const label = event.replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    // Keys in alphabetical order: Codex hashes canonical JSON.
    const identity = JSON.stringify({
      event_name: label,
      hooks: [{ async: false, command, timeout, type: "command" }],
    });
    const hash = toml(`sha256:${await sha256Hex(identity)}`);
    return `${toml(`/<session-flags>/config.toml:${label}:0:0`)}={trusted_hash=${hash}}`;
  }));
  return [...settings, `hooks.state={${trusted.join(",")}}`];
}

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

const turn = z.object({
  timestamp: z.string(),
  type: z.literal("event_msg"),
  payload: z.discriminatedUnion("type", [
    z.object({ type: z.literal("task_started") }),
    z.object({
      type: z.literal("task_complete"),
      error: z.nullish(z.object({ message: z.string(), codex_error_info: z.nullish(z.unknown()) })),
    }),
  ]),
});

async function codexLimit(workerDir: string): Promise<UsageLimit | null> {
  return limitIn(
    (await transcriptsOf(workerDir, new RecordReader())).at(-1),
    turn,
    ({ timestamp: at, payload }) => {
      if (payload.type === "task_started" || !payload.error) return { at, error: null };
      const { message, codex_error_info: info } = payload.error;
      const type = info === "usage_limit_exceeded" ? "usage_limit_reached" : null;
      return { at, error: { message, type } };
    },
  );
}

/** Codex records tokens, but no dollars. */
async function codexSpend(workerDir: string): Promise<Spend | null> {
  let model: string | null = null;
  const reader = new RecordReader();
  return await sumSpend(await transcriptsOf(workerDir, reader), line, ({ type, payload }, path) => {
    if (type === "turn_context") {
      model = payload.model ?? model;
      return null;
    }
    // The total of the session so far.
    return [path, { model, ...payload.info.total_token_usage, cost_usd: null }];
  }, reader);
}
