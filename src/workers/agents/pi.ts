import { join } from "@std/path";
import type { Agent, AgentInput, AgentStart } from "./agent.ts";
import { piSpend } from "./pi_spend.ts";
import { quoteWord } from "./quote_word.ts";

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
    folder: ".pi/agent",
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
