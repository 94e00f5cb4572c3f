import { findProgram } from "../host/find_program.ts";
import { PRESET_NAMES } from "../model/config.ts";
import type { Profile } from "../profile/profile.ts";
import type { Runner } from "./runners/runner.ts";

/** The runner that decides, or why there is none. */
export type Picked = { runner: Runner } | { runner: null; why: string };

/** Picks the runner that the config names; `auto` takes the first preset that is installed. */
export async function pickRunner(profile: Profile): Promise<Picked> {
  const { config, env } = profile;
  const path = env("PATH") ?? "";
  if (config.runner === "none") return { runner: null, why: `the config says "runner": "none"` };
  if (config.runner === "auto") {
    for (const name of PRESET_NAMES) {
      if (findProgram(name, path)) return { runner: await load(profile, name) };
    }
    return {
      runner: null,
      why: `no LLM runner is installed (looked for ${PRESET_NAMES.join(", ")} on PATH)`,
    };
  }
  const name = config.runner;
  const ownCommand = config.runners[name]?.tick !== undefined;
  if (!ownCommand && !findProgram(name, path)) {
    return { runner: null, why: `the runner ${name} is not on PATH` };
  }
  return { runner: await load(profile, name) };
}

async function load({ config }: Profile, name: string): Promise<Runner> {
  const { runnerNamed } = await import("./runners/presets.ts");
  return runnerNamed(name, config.runners[name]);
}
