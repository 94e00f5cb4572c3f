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
