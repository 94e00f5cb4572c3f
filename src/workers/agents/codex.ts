import * as z from "zod/mini";
import {
  type Agent,
  type AgentInput,
  type AgentStart,
  firstMessage,
  quoteWord,
  type Spend,
} from "./agent.ts";
import {
  lastSessionId,
  noteSession,
  NOTING_TIMEOUT_S,
  readJsonLines,
  type Spent,
  sumSpend,
  transcriptsOf,
} from "./usage.ts";

/** A year: it is counted in seconds, and without one a hook ends after ten minutes. */
const LONGEST_TIMEOUT_S = 31_536_000;

/**
 * Codex, with the sandbox and the approvals that the person configured. Its hooks run before its own dialog,
 * which comes only when they say nothing. Its shared background server stays out: that one would run commands
 * with the environment of whoever started it, and live on after the worker.
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
  start: async (input) => await command(input, "codex", quoteWord(firstMessage(input.promptFile))),
  resume: async (input) => await command(input, "codex resume", lastSessionId(input.workerDir)),
  readSpend: codexSpend,
};

async function command(input: AgentInput, program: string, last: string): Promise<AgentStart> {
  const { workerDir, cwd, model, hookCommand } = input;
  const settings = [
    // The dialog about it is for directories of others: this one is looop's own. A key with dots needs a table.
    `projects={${JSON.stringify(cwd)}={trust_level="trusted"}}`,
    "check_for_update_on_startup=false",
    "tools.experimental_request_user_input.enabled=false",
    ...await codexHooks([
      { event: "SessionStart", command: noteSession(workerDir), timeoutS: NOTING_TIMEOUT_S },
      ...(hookCommand
        ? [{ event: "PermissionRequest", command: hookCommand, timeoutS: LONGEST_TIMEOUT_S }]
        : []),
    ]),
  ];
  const words = [
    "--no-daemon",
    ...settings.flatMap((setting) => ["-c", setting]),
    ...(model ? ["--model", model] : []),
  ];
  return { command: `${program} ${words.map(quoteWord).join(" ")} ${last}`, env: {}, files: {} };
}

/** A command that Codex runs at an event. */
export interface CodexHook {
  /** Such as `PermissionRequest`. */
  event: string;
  command: string;
  timeoutS: number;
}

/**
 * The settings, for `-c`, that give Codex these hooks for one session. It runs a hook only when its SHA-256 is
 * among those that were reviewed, and shows a dialog about any other; so the settings vouch for exactly these,
 * as its own dialog would write it down. Hooks of the person's own stay as they are.
 *
 * The form of what is hashed is that of `codex-rs/hooks/src/engine/discovery.rs`.
 */
export async function codexHooks(hooks: CodexHook[]): Promise<string[]> {
  const settings: string[] = [];
  const trusted: string[] = [];
  for (const { event, command, timeoutS } of hooks) {
    const handler = `{type="command",command=${toml(command)},timeout=${timeoutS}}`;
    settings.push(`hooks.${event}=[{hooks=[${handler}]}]`);
    const label = event.replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    // Keys in order of the alphabet: it hashes canonical JSON.
    const identity = {
      event_name: label,
      hooks: [{ async: false, command, timeout: timeoutS, type: "command" }],
    };
    trusted.push(
      `${toml(`/<session-flags>/config.toml:${label}:0:0`)}={trusted_hash=${
        toml(`sha256:${await sha256(JSON.stringify(identity))}`)
      }}`,
    );
  }
  return [...settings, `hooks.state={${trusted.join(",")}}`];
}

/** What JSON escapes, TOML escapes in the same way. */
function toml(text: string): string {
  return JSON.stringify(text);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
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

/** What a worker's Codex spent: tokens, as it writes down no dollars. */
export async function codexSpend(workerDir: string): Promise<Spend | null> {
  const sessions: Spent[] = [];
  for (const path of await transcriptsOf(workerDir)) {
    const session: Spent = { model: null, input: 0, cached: 0, output: 0, cost: null };
    for (const { type, payload } of await readJsonLines(path, line)) {
      if (type === "turn_context") {
        session.model = payload.model ?? session.model;
        continue;
      }
      // Each is the total of the session so far.
      const total = payload.info.total_token_usage;
      session.input = total.input_tokens;
      session.cached = total.cached_input_tokens;
      session.output = total.output_tokens;
    }
    sessions.push(session);
  }
  return sumSpend(sessions);
}
