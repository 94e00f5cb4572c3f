import { join } from "@std/path";
import { askToSetUp, type NotReady } from "../inbox/setup_asks.ts";
import { ANY_RUNNER, setUpCommand } from "../schema/ask.ts";
import { lock } from "../os/lock.ts";
import { poll } from "../os/clock.ts";
import { readTextIfPresent } from "../os/read.ts";
import { findProgram, runInTerminal, runTool } from "../os/run_tool.ts";
import { realPath } from "../os/stat.ts";
import { runnerEnv } from "../profile/child_env.ts";
import { seededSetupGoal } from "../profile/ensure.ts";
import type { Profile } from "../profile/profile.ts";
import { PRESET_NAMES } from "../schema/config.ts";
import type { DecideError } from "../schema/decision.ts";
import { UserError } from "../schema/errors.ts";
import { agentNamed } from "./agents/presets.ts";
import { profileEnv, writeShim } from "./env.ts";
import { openSession } from "./session.ts";
import { listSessions, prepareTmux, socketOf, tmux, tmuxArgv, tmuxEnv } from "./tmux.ts";

/** How often it is checked whether the user is done. */
const POLL_MS = 500;
/** How long a program that is set up may still write its files. */
const GRACE_MS = 2000;

/** The npm packages of the presets. */
const PACKAGES: Record<string, string> = {
  claude: "@anthropic-ai/claude-code",
  codex: "@openai/codex",
  opencode: "opencode-ai",
  pi: "@mariozechner/pi-coding-agent",
};

/** The command that installs the program of a preset. */
export function installCommand(runner: string): string {
  return `npm install -g ${PACKAGES[runner]}`;
}

/**
 * Returns that the program of decisions is not installed, where the user has named it, or the goal `setup` waits for one;
 * `null` if it is installed, or none is needed.
 */
export async function findAbsent(profile: Profile): Promise<NotReady | null> {
  const { config: { runner, runners }, paths } = profile;
  if (runner !== ANY_RUNNER) {
    const isMissing = runners[runner]?.tick === undefined && isAbsent(profile, runner);
    return isMissing ? notInstalled(runner) : null;
  }
  if (PRESET_NAMES.some((name) => !isAbsent(profile, name))) return null;
  const aim = seededSetupGoal();
  const goal = await readTextIfPresent(join(paths.goals, "setup.md"));
  if (aim === undefined || !goal?.includes(`\ngoal: ${aim}\n`)) return null;
  const why =
    `no LLM runner is installed; ${installCommand("claude")} installs one, or choose rules ` +
    "alone with looop init";
  return { runner: ANY_RUNNER, why };
}

/** Reports whether a runner is a preset whose program is not on PATH. */
function isAbsent(profile: Profile, runner: string): boolean {
  return PRESET_NAMES.some((name) => name === runner) &&
    !findProgram(runner, profile.env("PATH") ?? "");
}

function notInstalled(runner: string): NotReady {
  return { runner, why: `${runner} is not installed; ${installCommand(runner)} installs it` };
}

/**
 * Returns what keeps a runner's program from working; `null` if nothing does, or if its own command is in the config.
 *
 * @param use decisions only need a login; workers also need answers to all questions that the program asks at its start
 */
export async function findNotReady(
  profile: Profile,
  runner: string,
  use: "decisions" | "workers",
): Promise<NotReady | null> {
  const { runners } = profile.config;
  const own = Object.hasOwn(runners, runner) ? runners[runner] : undefined;
  const command = use === "decisions" ? own?.tick : own?.worker;
  if (command !== undefined || !PRESET_NAMES.some((name) => name === runner)) return null;
  if (isAbsent(profile, runner)) return notInstalled(runner);
  const obstacle = await agentNamed(runner).findObstacle?.(
    await agentDir(profile),
    profile.environment,
  );
  if (!obstacle || (use === "decisions" && !obstacle.decides)) return null;
  return { runner, why: obstacle.why };
}

/**
 * The same for the runner of workers, if there is one.
 *
 * @param asked Default: that of the config
 */
export async function findWorkerNotReady(
  profile: Profile,
  asked = profile.config.worker_runner,
): Promise<NotReady | null> {
  const runner = asked === ANY_RUNNER
    ? PRESET_NAMES.find((name) => !isAbsent(profile, name))
    : asked;
  return runner === undefined ? null : await findNotReady(profile, runner, "workers");
}

/**
 * Asks the user to set up the program of a failed decision, if that is what it lacks. Such a failure counts as refused
 * credentials: an attempt to reach the provider without any may end in anything.
 *
 * @returns the error, with the command that helps
 */
