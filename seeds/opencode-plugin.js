// deno-lint-ignore-file require-await -- opencode expects promises
// Written by looop for one worker, below three constants:
// - messagesFile: where the cost of messages is appended
// - hookCommand: the shell command that asks the user for a permission; null: none
// - toldCommand: the shell command that prints messages for the worker; null: none
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

export default async ({ client }) => {
  const waiting = new Map();

  function ask(request) {
    const child = spawn("bash", ["-c", hookCommand], { stdio: ["pipe", "pipe", "ignore"] });
    waiting.set(request.id, child);
    let reply = "";
    child.stdin.on("error", () => {});
    child.stdout.on("data", (chunk) => (reply += chunk));
    child.on("error", () => waiting.delete(request.id));
    child.on("close", async () => {
      if (!waiting.delete(request.id) || reply.trim() === "") return;
      await client._client.post({
        url: `/permission/${request.id}/reply`,
        headers: { "Content-Type": "application/json" },
        body: JSON.parse(reply),
      });
    });
    child.stdin.end(JSON.stringify(request));
  }

  function told() {
    const { promise, resolve } = Promise.withResolvers();
    const child = spawn("bash", ["-c", toldCommand], { stdio: ["pipe", "pipe", "ignore"] });
    let text = "";
    child.stdin.on("error", () => {});
    child.stdout.on("data", (chunk) => (text += chunk));
    child.on("error", () => resolve(""));
    child.on("close", () => resolve(text));
    child.stdin.end("{}");
    return promise;
  }

  return {
    "tool.execute.after": async (_input, output) => {
      if (!toldCommand || typeof output.output !== "string") return;
      const text = await told();
      if (text !== "") output.output += `\n\n${text}`;
    },
    event: async ({ event: { type, properties } }) => {
      if (type === "permission.asked" && hookCommand) ask(properties);
      if (type === "permission.replied") {
        const child = waiting.get(properties.requestID);
        waiting.delete(properties.requestID);
        child?.kill();
      }
      if (type === "message.updated" && properties.info.role === "assistant") {
        const { id, modelID, cost, tokens } = properties.info;
        appendFileSync(messagesFile, JSON.stringify({ id, modelID, cost, tokens }) + "\n");
      }
    },
    "tool.execute.before": async ({ tool }) => {
      if (tool !== "question") return;
      throw new Error("no user watches this session: ask with looop ask");
    },
  };
};
