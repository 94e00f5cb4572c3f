// deno-lint-ignore-file require-await -- opencode expects promises
// Written by looop for one worker, below these constants:
// - messagesFile: where the cost of messages is appended, and what kept opencode from an answer
// - sessionsFile: where the ids of its sessions are appended, without those of subagents
// - resume: the session to go on with, its first message, and the file that notes that this was sent; null: none
// - hookCommand: the shell command that asks the user for a permission; null: none
// - toldCommand: the shell command that prints messages for the worker; null: none
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";

const headers = { "Content-Type": "application/json" };
/** How often the first message is sent until opencode takes it, and the milliseconds between. */
const TRIES = 30;
const RETRY_MS = 1000;

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
        headers,
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

  /** `--prompt` is for new sessions alone. */
  async function goOn() {
    try {
      // opencode may load its plugins several times.
      writeFileSync(resume.sent, "", { flag: "wx" });
    } catch {
      return;
    }
    for (let tries = 0; tries < TRIES; tries++) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      const { error } = await client._client.post({
        url: `/session/${resume.session}/prompt_async`,
        headers,
        body: { parts: [{ type: "text", text: resume.message }] },
      }).catch((error) => ({ error }));
      if (!error) return;
    }
  }

  const ofSubagents = new Set();
  let lastSession = resume?.session;

  const note = (record) =>
    appendFileSync(messagesFile, JSON.stringify({ at: new Date().toISOString(), ...record }) + "\n");

  function noteSession({ id, parentID }) {
    if (parentID) ofSubagents.add(id);
    if (ofSubagents.has(id) || id === lastSession) return;
    lastSession = id;
    appendFileSync(sessionsFile, JSON.stringify({ session_id: id }) + "\n");
  }

  if (resume) goOn();

  return {
    "tool.execute.after": async (_input, output) => {
      if (!toldCommand || typeof output.output !== "string") return;
      const text = await told();
      if (text !== "") output.output += `\n\n${text}`;
    },
    event: async ({ event: { type, properties } }) => {
      if (type === "session.created") noteSession(properties.info);
      // opencode tries again by itself at `next`, in milliseconds.
      if (type === "session.status" && properties.status?.type === "retry") {
        const { message, next } = properties.status;
        note({ error: { data: { message } }, next });
      }
      if (type === "message.updated" && properties.info.role === "user") {
        noteSession({ id: properties.info.sessionID });
      }
      if (type === "permission.asked" && hookCommand) ask(properties);
      if (type === "permission.replied") {
        const child = waiting.get(properties.requestID);
        waiting.delete(properties.requestID);
        child?.kill();
      }
      if (type === "message.updated" && properties.info.role === "assistant") {
        const { id, modelID, cost, tokens, error } = properties.info;
        note({ id, modelID, cost, tokens, error });
      }
    },
    "tool.execute.before": async ({ tool }) => {
      if (tool !== "question") return;
      throw new Error("no user watches this session: ask with looop ask");
    },
  };
};
