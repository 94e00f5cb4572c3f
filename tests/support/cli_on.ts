import { runCli } from "../../src/cli/main.ts";
import { memoryTerminal } from "./memory_terminal.ts";
import type { TempProfile } from "./temp_profile.ts";

/** What a command line gave. */
export interface CliEnd {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line on a temporary profile, without a terminal. */
export async function cliOn(
  profile: TempProfile | null,
  args: string[],
  { input = "", signal = new AbortController().signal } = {},
): Promise<CliEnd> {
  const terminal = memoryTerminal({ input });
  const where = profile
    ? {
      dataDir: profile.paths.dataDir,
      configPath: profile.configPath,
      environment: profile.environment,
      clock: profile.clock,
    }
    // No test may come near the real profile.
    : { environment: {} };
  const status = await runCli(args, terminal, signal, where);
  return { status, stdout: terminal.stdout, stderr: terminal.stderr };
}
