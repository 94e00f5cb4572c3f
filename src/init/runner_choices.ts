import { findProgram } from "../host/find_program.ts";
import { PRESET_NAMES, type RunnerConfig } from "../model/config.ts";
import type { Profile } from "../profile/profile.ts";

/** A runner that can be chosen. */
export interface RunnerChoice {
  name: string;
  /** For the person to choose by. */
  about: string;
}

/** What reads a runner's dollars from what it prints. */
const TELLS_USD = ["pi", "claude", "opencode"];

/** The runners that could work here: `auto` and `none`, what is installed, and the config's own. */
export async function runnerChoices({ config, env }: Profile): Promise<RunnerChoice[]> {
  const path = env("PATH") ?? "";
  const installed: string[] = [];
  for (const name of PRESET_NAMES) if (await findProgram(name, path)) installed.push(name);
  const own = Object.keys(config.runners).filter((name) => !PRESET_NAMES.includes(name));
  const first = installed[0] ?? "none is installed";
  return [
    { name: "auto", about: `the first that is installed (now: ${first})` },
    ...installed.map((name) => ({ name, about: "is installed" })),
    ...own.map((name) => ({ name, about: "of your config" })),
    { name: "none", about: "no LLM: only the goals' own rules" },
  ];
}

/** Every name that the config can have for a runner. */
export function runnerNames({ config }: Profile): string[] {
  return [...new Set(["auto", "none", ...PRESET_NAMES, ...Object.keys(config.runners)])];
}

/** Whether a decision by this runner tells what it cost; else a budget in dollars could only hold it. */
export function tellsDollars(name: string, runners: Record<string, RunnerConfig>): boolean {
  const own = Object.hasOwn(runners, name) ? runners[name] : {};
  // A preset's name is that of its output format; any other command prints plain text.
  return TELLS_USD.includes(own.output ?? name);
}
