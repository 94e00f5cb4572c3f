import { join } from "@std/path";
import { lock, lockHolder } from "../os/lock.ts";
import { poll } from "../os/clock.ts";
import { runTool } from "../os/run_tool.ts";
import { fileAge } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { profileEnv, writeShim } from "./env.ts";
import { openSession } from "./session.ts";
import { listSessions, prepareTmux, socketOf, tmux, tmuxEnv } from "./tmux.ts";

/** Distinct from the sessions of workers, which begin with `looop-`. */
export const PULSE_SESSION = "looop_pulse";

const POLL_MS = 200;
/** How long the first tick may take before `startPulse` returns. */
const START_MS = 60_000;
/** How long a pulse may take to stop. */
const STOP_MS = 20_000;
/** Matches only what the pulse prints after a tick that threw. */
const FAILED = /^looop: retrying in /m;

/** The result of {@linkcode startPulse}. */
export interface PulseStart {
  pid: number;
  /** The first tick has ended; `false`: it failed, or is still running, such as while a runner decides. */
  ticked: boolean;
  /** Unless the first tick has ended: what the pulse's terminal shows. */
  screen: string;
}

/**
 * Starts the pulse in a tmux session of its own, and waits up to a minute for its first tick.
 *
 * @throws {UserError} where a pulse is already running, or this one ended before its first tick: with its output.
 */
export async function startPulse(profile: Profile): Promise<PulseStart> {
  const { paths, clock } = profile;
  const begun = clock.now().getTime();
  const { socket, pid, close } = await openPulse(profile);
  let screen = "";
  const ticked = await poll(clock, async () => {
    const age = fileAge(paths.lastTick, 0);
    if (age !== null && -age >= begun) return true;
    const ended = await hasEnded(profile, pid);
    screen = await screenOf(profile, socket);
    if (!ended) return FAILED.test(screen) ? false : null;
    await close();
    throw new UserError(`the pulse ended before its first tick:\n${screen}`);
  }, { everyMs: POLL_MS, timeoutMs: START_MS });
  return ticked ? { pid, ticked, screen: "" } : { pid, ticked: false, screen };
}

/**
 * Opens the session. It holds the workers lock until the pulse holds its own, because a second `looop up` would close the
 * session; no longer, because a tick needs the workers lock.
 */
async function openPulse(
  profile: Profile,
): Promise<{ socket: string; pid: number; close(): Promise<void> }> {
  const { paths, clock } = profile;
  using _ = await lock(paths.workersLock);
  const holder = await lockHolder(paths.pulseLock);
  if (holder !== null) {
    throw new UserError(
      `cannot start a pulse: one is running on ${paths.dataDir} already (pid ${holder.trim()})`,
    );
  }
  const socket = await prepareTmux(profile);
  await writeShim(profile);
  const pipe = join(paths.own, "pulse.start");
  // The pulse opens windows for new asks in the user's own tmux, if looop was called there.
  const userTmux = profile.env("TMUX");
  const session = await openSession(profile, socket, {
    name: PULSE_SESSION,
    pipe,
    args: ["pulse", pipe],
    begin: () => ({
      ...profileEnv(profile),
      ...(userTmux === undefined ? {} : { TMUX: userTmux }),
    }),
  });
  await poll(
    clock,
    async () =>
      await lockHolder(paths.pulseLock) !== null || await hasEnded(profile, session.pid) || null,
    { everyMs: POLL_MS, timeoutMs: START_MS },
  );
  return { socket, ...session };
}

/**
 * Stops the pulse, in whichever terminal it is running, and closes its session.
 *
 * @returns `false` where no pulse was running.
 * @throws {UserError} where it does not stop within 20 seconds.
 */
export async function stopPulse(profile: Profile): Promise<boolean> {
  const { paths, clock } = profile;
  const pid = (await lockHolder(paths.pulseLock))?.trim() ?? "";
  if (/^\d+$/.test(pid)) {
    const argv = ["bash", "-p", "-c", `kill -s TERM "$1"`, "looop", pid];
    await runTool({ argv, env: tmuxEnv(profile) });
  }
  const isStopped = async () => await lockHolder(paths.pulseLock) === null || null;
  if (!await poll(clock, isStopped, { everyMs: POLL_MS, timeoutMs: STOP_MS })) {
    throw new UserError(`cannot stop the pulse: it did not end in time; kill -9 ${pid}`);
  }
  const session = (await listSessions(profile))?.find(({ name }) => name === PULSE_SESSION);
  if (session) await tmux(profile, await socketOf(profile), ["kill-session", "-t", session.id]);
  return pid !== "";
}

async function hasEnded(profile: Profile, pid: number): Promise<boolean> {
  const sessions = await listSessions(profile);
  return !sessions?.some((session) => session.pid === pid && !session.dead);
}

async function screenOf(profile: Profile, socket: string): Promise<string> {
  const target = ["-t", `=${PULSE_SESSION}:`];
  const { stdout } = await tmux(profile, socket, ["capture-pane", "-p", "-S", "-50", ...target]);
  return stdout.replace(/^Pane is dead.*$/m, "").trim();
}
