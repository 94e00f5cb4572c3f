import { dirname, isAbsolute, join } from "@std/path";
import { type Environment, ownUid } from "../os/env.ts";
import { poll } from "../os/clock.ts";
import { ensurePrivateDir } from "../os/dirs.ts";
import { listProcesses } from "../os/processes.ts";
import { readTextIfPresent } from "../os/read.ts";
import { findProgram, runTool, type ToolResult } from "../os/run_tool.ts";
import { kindAt } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { type TmuxServer, tmuxServerSchema } from "../schema/worker.ts";

/** A session of the profile's tmux server. */
export interface Session {
  /** Unique while the server lives: `$3`. */
  id: string;
  name: string;
  /** Pid of the process that tmux started in it. */
  pid: number;
  /** That process has ended. */
  dead: boolean;
  /** Its exit status, 128 + n for signal n; `null`: it is alive, or this tmux does not report it. */
  exitCode: number | null;
}

const FORMAT =
  "#{session_id}|#{session_name}|#{pane_pid}|#{pane_dead}|#{pane_dead_status}|#{pane_dead_signal}";
/** The path of a socket has at most 103 bytes on macOS, 107 on Linux. */
const MAX_SOCKET = 100;
const REVIVE_MS = 1000;

/**
 * Lists the sessions of the profile's own tmux server; `null` where it is not running.
 *
 * @throws {UserError} where it is running but does not answer.
 */
export async function listSessions(profile: Profile): Promise<Session[] | null> {
  const server = await readServer(profile);
  if (!server) return null;
  const list = () => tmux(profile, server.socket, ["list-sessions", "-F", FORMAT]);
  let result = await list();
  if (isGone(result)) {
    const process = (await listProcesses(profile.environment)).get(server.pid);
    if (!process?.line.includes(server.socket)) return null;
    // Without its directory the server is out of reach for ever: its workers are orphaned, and a new one takes its place.
    if (!await reviveSocket(profile, server)) return null;
    result = await list();
  }
  if (result.code === 0) return result.stdout.split("\n").flatMap(parseSession);
  throw new UserError(
    `cannot list the sessions of tmux at ${server.socket} (pid ${server.pid}): ` +
      (result.stderr || `exit status ${result.code}`),
  );
}

/**
 * Prepares the profile's tmux server and returns its socket. The first session starts the server, which ends with the last
 * one. The caller holds the workers lock.
 *
 * @throws {UserError} where tmux is missing, or there is no safe directory for its socket.
 */
export async function prepareTmux(profile: Profile): Promise<string> {
  requireProgram(profile, "tmux", "apt install tmux, dnf install tmux, or brew install tmux");
  if (await listSessions(profile) !== null) return await socketOf(profile);
  const socket = await placeSocket(profile);
  await ensurePrivateDir(dirname(socket), tmuxEnv(profile));
  await replaceFile(configFile(profile), TMUX_CONFIG, { durable: false });
  return socket;
}

/** @throws {UserError} where a program is missing; it names the command that installs it. */
export function requireProgram({ env }: Profile, program: string, install: string): void {
  if (findProgram(program, env("PATH") ?? "") !== null) return;
  throw new UserError(`cannot open a session: ${program} is not installed; ${install}`);
}

/** Records the server in which a session was opened. */
export async function noteServer({ paths }: Profile, server: TmuxServer): Promise<void> {
  const path = join(paths.own, "tmux.json");
  const text = JSON.stringify(server) + "\n";
  if (await readTextIfPresent(path) !== text) await replaceFile(path, text);
}

/** Runs one tmux command on the profile's server. */
export async function tmux(
  profile: Profile,
  socket: string,
  args: string[],
  { stdin }: { stdin?: string } = {},
): Promise<ToolResult> {
  return await runTool({
    argv: tmuxArgv(profile, socket, args),
    stdin,
    env: tmuxEnv(profile),
    // The server keeps this directory; each session gets its own.
    cwd: profile.paths.dataDir,
  });
}

