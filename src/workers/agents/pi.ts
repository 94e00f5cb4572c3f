import { join } from "@std/path";
import * as z from "zod/mini";
import { listDir } from "../../os/dirs.ts";
import { type Agent, type AgentInput, type AgentStart, quoteWord, type Spend } from "./agent.ts";
import { readJsonLines, type Spent, sumSpend } from "./usage.ts";

/**
 * pi. It takes the prompt as a file of any length, shows no dialog at its first start, and has no permission
 * system: whatever its user may do, it does without asking.
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
  start: (input) =>
    Promise.resolve(
      command(input, [`@${input.promptFile}`, "Do the task that this file describes."]),
    ),
  resume: (input) => Promise.resolve(command(input, ["--continue"])),
  readSpend: (workerDir) => piSpend(sessionsIn(workerDir)),
};

function command({ workerDir, model }: AgentInput, more: string[]): AgentStart {
  const words = [
    ...["pi", "--session-dir", sessionsIn(workerDir)],
    ...(model ? ["--model", model] : []),
    ...more,
  ];
  return { command: words.map(quoteWord).join(" "), env: {}, files: {} };
}

function sessionsIn(workerDir: string): string {
  return join(workerDir, "pi-sessions");
}

const answer = z.object({
  type: z.literal("message"),
  id: z.string(),
  timestamp: z.string(),
  message: z.object({
    role: z.literal("assistant"),
    model: z.nullish(z.string()),
    usage: z.object({
      input: z.number(),
      output: z.number(),
      cacheRead: z._default(z.number(), 0),
      cacheWrite: z._default(z.number(), 0),
      cost: z.nullish(z.object({ total: z.number() })),
    }),
  }),
});

/** What the sessions in a directory of pi's spent. */
export async function piSpend(dir: string): Promise<Spend | null> {
  // A forked session begins with a copy of the other's messages.
  const answers = new Map<string, Spent>();
  for (const { name } of listDir(dir)) {
    if (!name.endsWith(".jsonl")) continue;
    for (const { id, timestamp, message } of await readJsonLines(join(dir, name), answer)) {
      const { usage, model = null } = message;
      answers.set(`${id} ${timestamp}`, {
        model,
        input: usage.input + usage.cacheRead + usage.cacheWrite,
        cached: usage.cacheRead,
        output: usage.output,
        cost: usage.cost?.total ?? null,
      });
    }
  }
  return sumSpend([...answers.values()]);
}
