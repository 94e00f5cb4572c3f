import type { OutputFormat, RunnerConfig } from "../../model/config.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { customRunner } from "./custom_runner.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import type { Runner } from "./runner.ts";

/** The runners that looop knows, by name, the preferred first. */
export const presets: ReadonlyMap<string, Runner> = new Map(
  [pi, claude, codex, opencode].map((runner) => [runner.name, runner]),
);

/**
 * The runner of this name, with what the config says of it.
 *
 * @throws {Error} where it is no preset and the config gives no command: the config's schema rules that out.
 */
export function runnerNamed(name: string, config: RunnerConfig = {}): Runner {
  const preset = presets.get(name);
  if (config.tick !== undefined) {
    // A preset's name is that of its output format.
    const known = preset ? name as OutputFormat : "text";
    return customRunner(name, config.tick, config.output ?? known);
  }
  if (!preset) throw new Error(`the runner ${name} has no command`);
  return preset;
}
