import { pickRunner } from "../decide/pick_runner.ts";
import { findProgram } from "../host/find_program.ts";
import { realPath } from "../host/real_path.ts";
import { PRESET_NAMES } from "../model/config.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { runnerEnv } from "../profile/runner_env.ts";
import { pickAgent } from "../workers/agents/pick_agent.ts";
import { askVersion } from "./ask_version.ts";
import type { Check, CheckInput } from "./check.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

const INSTALL =
  "npm install -g @anthropic-ai/claude-code, or another of them, or name a command of " +
  "your own under runners in the config (looop help config)";
const NONE = "only the goals' own rules decide, and no worker can start";

/** Looks at which runners are installed, and which the config picks; asks none of them anything. */
export const checkRunners: Check = {
  name: "runners",
  needsConfig: true,
  async run(input) {
    const installed = await Promise.all(PRESET_NAMES.map((name) => look(name, input)));
    const { runner, worker_runner } = input.profile.config;
    const none = installed.flat().length === 0 && runner === "auto" && worker_runner === "auto";
    return none
      ? [warn("runners", `${PRESET_NAMES.join(", ")}: none is on PATH, so ${NONE}`, INSTALL)]
      : [...installed.flat(), await decides(input.profile), await works(input.profile)];
  },
};

async function look(name: string, { profile, signal }: CheckInput): Promise<Finding[]> {
  const path = findProgram(name, profile.env("PATH") ?? "");
  if (path === null) return [];
  const check = `runner ${name}`;
  const answer = await askVersion([name, "--version"], runnerEnv(profile, name), signal);
  if (answer.ok) return [ok(check, `${answer.version} at ${path}`)];
  return [fail(check, `${path} does not run: ${answer.why}`, `${name} --version`)];
}

async function decides(profile: Profile): Promise<Finding> {
  const { runner: asked } = profile.config;
  const picked = await pickRunner(profile);
  if (picked.runner) {
    const how = asked === "auto" ? "auto: the first that is installed" : "as the config says";
    return ok("decisions", `by ${picked.runner.name} (${how})`);
  }
  if (asked === "none") return ok("decisions", `by the goals' own rules alone: ${picked.why}`);
  const found = `only by the goals' own rules: ${picked.why}`;
  return asked === "auto"
    ? warn("decisions", found, INSTALL)
    : fail("decisions", found, `install ${asked}, or give another runner in ${profile.configPath}`);
}

async function works(profile: Profile): Promise<Finding> {
  const { worker_runner: asked, runner } = profile.config;
  try {
    const { agent } = pickAgent(profile);
    const cutOff = profile.config.sandbox !== "none" && agent.needsNetwork &&
      !profile.config.runners[agent.name]?.network;
    const cwd = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
    const obstacle = await agent.findObstacle?.(cwd, profile.environment);
    if (obstacle) {
      return warn(
        "worker runner",
        `no worker can start: ${obstacle}`,
        `cd ${cwd} && ${agent.name}`,
      );
    }
    if (!cutOff) return ok("worker runner", agent.name);
    const found = `${agent.name} has no network in the sandbox, so it cannot reach its model`;
    const fix = `"runners": {"${agent.name}": {"network": true}} in ${profile.configPath}`;
    return warn("worker runner", found, fix);
  } catch (error) {
    const why = messageOf(error);
    if (asked === "none") return ok("worker runner", why);
    if (asked === "auto") return warn("worker runner", why, INSTALL);
    // Most likely nobody named it: a runner that decides is the workers' as well.
    const level = asked === runner ? warn : fail;
    return level("worker runner", why, `give a worker_runner in ${profile.configPath}`);
  }
}
