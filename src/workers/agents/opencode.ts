import { join, toFileUrl } from "@std/path";
import * as z from "zod/mini";
import plugin from "../../../seeds/opencode-plugin.js" with { type: "text" };
import { type Agent, type AgentInput, type AgentStart, firstMessage, type Spend } from "./agent.ts";
import { retryHeader, unixTime } from "../../schema/reset_time.ts";
import { addKnown, lastSession, limitIn, type RecordEntry, sumSpend } from "./usage.ts";
import { quoteWords } from "../../schema/text.ts";

const PLUGIN = "opencode-plugin.js";

/**
 * opencode, with the permissions that the user configured; by default it asks only before it leaves the directory. looop's
 * plugin answers its permission requests, records its sessions and the cost of its messages, and sends the first message of a
 * continued session. While the plugin waits, opencode shows its
 * dialog as well, where an attached user can answer.
 *
 * The hook that opencode documents for this, `permission.ask`, is never called (its issues 7006 and 47674), so the plugin
 * receives requests as events, and replies as opencode's own dialog does.
 */
export const opencode: Agent = {
  name: "opencode",
  costIsKnown: true,
  needsNetwork: true,
  // It writes to each of these; one also has the user's git identity.
  state: [
    {
      variable: "XDG_CONFIG_HOME",
      dir: ".config",
      files: [
        ...["opencode/opencode.json", "opencode/opencode.jsonc", "opencode/AGENTS.md"],
        "git/config",
      ],
    },
    { variable: "XDG_DATA_HOME", dir: ".local/share", files: ["opencode/auth.json"] },
    { variable: "XDG_STATE_HOME", dir: ".local/state", files: [] },
    { variable: "XDG_CACHE_HOME", dir: ".cache", files: [] },
  ],
  start: (input) => command(input, ["--prompt", firstMessage(input.promptFile)], null),
  async resume(input) {
    const session = await lastSession(sessionsFile(input.workerDir), SESSION);
    if (session === null) return null;
    const sent = join(input.workerDir, `opencode-sent-${crypto.randomUUID()}`);
    const resume = { session, message: input.message, sent };
    return command(input, ["--session", session], resume);
  },
  readSpend: opencodeSpend,
  readLimit: (workerDir) => limitIn(messagesFile(workerDir), entry, describe),
  setUpCommand: "opencode auth login",
};

/** Ids of sessions, as opencode makes them. */
const SESSION = /^ses_\w{1,64}$/;

/** With which session the plugin goes on, and how. */
interface Resume {
  session: string;
  message: string;
  /** Path of a file that does not exist: it notes that the message was sent. */
  sent: string;
}

function command(input: AgentInput, last: string[], resume: Resume | null): AgentStart {
  const { workerDir, filesDir = workerDir, model, hookCommand, toldCommand } = input;
  const options = [...(model ? ["--model", model] : []), ...last];
  const constants = Object.entries({
    messagesFile: messagesFile(workerDir),
    sessionsFile: sessionsFile(workerDir),
    resume,
    hookCommand: hookCommand ?? null,
    toldCommand: toldCommand ?? null,
  }).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`);
  const config = { plugin: [toFileUrl(join(filesDir, PLUGIN)).href], autoupdate: false };
  return {
    command: quoteWords("opencode", ...options),
    // Extends the user's configuration, plugins included.
    env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(config) },
    files: { [PLUGIN]: `${constants.join("")}${plugin}` },
  };
}

const message = z.object({
  id: z.string(),
  modelID: z.nullish(z.string()),
  cost: z.nullish(z.number()),
  tokens: z.nullish(
    z.object({
      input: z.nullish(z.number()),
      output: z.nullish(z.number()),
      reasoning: z.nullish(z.number()),
      cache: z.nullish(
        z.object({ read: z.nullish(z.number()), write: z.nullish(z.number()) }),
      ),
    }),
  ),
});

/** What the plugin records of a message, or of an attempt that opencode is going to repeat. */
const entry = z.object({
  at: z.string(),
  error: z.nullish(z.object({
    name: z.nullish(z.string()),
    data: z.nullish(z.object({
      message: z.nullish(z.string()),
      statusCode: z.nullish(z.number()),
      responseHeaders: z.nullish(z.record(z.string(), z.string())),
    })),
  })),
  next: z.nullish(z.number()),
});

/** Milliseconds after its own next attempt until looop takes opencode for stopped. */
const OWN_ATTEMPT_MS = 60_000;

function describe({ at, error, next }: z.infer<typeof entry>): RecordEntry {
  if (!error) return { at, error: null };
  const { message, statusCode: status, responseHeaders } = error.data ?? {};
  const now = new Date(at);
  const until = next
    ? unixTime(next + OWN_ATTEMPT_MS, now)
    : responseHeaders && retryHeader(responseHeaders, now);
  const report = { message: message ?? "", status, type: error.name };
  return { at, error: until ? { ...report, retryAt: until } : report };
}

function messagesFile(workerDir: string): string {
  return join(workerDir, "opencode-messages.jsonl");
}

function sessionsFile(workerDir: string): string {
  return join(workerDir, "opencode-sessions.jsonl");
}

async function opencodeSpend(workerDir: string): Promise<Spend | null> {
  // A message is recorded several times while it grows.
  return await sumSpend(
    [messagesFile(workerDir)],
    message,
    ({ id, modelID, cost, tokens }) => [id, {
      model: modelID ?? null,
      input_tokens: addKnown(tokens?.input, tokens?.cache?.read ?? 0, tokens?.cache?.write ?? 0),
      cached_input_tokens: tokens ? tokens.cache?.read ?? 0 : null,
      output_tokens: addKnown(tokens?.output, tokens?.reasoning ?? 0),
      cost_usd: cost ?? null,
    }],
  );
}
