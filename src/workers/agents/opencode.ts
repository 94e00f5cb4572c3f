import { join, toFileUrl } from "@std/path";
import * as z from "zod/mini";
import {
  type Agent,
  type AgentInput,
  type AgentStart,
  firstMessage,
  quoteWord,
  type Spend,
} from "./agent.ts";
import { readJsonLines, type Spent, sumSpend } from "./usage.ts";

const PLUGIN = "opencode-plugin.js";

/**
 * opencode, with the permissions that the person configured; by default it asks only before it leaves the directory.
 * A plugin of ours answers its permission requests and writes down what its messages cost. While it waits, the
 * dialog stands in the session as well, and whoever has attached can answer there.
 */
export const opencode: Agent = {
  name: "opencode",
  costIsKnown: true,
  needsNetwork: true,
  // It writes to each of these; git has the person's name and address in one of them, too.
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
  start: (input) => Promise.resolve(command(input, ["--prompt", firstMessage(input.promptFile)])),
  readSpend: opencodeSpend,
};

function command(input: AgentInput, more: string[]): AgentStart {
  const { workerDir, filesDir = workerDir, model, hookCommand } = input;
  const words = ["opencode", ...(model ? ["--model", model] : []), ...more];
  const config = { plugin: [toFileUrl(join(filesDir, PLUGIN)).href], autoupdate: false };
  return {
    command: words.map(quoteWord).join(" "),
    // Is laid over the person's own: plugins of theirs stay.
    env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(config) },
    files: { [PLUGIN]: opencodePlugin({ messagesFile: messagesFile(workerDir), hookCommand }) },
  };
}

/** What the plugin is made for. */
export interface PluginInput {
  /** Where it appends what its messages cost. */
  messagesFile: string;
  /** Shell command that puts a permission request to the person. */
  hookCommand?: string;
}

/**
 * The plugin's source. The hook that opencode names for this, `permission.ask`, is never called (its issues 7006
 * and 47674), so the plugin hears of requests as events, and replies as opencode's own screen does.
 */
export function opencodePlugin({ messagesFile, hookCommand }: PluginInput): string {
  return `// Written by looop for one worker.
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

const messagesFile = ${JSON.stringify(messagesFile)};
const hookCommand = ${JSON.stringify(hookCommand ?? null)};

export default async ({ client }) => {
  const waiting = new Map();

  function ask(request) {
    const child = spawn("bash", ["-c", hookCommand], { stdio: ["pipe", "pipe", "ignore"] });
    waiting.set(request.id, child);
    let said = "";
    child.stdin.on("error", () => {});
    child.stdout.on("data", (chunk) => (said += chunk));
    child.on("error", () => waiting.delete(request.id));
    child.on("close", async () => {
      if (!waiting.delete(request.id) || said.trim() === "") return;
      await client._client.post({
        url: \`/permission/\${request.id}/reply\`,
        headers: { "Content-Type": "application/json" },
        body: JSON.parse(said),
      });
    });
    child.stdin.end(JSON.stringify(request));
  }

  return {
    event: async ({ event: { type, properties } }) => {
      if (type === "permission.asked" && hookCommand) ask(properties);
      if (type === "permission.replied") {
        const child = waiting.get(properties.requestID);
        waiting.delete(properties.requestID);
        child?.kill();
      }
      if (type === "message.updated" && properties.info.role === "assistant") {
        const { id, modelID, cost, tokens } = properties.info;
        appendFileSync(messagesFile, JSON.stringify({ id, modelID, cost, tokens }) + "\\n");
      }
    },
    "tool.execute.before": async ({ tool }) => {
      if (tool !== "question") return;
      throw new Error("nobody looks at this session: ask with looop ask, as you were told");
    },
  };
};
`;
}

const message = z.object({
  id: z.string(),
  modelID: z.nullish(z.string()),
  cost: z.nullish(z.number()),
  tokens: z.object({
    input: z.number(),
    output: z.number(),
    reasoning: z._default(z.number(), 0),
    cache: z._default(z.object({ read: z.number(), write: z.number() }), {
      read: 0,
      write: 0,
    }),
  }),
});

/** Where our plugin writes what opencode says of its messages. */
export function messagesFile(workerDir: string): string {
  return join(workerDir, "opencode-messages.jsonl");
}

/** What a worker's opencode spent, its subagents included. */
export async function opencodeSpend(workerDir: string): Promise<Spend | null> {
  // A message is told of several times while it grows.
  const messages = new Map<string, Spent>();
  for (
    const { id, modelID, cost, tokens } of await readJsonLines(messagesFile(workerDir), message)
  ) {
    messages.set(id, {
      model: modelID ?? null,
      input: tokens.input + tokens.cache.read + tokens.cache.write,
      cached: tokens.cache.read,
      output: tokens.output + tokens.reasoning,
      cost: cost ?? null,
    });
  }
  return sumSpend([...messages.values()]);
}
