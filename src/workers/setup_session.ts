import { join } from "@std/path";
import { answerSetUp, type NotReady } from "../inbox/setup_asks.ts";
import { lock } from "../os/lock.ts";
import { poll } from "../os/poll.ts";
import { runInTerminal, runTool } from "../os/run_tool.ts";
import { realPath } from "../os/stat.ts";
import { runnerEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import type { Agent } from "./agents/agent.ts";
import { agentNamed, pickAgent } from "./agents/presets.ts";
import { profileEnv, writeShim } from "./env.ts";
import { openSession } from "./session.ts";
import { listSessions, prepareTmux, socketOf, tmux, tmuxArgv, tmuxEnv } from "./tmux.ts";

/** How often it is checked whether the user is done. */
const POLL_MS = 500;
/** How long a program that is set up may still write its files. */
const GRACE_MS = 2000;

/**
 * Returns what keeps a runner's program from working; `null` where nothing does, or its own command is in the config.
 *
 * @param use `decisions` need a login only, a worker also answers to all that the program asks when it starts
 */
export async function findNotReady(
  profile: Profile,
  runner: string,
  use: "decisions" | "workers",
): Promise<NotReady | null> {
  const { runners } = profile.config;
  const own = Object.hasOwn(runners, runner) ? runners[runner] : undefined;
  if ((use === "decisions" ? own?.tick : own?.worker) !== undefined) return null;
  const obstacle = await agentNamed(runner).findObstacle?.(
    await agentDir(profile),
    profile.environment,
  );
  if (!obstacle || (use === "decisions" && !obstacle.decides)) return null;
  return { runner, why: obstacle.why };
}

/** The same for the runner of workers, if there is one. */
export async function findWorkerNotReady(profile: Profile): Promise<NotReady | null> {
  let agent: Agent;
  try {
    ({ agent } = pickAgent(profile));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return null; // no worker can start anyway, which doctor reports
  }
  return await findNotReady(profile, agent.name, "workers");
}

/** Answers the asks about programs that are ready now; see {@linkcode answerSetUp}. */
export async function closeSetUpAsks(profile: Profile): Promise<string[]> {
  return await answerSetUp(profile, (runner) => findNotReady(profile, runner, "workers"));
}

/** The directory that agents work in: what is trusted includes its subdirectories. */
async function agentDir({ paths }: Profile): Promise<string> {
  return await realPath(paths.dataDir) ?? paths.dataDir;
}

function sessionOf(runner: string): string {
  // Distinct from the sessions of workers, which begin with `looop-`.
  return `looop_setup_${runner}`;
}

/**
 * Opens the program in a session, where the user answers its questions; the session that is open already is kept.
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
  }
  return tmuxArgv(profile, await socketOf(profile), ["attach-session", "-E", "-t", `=${name}`]);
}

/**
 * Attaches the terminal to the program until it is ready or the user detaches; then its session is closed, or left.
 *
 * @returns what it still lacks; `null` if it is ready
 */
export async function attachSetUp(
  profile: Profile,
  runner: string,
  signal: AbortSignal,
): Promise<NotReady | null> {
  const argv = await openSetUp(profile, runner);
  const detached = new AbortController();
  const watching = poll(
    profile.clock,
    async () => await findNotReady(profile, runner, "workers") === null || null,
    { everyMs: POLL_MS, signal: AbortSignal.any([detached.signal, signal]) },
  ).then(async (ready) => {
    if (!ready) return;
    await profile.clock.sleep(GRACE_MS, detached.signal);
    await closeSetUp(profile, runner);
  });
  await runInTerminal(argv, tmuxEnv(profile));
  detached.abort();
  await watching;
  const left = await findNotReady(profile, runner, "workers");
  const session = (await listSessions(profile))?.find(({ name }) => name === sessionOf(runner));
  if (left === null || session?.dead) await closeSetUp(profile, runner);
  return left;
}

async function closeSetUp(profile: Profile, runner: string): Promise<void> {
  const target = `=${sessionOf(runner)}`;
  await tmux(profile, await socketOf(profile), ["kill-session", "-t", target]);
}

/**
 * Prepares a runner's program for a job that no user attends, where it is not ready.
 *
 * @throws {UserError} where it cannot be prepared: with what the job's author has to do.
 */
export async function prepareForJob(profile: Profile, { runner, why }: NotReady): Promise<void> {
  const cwd = await agentDir(profile);
  const refuse = (remedy: string) =>
    new UserError(`cannot run unattended: ${why}; ${remedy}, or choose another runner`);
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
