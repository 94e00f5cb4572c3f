import { join } from "@std/path";
import { lock, lockHolder } from "../os/lock.ts";
import { runTool } from "../os/run_tool.ts";
import { fileAge } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { profileEnv, writeShim } from "./env.ts";
import { type OpenSession, openSession } from "./session.ts";
import { listSessions, prepareTmux, socketOf, tmux, tmuxEnv } from "./tmux.ts";

/** No worker's session can have this name: they all begin with `looop-`. */
export const PULSE_SESSION = "looop_pulse";

const POLL_MS = 100;
const LOOK_MS = 1000;
/** What the pulse says of a tick that threw, and nothing else it says. */
const FAILED = /^looop: trying again in /m;

/** What {@linkcode startPulse} came to. */
export interface PulseStart {
  pid: number;
  /** The first tick is over; `false`: it failed, or still goes on, as it does while a runner decides. */
  ticked: boolean;
  /** Where the first tick is not over: what the pulse's terminal shows. */
  said: string;
}

/**
 * Starts the pulse in a tmux session of its own, and waits for its first tick.
 *
 * @param waitMs how long to wait for that. Default: a minute
 * @throws {UserError} where a pulse runs already, or this one ended at once: with what it said.
 */
export async function startPulse(profile: Profile, waitMs = 60_000): Promise<PulseStart> {
  const { paths, clock } = profile;
  const begun = clock.now().getTime();
  const { socket, session } = await openPulse(profile, waitMs);
  const { pid } = session;
  for (let ms = 0; ms < waitMs; ms += POLL_MS) {
    const age = fileAge(paths.lastTick, clock.now().getTime());
    if (age !== null && clock.now().getTime() - age >= begun) {
      return { pid, ticked: true, said: "" };
    }
    if (await hasEnded(profile, pid)) {
      const said = await screenOf(profile, socket);
      await session.close();
      throw new UserError(`the pulse ended before its first tick:\n${said}`);
    }
    if (ms % LOOK_MS === 0) {
      const said = await screenOf(profile, socket);
      if (FAILED.test(said)) return { pid, ticked: false, said };
    }
    await clock.sleep(POLL_MS);
  }
  return { pid, ticked: false, said: await screenOf(profile, socket) };
}

/**
 * Opens the session, and holds the workers lock until the pulse has its own: a second `looop up` would close the
 * session. No longer, since a tick may want that lock.
 */
async function openPulse(
  profile: Profile,
  waitMs: number,
): Promise<{ socket: string; session: OpenSession }> {
  const { paths, clock } = profile;
  using _ = await lock(paths.workersLock);
  const holder = await lockHolder(paths.pulseLock);
  if (holder !== null) {
    throw new UserError(`a pulse runs on ${paths.dataDir} already (pid ${holder.trim()})`);
  }
  const socket = await prepareTmux(profile);
  await writeShim(profile);
  const pipe = join(paths.own, "pulse.start");
  const session = await openSession(profile, socket, {
    name: PULSE_SESSION,
    pipe,
    args: ["pulse", pipe],
  });
  try {
    // New asks become windows in the person's own tmux, if looop was called there.
    const tmuxOfPerson = profile.env("TMUX");
    await session.begin({
      ...profileEnv(profile),
      ...(tmuxOfPerson === undefined ? {} : { TMUX: tmuxOfPerson }),
    });
  } catch (error) {
    await session.close();
    throw error;
  }
  for (let ms = 0; ms < waitMs; ms += POLL_MS) {
    if (await lockHolder(paths.pulseLock) !== null || await hasEnded(profile, session.pid)) break;
    await clock.sleep(POLL_MS);
  }
  return { socket, session };
}

/**
 * Stops the pulse, wherever it runs, and ends its session.
 *
 * @param waitMs how long it may take to stop. Default: 20 seconds
 * @returns `false` where none ran.
 * @throws {UserError} where it does not stop.
 */
export async function stopPulse(profile: Profile, waitMs = 20_000): Promise<boolean> {
  const { paths, clock } = profile;
  const pid = (await lockHolder(paths.pulseLock))?.trim() ?? "";
  if (/^\d+$/.test(pid)) {
    const argv = ["bash", "-p", "-c", `kill -s TERM "$1"`, "looop", pid];
    await runTool({ argv, env: tmuxEnv(profile) });
  }
  for (let ms = 0; await lockHolder(paths.pulseLock) !== null; ms += POLL_MS) {
    if (ms >= waitMs) throw new UserError(`the pulse (pid ${pid}) does not stop: kill -9 ${pid}`);
    await clock.sleep(POLL_MS);
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
