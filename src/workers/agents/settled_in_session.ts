import * as z from "zod/mini";
import { jsonSchema } from "../../model/schema.ts";
import { canonicalJson } from "../../model/canonical.ts";

const request = z.object({ tool_name: z.string(), tool_input: jsonSchema });

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
export function settledInSession(stdin: string, transcript: string, since: Date): boolean {
  const asked = request.safeParse(parse(stdin));
  if (!asked.success) return false;
  const call = canonicalJson([asked.data.tool_name, asked.data.tool_input]);
  const calls = new Set<string>();
  for (const line of transcript.split("\n")) {
    const found = entry.safeParse(parse(line));
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Half a line, at either end of what was read.
    return undefined;
  }
}
