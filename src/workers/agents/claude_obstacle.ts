import { dirname, join } from "@std/path";
import * as z from "zod/mini";
import type { Environment } from "../../host/env.ts";
import { readTextIfThere } from "../../host/read_text.ts";

const remembered = z.object({
  hasCompletedOnboarding: z._default(z.boolean(), false),
  customApiKeyResponses: z.prefault(
    z.object({ approved: z._default(z.array(z.string()), []) }),
    {},
  ),
  projects: z._default(
    z.record(z.string(), z.object({ hasTrustDialogAccepted: z.optional(z.boolean()) })),
    {},
  ),
});

/**
 * Says what Claude Code would ask before it begins. Its answers are the person's to give, once, and it keeps
 * them in `.claude.json`, which is theirs too; no documented setting stands for them.
 */
export async function findClaudeObstacle(cwd: string, env: Environment): Promise<string | null> {
  const file = join(env.CLAUDE_CONFIG_DIR || env.HOME || "/", ".claude.json");
  const parsed = remembered.safeParse(parse(await readTextIfThere(file) ?? "{}"));
  const known = parsed.success ? parsed.data : undefined;
  if (!known?.hasCompletedOnboarding) {
    return "Claude Code has not been set up: run claude once, and finish its questions";
  }
  // It remembers the end of a key.
  const key = env.ANTHROPIC_API_KEY?.slice(-20);
  if (key && !known.customApiKeyResponses.approved.includes(key)) {
    return "Claude Code asks whether to use ANTHROPIC_API_KEY: attach, and answer";
  }
  for (let folder = cwd; true; folder = dirname(folder)) {
    const project = Object.hasOwn(known.projects, folder) ? known.projects[folder] : undefined;
    if (project?.hasTrustDialogAccepted) return null;
    if (folder === dirname(folder)) break;
  }
  return `Claude Code asks whether you trust ${cwd}: attach, and answer; it remembers`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It is being written, or broken: then Claude Code says so itself.
    return undefined;
  }
}