export async function explainFailure(
  profile: Profile,
  runner: string,
  error: DecideError,
): Promise<DecideError> {
  if (!["auth", "model", "timeout"].includes(error.kind)) return error;
  const missing = await findNotReady(profile, runner, "decisions");
  if (missing) {
    await askToSetUp(profile, missing);
    return { kind: "auth", message: `${missing.why}; run ${setUpCommand(missing)}` };
  }
  if (error.kind !== "auth" || !PRESET_NAMES.some((name) => name === runner)) return error;
  if (profile.config.runners[runner]?.tick !== undefined) return error;
  await askToSetUp(profile, { runner, why: error.message }, true);
  return error;
}

/** The directory that agents work in: trust in it includes its subdirectories. */
async function agentDir({ paths }: Profile): Promise<string> {
  return await realPath(paths.dataDir) ?? paths.dataDir;
}

function sessionOf(runner: string): string {
  // Distinct from the sessions of workers, which begin with `looop-`.
  return `looop_setup_${runner}`;
}

/**
 * Opens the program in a tmux session, where the user answers its questions, unless it is open already.
 *
 * @returns the command line that attaches a terminal to it
 */
export async function openSetUp(profile: Profile, runner: string): Promise<string[]> {
  const { paths } = profile;
  using _ = await lock(paths.workersLock);
  const socket = await prepareTmux(profile);
  const name = sessionOf(runner);
  const sessions = await listSessions(profile) ?? [];
  if (!sessions.some((session) => session.name === name && !session.dead)) {
    await writeShim(profile);
    const pipe = join(paths.own, `setup.${runner}.start`);
    await openSession(profile, socket, {
      name,
      pipe,
      args: ["setup", pipe, agentNamed(runner).setUpCommand ?? runner],
      begin: () => profileEnv(profile),
    });
    // The terminal returns to looop when the user leaves the program.
    await tmux(profile, socket, ["set-option", "-w", "-t", `=${name}:`, "remain-on-exit", "off"]);
  }
  return tmuxArgv(profile, await socketOf(profile), ["attach-session", "-E", "-t", `=${name}`]);
}

/**
 * Attaches the terminal to the program until it is ready, the user leaves it, or the user detaches. Then its session is
 * closed, except after detaching.
 *
 * @returns what it still lacks; `null` if nothing
 */
export async function attachSetUp(
  profile: Profile,
  runner: string,
  signal: AbortSignal,
): Promise<NotReady | null> {
  const missing = () => findNotReady(profile, runner, "workers");
  // One that is opened although it is ready stays open until the user leaves it.
  const closesItself = await missing() !== null;
  const argv = await openSetUp(profile, runner);
  const left = new AbortController();
  const watching = !closesItself ? null : poll(
    profile.clock,
    async () => await missing() === null || null,
    { everyMs: POLL_MS, signal: AbortSignal.any([left.signal, signal]) },
  ).then(async (ready) => {
    if (!ready || left.signal.aborted) return;
    await profile.clock.sleep(GRACE_MS, left.signal);
    await closeSetUp(profile, runner);
  });
  await runInTerminal(argv, tmuxEnv(profile));
  left.abort();
  await watching;
  const still = await missing();
  if (still === null) await closeSetUp(profile, runner);
  return still;
}

async function closeSetUp(profile: Profile, runner: string): Promise<void> {
  const target = `=${sessionOf(runner)}`;
  await tmux(profile, await socketOf(profile), ["kill-session", "-t", target]);
}

/**
 * Prepares a runner's program for a job that no user attends.
 *
 * @throws {UserError} if it cannot be prepared: with what the job's author has to do.
 */
export async function prepareForJob(profile: Profile, { runner, why }: NotReady): Promise<void> {
  const cwd = await agentDir(profile);
  const refuse = (remedy: string) =>
    new UserError(`cannot run unattended: ${why}; ${remedy}, or choose another runner`);
  if (isAbsent(profile, runner)) throw refuse("install it in an earlier step");
  const prepared = await agentNamed(runner).prepare?.(cwd, profile.environment) ??
    { refused: `set ${runner} up in an earlier step` };
  if ("refused" in prepared) throw refuse(prepared.refused);
  const { script, argument, stdin } = prepared;
  const { code, stderr } = await runTool({
    argv: ["bash", "-p", "-c", script, "looop", argument],
    env: runnerEnv(profile, runner),
    stdin,
  });
  if (code !== 0) throw refuse(`preparing it failed: ${stderr || `status ${code}`}`);
  const left = await findNotReady(profile, runner, "workers");
  if (left) throw refuse(`it still lacks something: ${left.why}`);
}
