import { join } from "@std/path";
import * as z from "zod/mini";
import type { Agent, AgentInput, AgentStart, Spend } from "./agent.ts";
import { findPiObstacle, preparePi } from "./obstacles.ts";
import { addKnown, limitIn, RecordReader, sumSpend } from "./usage.ts";
import { quoteWords } from "../../schema/text.ts";

/**
 * pi. It takes the prompt as a file of any length, shows no dialog when it starts, and has no permission system: it does
 * whatever its user may do.
 */
export const pi: Agent = {
  name: "pi",
  costIsKnown: true,
  needsNetwork: true,
  state: [{
    variable: "PI_CODING_AGENT_DIR",
    dir: ".pi/agent",
    files: ["auth.json", "models.json", "settings.json", "AGENTS.md"],
  }],
  start: (input) => command(input, `@${input.promptFile}`, "Do the task that this file describes."),
  resume: async (input) =>
    (await sessionFiles(input.workerDir)).length === 0
      ? null
      : command(input, "--continue", input.message),
  readSpend: piSpend,
  findObstacle: findPiObstacle,
  prepare: preparePi,
  // The names begin with the time.
  readLimit: async (workerDir) =>
    limitIn(
      (await sessionFiles(workerDir)).at(-1),
      entry,
      ({ timestamp: at, message }) => ({
        at,
        error: message.stopReason === "error" ? { message: message.errorMessage ?? "" } : null,
      }),
    ),
};

function command({ workerDir, model }: AgentInput, ...more: string[]): AgentStart {
  const options = ["--session-dir", sessionsIn(workerDir), ...(model ? ["--model", model] : [])];
  return { command: quoteWords("pi", ...options, ...more) };
}

function sessionsIn(workerDir: string): string {
  return join(workerDir, "pi-sessions");
}

/** The files of its sessions, oldest first. */
function sessionFiles(workerDir: string, reader = new RecordReader()): Promise<string[]> {
  return reader.list(sessionsIn(workerDir));
}

const entry = z.object({
  type: z.literal("message"),
  timestamp: z.string(),
  message: z.object({
    stopReason: z.nullish(z.string()),
    errorMessage: z.nullish(z.string()),
  }),
});

const answer = z.object({
  type: z.literal("message"),
  id: z.string(),
  timestamp: z.string(),
  message: z.object({
    role: z.literal("assistant"),
    model: z.nullish(z.string()),
    usage: z.object({
      input: z.nullish(z.number()),
      output: z.nullish(z.number()),
      cacheRead: z.nullish(z.number()),
      cacheWrite: z.nullish(z.number()),
      cost: z.nullish(z.object({ total: z.number() })),
    }),
  }),
});

async function piSpend(workerDir: string): Promise<Spend | null> {
  const reader = new RecordReader();
  const paths = await sessionFiles(workerDir, reader);
  // A forked session begins with a copy of the original's messages.
  return await sumSpend(paths, answer, ({ id, timestamp, message: { model, usage } }) => [
    `${id} ${timestamp}`,
    {
      model: model ?? null,
      input_tokens: addKnown(usage.input, usage.cacheRead ?? 0, usage.cacheWrite ?? 0),
      cached_input_tokens: usage.cacheRead ?? 0,
      output_tokens: usage.output ?? null,
      cost_usd: usage.cost?.total ?? null,
    },
  ], reader);
}
