import * as z from "zod/mini";
import { jsonSchema } from "../../model/schema.ts";
import { UserError } from "../../model/user_error.ts";
import { isOwnCommand } from "./own_command.ts";

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
  const { tool, input } = parse(agent, stdin);
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

function parse(agent: HookAgent, stdin: string): { tool: string; input: Record<string, unknown> } {
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
