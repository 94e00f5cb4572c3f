import { pickRunner } from "../decide/pick_runner.ts";
import { findProgram } from "../host/find_program.ts";
import { PRESET_NAMES } from "../model/config.ts";
import type { Profile } from "../profile/profile.ts";

/** A runner that can be chosen. */
export interface RunnerChoice {
  name: string;
  /** For the person to choose by. */
  about: string;
}

/** Formats of output that dollars can be read from. */
const TELLS_USD = ["pi", "claude", "opencode"];

/** The runners that could work here: `auto` and `none`, what is installed, and the config's own. */
export function runnerChoices({ config, env }: Profile): RunnerChoice[] {
  const path = env("PATH") ?? "";
  const installed: string[] = [];
  for (const name of PRESET_NAMES) if (findProgram(name, path)) installed.push(name);
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

/**
 * Name of the runner that would decide, if its decisions do not tell what they cost: a budget in dollars could only hold
 * it. `null`: they do, or nobody would decide.
 */
export async function tellsNoDollars(profile: Profile, runner: string): Promise<string | null> {
  const { runners } = profile.config;
  const picked = await pickRunner({ ...profile, config: { ...profile.config, runner } });
  if (picked.runner === null) return null;
  const { name } = picked.runner;
  // A preset's name is that of its output format; any other command prints plain text.
  const output = Object.hasOwn(runners, name) ? runners[name].output : undefined;
  return TELLS_USD.includes(output ?? name) ? null : name;
}
