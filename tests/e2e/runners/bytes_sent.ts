import type { Runner } from "../../../src/decide/runners/runner.ts";
import { driveRunner } from "./drive_runner.ts";
import { runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { startModelServer } from "./model_server.ts";

const prompt = "Decide one move. Reply JSON.";
const system = "You decide.";

/** How each program is run by who knows none of its flags. */
const plain: Record<string, string[]> = {
  pi: ["pi", "-p", "--mode", "json"],
  claude: ["claude", "-p", "--output-format", "stream-json", "--verbose"],
  codex: ["codex", "exec", "--json", "--skip-git-repo-check", "-"],
  opencode: ["opencode", "run", "--format", "json"],
};

/** What may reach the model beyond the prompt: a share of what the program sends by default, or bytes. */
export const MOST_BYTES: Readonly<Record<string, { share: number } | { bytes: number }>> = {
  pi: { share: 0.10 },
  claude: { share: 0.02 },
  // Measured 1,686, nearly all of it ids that Codex sends beside the prompt; 10 % added.
  codex: { bytes: 1_860 },
  // Measured 512 with a directory of 60 characters, which is in it; 10 % added, and room for the path.
  opencode: { bytes: 610 },
};

/** Bytes that reach the model beyond the prompt from an installed program as looop runs it. */
export async function bytesSent(runner: Runner): Promise<number> {
  return await bytesBeyond(prompt.length + system.length, runner);
}

/** The same from the program as it is run by who knows none of its flags. */
export async function bytesByDefault(runner: Runner): Promise<number> {
  const start = () => ({ argv: plain[runner.name], env: {} });
  return await bytesBeyond(prompt.length, { ...runner, start });
}

async function bytesBeyond(own: number, runner: Runner): Promise<number> {
  await using server = startModelServer();
  await using home = await runnerHome(server, { binDirs: [runnersBin] });
  const { result: { error } } = await driveRunner(runner, home, { prompt, system });
  if (error !== null) throw new Error(`${runner.name} failed: ${error.message}`);
  return server.requests.reduce((sum, { bytes }) => sum + bytes, 0) - own;
}
