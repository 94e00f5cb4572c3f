import { z } from "zod";
import { canonicalJson } from "../../model/canonical.ts";

const request = z.looseObject({ tool_name: z.string(), tool_input: z.json() });

const entry = z.looseObject({
  timestamp: z.string(),
  message: z.looseObject({
    content: z.array(z.looseObject({
      type: z.string(),
      id: z.string().optional(),
      name: z.string().optional(),
      input: z.json().optional(),
      tool_use_id: z.string().optional(),
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
  const asked = request.safeParse(parse(stdin)).data;
  if (!asked) return false;
  const call = canonicalJson([asked.tool_name, asked.tool_input]);
  const calls = new Set<string>();
  for (const line of transcript.split("\n")) {
    const found = entry.safeParse(parse(line)).data;
    for (const part of found?.message.content ?? []) {
      if (part.type === "tool_use" && canonicalJson([part.name ?? "", part.input ?? {}]) === call) {
        calls.add(part.id ?? "");
      }
      const result = part.type === "tool_result" && calls.has(part.tool_use_id ?? "");
      if (result && new Date(found?.timestamp ?? 0) >= since) return true;
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
