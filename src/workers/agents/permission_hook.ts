import * as z from "zod/mini";
import type { Clock } from "../../os/clock.ts";
import { readTail } from "../../os/read.ts";
import { UserError } from "../../schema/errors.ts";
import { canonicalJson } from "../../schema/json.ts";
import { jsonSchema } from "../../schema/schema.ts";
import { isOwnCommand } from "./agent.ts";

/** The programs that tell a hook when they need permission. */
export type HookAgent = "claude" | "codex" | "opencode";

/** What becomes of a permission request. */
export type PermissionCase =
  /** A person has to be asked; their answer goes to {@linkcode replyToPermission}. */
  | { kind: "ask"; question: string; options: string[] }
  /** It is decided already: print this. */
  | { kind: "reply"; stdout: string };

/** Claude Code and Codex speak of it alike. */
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

/** Shorter than what an ask may have, so that a person always sees all of what they allow. */
const MOST_CHARACTERS = 60_000;

/**
 * Reads what a hook was given on stdin.
 *
 * @param worker id of the worker: what it does about itself with looop, as its contract says, needs no yes.
 * @throws {UserError} where it is no permission request; then print nothing: the program's own dialog stays.
 */
export function readPermissionRequest(
  agent: HookAgent,
  stdin: string,
  worker: string,
): PermissionCase {
  const { tool, input } = parseRequest(agent, stdin);
  const shell = /^(bash|shell)$/i.test(tool);
  if (shell && typeof input.command === "string" && isOwnCommand(input.command, worker)) {
    return { kind: "reply", stdout: replyToPermission(agent, "allow") };
  }
  const question = `${agent} asks for permission to use ${tool}:\n\n${describe(input)}\n\n` +
    "Answer allow, deny, or say what it should do instead.";
  if (question.length > MOST_CHARACTERS) {
    const why = `this is too long to be shown to a person; do it in parts of less than ${
      MOST_CHARACTERS / 2
    } characters`;
    return { kind: "reply", stdout: replyToPermission(agent, why) };
  }
  return { kind: "ask", question, options: ["allow", "deny"] };
}

/** What a hook prints for a person's answer; only a plain yes allows, and any other text is told to the agent. */
export function replyToPermission(agent: HookAgent, answer: string): string {
  const allow = /^(allow|allowed|yes|y|ok|approve|approved)[.!]?$/i.test(answer.trim());
  const plainNo = /^(deny|denied|no|n|reject|refuse)[.!]?$/i.test(answer.trim());
  const refusal = "The person who supervises you refuses this";
  const message = plainNo
    ? `${refusal}. Do it another way, or ask them.`
    : `${refusal}, and says: ${answer.trim()}`;
  if (agent === "opencode") {
    return JSON.stringify(allow ? { reply: "once" } : { reply: "reject", message });
  }
  const decision = allow ? { behavior: "allow" } : { behavior: "deny", message };
  return JSON.stringify({ hookSpecificOutput: { hookEventName: "PermissionRequest", decision } });
}

function parseRequest(
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
    throw new UserError(`what ${agent} gave its hook is no permission request`, { cause });
  }
}

/** Every field; what the agent wrote is indented, so that none of it can pass for words of looop. */
function describe(input: Record<string, unknown>): string {
  return Object.entries(input).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `  ${name.replaceAll(/\s/g, " ")}:\n${
      text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `    ${line}`).join("\n")
    }`;
  }).join("\n");
}

const toolCallRequest = z.object({ tool_name: z.string(), tool_input: jsonSchema });

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
 * Whether a person has answered Claude Code's own dialog meanwhile, which it does not tell the hook: then its
 * transcript has a result, from after the request, of the very call that was asked about.
 *
 * @param stdin what the hook was given; its `transcript_path` names the transcript.
 * @param transcript the last lines of that, enough to hold the call.
 * @param since when the hook was called.
 */
export function resolvedInSession(stdin: string, transcript: string, since: Date): boolean {
  const asked = toolCallRequest.safeParse(parseJson(stdin));
  if (!asked.success) return false;
  const call = canonicalJson([asked.data.tool_name, asked.data.tool_input]);
  const calls = new Set<string>();
  for (const line of transcript.split("\n")) {
    const found = entry.safeParse(parseJson(line));
    if (!found.success) continue;
    const { timestamp, message } = found.data;
    for (const part of message.content) {
      if (part.type === "tool_use" && canonicalJson([part.name ?? "", part.input ?? {}]) === call) {
        calls.add(part.id ?? "");
      }
      const result = part.type === "tool_result" && calls.has(part.tool_use_id ?? "");
      if (result && new Date(timestamp) >= since) return true;
    }
  }
  return false;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Half a line, at either end of what was read.
    return undefined;
  }
}

const POLL_MS = 2000;
/** Enough to hold a call that a person can be asked about, and what came after it. */
const TAIL_BYTES = 1_000_000;

const transcriptRequest = z.object({ transcript_path: z.string() });

/**
 * Waits until a permission that was asked for has been settled in the session itself; resolves also when `signal`
 * fires. Where the request names no transcript that can be read, nothing is ever seen.
 *
 * @param stdin what the hook was given
 * @param since when the hook was called
 */
export async function untilResolved(
  clock: Clock,
  stdin: string,
  since: Date,
  signal: AbortSignal,
): Promise<void> {
  const asked = transcriptRequest.safeParse(JSON.parse(stdin));
  const path = asked.success ? asked.data.transcript_path : undefined;
  while (!signal.aborted) {
    await clock.sleep(POLL_MS, signal);
    if (path === undefined) continue;
    // Not to be read just now, or never: the person can still answer the ask.
    const tail = await readTail(path, TAIL_BYTES).catch(() => "");
    if (resolvedInSession(stdin, tail, since)) return;
  }
}
