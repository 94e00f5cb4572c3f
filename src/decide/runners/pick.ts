import { findProgram } from "../../os/run_tool.ts";
import type { Profile } from "../../profile/profile.ts";
import { PRESET_NAMES } from "../../schema/config.ts";

/**
 * Returns the name of the runner that decides, with `auto` the first preset that is installed, or why there is none. It
 * loads no runner: the status is read often.
 *
 * @param name default: as in the config
 */
export function pickRunnerName(
  { config: { runners, runner }, env }: Profile,
  name = runner,
): { name: string } | { name: null; why: string } {
  const path = env("PATH") ?? "";
  if (name === "none") return { name: null, why: `the config says "runner": "none"` };
  if (name === "auto") {
    const first = PRESET_NAMES.find((preset) => findProgram(preset, path));
    if (first !== undefined) return { name: first };
    const why = `no LLM runner is installed (looked for ${PRESET_NAMES.join(", ")} on PATH)`;
    return { name: null, why };
  }
  return runners[name]?.tick !== undefined || findProgram(name, path)
    ? { name }
    : { name: null, why: `the runner ${name} is not on PATH` };
}