/** The command line of one tmux command on the server at `socket`. */
export function tmuxArgv(profile: Profile, socket: string, args: string[]): string[] {
  return ["tmux", "-S", socket, "-f", configFile(profile), ...args];
}

/** The environment that tmux needs: not `TMUX`, nor what later sessions would inherit. */
export function tmuxEnv({ environment }: Profile): Environment {
  const needed = Object.entries(environment).filter(([name]) =>
    /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|LANG|LC_.*)$/.test(name)
  );
  return { PATH: "/usr/bin:/bin", ...Object.fromEntries(needed) };
}

/** The socket of the profile's tmux server. */
export async function socketOf(profile: Profile): Promise<string> {
  return (await readServer(profile))?.socket ?? await placeSocket(profile);
}

function configFile({ paths }: Profile): string {
  return join(paths.own, "tmux.conf");
}

async function readServer({ paths }: Profile): Promise<TmuxServer | null> {
  const path = join(paths.own, "tmux.json");
  return await parseFile(path, tmuxServerSchema, "Delete it if no worker is running.");
}

async function placeSocket({ env, paths }: Profile): Promise<string> {
  const name = join(`looop-${ownUid()}`, (await sha256Hex(paths.dataDir)).slice(0, 8));
  const fits = (dir: string) =>
    isAbsolute(dir) &&
    new TextEncoder().encode(join(dir, name)).length <= MAX_SOCKET &&
    kindAt(dir) === "a directory";
  for (const dir of [env("XDG_RUNTIME_DIR"), env("TMPDIR")]) {
    if (dir !== undefined && fits(dir)) return join(dir, name);
  }
  return join("/tmp", name);
}

const GONE =
  /^no server running on |^(server exited|lost server)|\((No such file or directory|Not a directory|Connection refused)\)$/;

/** The server is not running, or it ended while tmux spoke to it. */
function isGone({ code, stderr }: ToolResult): boolean {
  return code !== 0 && GONE.test(stderr);
}

/**
 * A cleaner of temporary directories may have removed the socket, or the system that of a user who logged out: on USR1
 * the server creates it again.
 *
 * @returns `false` if its directory cannot be made again.
 */
async function reviveSocket(profile: Profile, { socket, pid }: TmuxServer): Promise<boolean> {
  const env = tmuxEnv(profile);
  try {
    await ensurePrivateDir(dirname(socket), env);
  } catch (error) {
    if (kindAt(dirname(dirname(socket))) !== "a directory") return false;
    throw error;
  }
  await runTool({ argv: ["bash", "-p", "-c", `kill -s USR1 ${pid}`], env });
  const isBack = () => kindAt(socket) !== "nothing" || null;
  await poll(profile.clock, isBack, { everyMs: 20, timeoutMs: REVIVE_MS });
  return true;
}

function parseSession(line: string): Session[] {
  const [id, name, pid, dead, status, signal] = line.split("|");
  if (pid === undefined) return [];
  const exitCode = signal ? 128 + Number(signal) : status ? Number(status) : null;
  return [{
    id,
    name,
    pid: Number(pid),
    dead: dead === "1",
    exitCode: dead === "1" ? exitCode : null,
  }];
}

/** Configuration of a profile's tmux server; `-q` skips an option that an older tmux lacks. */
const TMUX_CONFIG = `set -g remain-on-exit on
set -g default-terminal tmux-256color
set -sq extended-keys on
set -s escape-time 10
set -g history-limit 20000
set -g mouse on
set -gq allow-rename off
set -gq window-size latest
set -g update-environment ''
set -g prefix None
set -g prefix2 None
bind -n 'C-\\' switch-client -T looop
bind -T looop 'C-\\' detach-client
set -g status-left ' #{s/^looop-//:session_name} '
set -g status-left-length 66
set -g status-right 'Ctrl-\\ Ctrl-\\ leaves it running '
set -g status-right-length 40
set -g window-status-format ''
set -g window-status-current-format ''
`;
