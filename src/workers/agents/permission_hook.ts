import * as z from "zod/mini";
import { type Clock, poll } from "../../os/clock.ts";
import { readTail } from "../../os/read.ts";
import { isYes, readConsent } from "../../schema/ask.ts";
import { UserError } from "../../schema/errors.ts";
import { canonicalJson } from "../../schema/json.ts";
import { jsonSchema, parseAs } from "../../schema/schema.ts";
import { isOwnCommand } from "./agent.ts";

/** The programs that call a hook when they need permission. */
export type HookAgent = "claude" | "codex" | "opencode";

/** How to handle a permission request. */
export type PermissionCase =
  /** Ask the user, and pass the answer to {@linkcode replyToPermission}. */
  | { kind: "ask"; question: string; options: string[] }
  /** Print this reply. */
  | { kind: "reply"; stdout: string };

/** The form that Claude Code and Codex share. */
const toolRequest = z.object({
  hook_event_name: z.literal("PermissionRequest"),
  tool_name: z.string(),
  tool_input: z._default(z.record(z.string(), jsonSchema), {}),
});

const opencodeRequest = z.object({
  permission: z.string(),
  patterns: z._default(z.array(z.string()), []),
  metadata: z._default(z.record(z.string(), jsonSchema), {}),
});

/** Less than the limit of an ask, so that the user always sees all of a request. */
const MAX_CHARACTERS = 60_000;

/**
 * Reads the stdin of a hook. Commands of the worker contract are allowed without asking.
 *
 * @param worker id of the worker
 * @throws {UserError} where it is not a permission request; the caller then prints nothing, and the program's own dialog
 * remains.
 */
export function readPermissionRequest(
  agent: HookAgent,
  stdin: string,
  worker: string,
): PermissionCase {
  const { tool, input } = readTool(agent, stdin);
  const shell = /^(bash|shell)$/i.test(tool);
  if (shell && typeof input.command === "string" && isOwnCommand(input.command, { worker })) {
    return { kind: "reply", stdout: replyToPermission(agent, "allow") };
  }
  const question = `${agent} asks for permission to use ${tool}:\n\n${describe(input)}\n\n` +
    "Answer allow or deny, or with --other what it should do instead.";
  if (question.length > MAX_CHARACTERS) {
    const max = MAX_CHARACTERS / 2;
    const why =
      `this is too long to show to the user; split it into parts of less than ${max} characters`;
    return { kind: "reply", stdout: replyToPermission(agent, why) };
  }
  return { kind: "ask", question, options: ["allow", "deny"] };
}

/** Returns what a hook prints for the user's answer. Only a plain yes allows; the agent receives any other text. */
export function replyToPermission(agent: HookAgent, answer: string): string {
  const allow = isYes({ text: answer });
  const message = readConsent(answer) === "no"
    ? "The user rejected this. Do it another way, or ask."
    : `The user rejected this: ${answer.trim()}`;
  if (agent === "opencode") {
    return JSON.stringify(allow ? { reply: "once" } : { reply: "reject", message });
  }
  const decision = allow ? { behavior: "allow" } : { behavior: "deny", message };
  return JSON.stringify({ hookSpecificOutput: { hookEventName: "PermissionRequest", decision } });
}

/**
 * Returns the tool that a request is about, and what it is called with.
 *
 * @throws {UserError} where it is not a permission request.
 */
export function readTool(
  agent: HookAgent,
  stdin: string,
): { tool: string; input: Record<string, unknown> } {
  try {
    const data = JSON.parse(stdin);
    if (agent !== "opencode") {
      const { tool_name, tool_input } = toolRequest.parse(data);
      return { tool: tool_name, input: tool_input };
    }
    const { permission, patterns, metadata } = opencodeRequest.parse(data);
    return { tool: permission, input: { ...metadata, patterns } };
  } catch (cause) {
    throw new UserError(
      `cannot handle the input of the hook of ${agent}: it is not a permission request`,
      { cause },
    );
  }
}

/** Lists every field. The text of the agent is indented, so that it cannot imitate looop. */
function describe(input: Record<string, unknown>): string {
  return Object.entries(input).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `  ${name.replaceAll(/\s/g, " ")}:\n${
      text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `    ${line}`).join("\n")
    }`;
  }).join("\n");
}

const toolCallRequest = z.object({
  tool_name: z.string(),
  tool_input: jsonSchema,
  transcript_path: z.optional(z.string()),
});

const entry = z.object({
  timestamp: z.string(),
  message: z.object({
    content: z.array(z.object({
      type: z.string(),
      id: z.optional(z.string()),
      name: z.optional(z.string()),
      input: z.optional(jsonSchema),
      tool_use_id: z.optional(z.string()),
    })),
  }),
});

/**
 * Reports whether the user has answered Claude Code's own dialog, of which the hook is not notified: the transcript then has a
 * result of the same call that is newer than the request.
 *
 * @param stdin that of the hook
 * @param transcript its last lines, enough to include the call
 * @param since when the hook was called
 */
export function resolvedInSession(stdin: string, transcript: string, since: Date): boolean {
  const asked = parseAs(toolCallRequest, stdin);
  if (!asked) return false;
  const call = canonicalJson([asked.tool_name, asked.tool_input]);
  const calls = new Set<string>();
  for (const line of transcript.split("\n")) {
    const found = parseAs(entry, line);
    if (!found) continue;
    for (const part of found.message.content) {
      if (part.type === "tool_use" && canonicalJson([part.name ?? "", part.input ?? {}]) === call) {
        calls.add(part.id ?? "");
      }
      const result = part.type === "tool_result" && calls.has(part.tool_use_id ?? "");
      if (result && new Date(found.timestamp) >= since) return true;
    }
  }
  return false;
}

const POLL_MS = 2000;
/** Enough for the longest call of a request, and what follows it. */
const TAIL_BYTES = 1_000_000;

/**
 * Waits until the user has answered a permission request in the session itself, or `signal` fires. Without a readable
 * transcript, it waits for `signal`.
 *
 * @param stdin that of the hook
 * @param since when the hook was called
 */
export async function untilResolved(
  clock: Clock,
  stdin: string,
  since: Date,
  signal: AbortSignal,
): Promise<void> {
  const path = parseAs(toolCallRequest, stdin)?.transcript_path;
  await poll(clock, async () => {
    // An unreadable transcript is no error: the user can still answer the ask.
    const tail = path === undefined ? "" : await readTail(path, TAIL_BYTES).catch(() => "");
    return resolvedInSession(stdin, tail, since) || null;
  }, { everyMs: POLL_MS, signal });
}
