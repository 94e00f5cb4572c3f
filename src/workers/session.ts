import { dirname, join } from "@std/path";
import { systemClock } from "../os/clock.ts";
import { ensureDir, removeFile } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { listProcesses } from "../os/processes.ts";
import { readTextIfPresent } from "../os/read.ts";
import { runTool } from "../os/run_tool.ts";
import { stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import wrapperScript from "../scripts/worker_session.sh" with { type: "text" };
import { noteServer, tmux, tmuxEnv } from "./tmux.ts";

/** A tmux session that waits to begin. */
export interface OpenSession {
  /** Pid of what tmux started in it. */
  pid: number;
  /** When that was started, as `ps` tells it. */
  started: string;
  /** Gives it its environment: with that it begins. */
  begin(env: Environment): Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

const COLUMNS = 200;
const ROWS = 50;
const MOST_TRIES = 20;
/** How long it may take until the environment is taken: the pipe is gone then. */
const TAKES_MS = 10_000;
/**
 * Writes what it reads into a pipe. Open for reading as well, it need not wait for a reader that never comes; it holds
 * the pipe until the session has taken all, or what nobody has read yet would be gone with the last who had it open.
 */
const GIVE = `exec 3<>"$1"; cat >&3; while [ -e "$1" ] && kill -0 "$2" 2>&-; do sleep 0.01; done`;
/** What bash would not take, or has a mind of its own about. */
const BASH_OWN = /^(_|PWD|OLDPWD|SHLVL|UID|EUID|PPID|SHELLOPTS|BASHOPTS|BASH_ARG.*)$/;

/** What a session is opened with. */
export interface SessionRequest {
  name: string;
  /** Where to make the pipe through which it gets its environment. */
  pipe: string;
  /** Arguments of the wrapper. */
  args: string[];
}

/** Opens a session; one of the same name is left from a start that looop did not survive. */
export async function openSession(
  profile: Profile,
  socket: string,
  { name, pipe, args }: SessionRequest,
): Promise<OpenSession> {
  const env = tmuxEnv(profile);
  const wrapper = await writeWrapper(profile);
  await removeFile(pipe);
  const made = await runTool({ argv: ["mkfifo", "-m", "600", "--", pipe], env });
  if (made.code !== 0) throw new UserError(`cannot open the session ${name}: ${made.stderr}`);
  const close = async () => void await tmux(profile, socket, ["kill-session", "-t", `=${name}`]);
  const { pid, started, server } = await newSession(
    profile,
    socket,
    name,
    [wrapper, ...args],
    close,
  );
  await noteServer(profile, { socket, pid: server });
  return {
    pid,
    started,
    async begin(session) {
      const entries = Object.entries(session)
        .filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !BASH_OWN.test(name))
        .map(([name, value]) => `${name}=${value}\0`);
      const given = await runTool({
        argv: ["bash", "-p", "-c", GIVE, "looop", pipe, `${pid}`],
        env,
        stdin: `${entries.join("")}\0`,
        timeoutMs: TAKES_MS,
      });
      if (given.code === 0 && stat(pipe) === null) return;
      throw new UserError(`cannot open the session ${name}: it takes no environment`);
    },
    close,
  };
}

/**
 * Has tmux open a session, in place of one of the same name. Again where that came to nothing: a server whose last
 * session was just closed listens on for a moment; and a tmux that was started by a looop which was killed may close
 * this session still, or open one of its name.
 */
async function newSession(
  profile: Profile,
  socket: string,
  name: string,
  script: string[],
  close: () => Promise<void>,
): Promise<{ pid: number; started: string; server: number }> {
  for (let again = 0;; again++) {
    await close();
    // deno-fmt-ignore
    const { code, stdout, stderr } = await tmux(profile, socket, [
      "new-session", "-d", "-s", name, "-x", `${COLUMNS}`, "-y", `${ROWS}`,
      "-c", profile.paths.dataDir, "-P", "-F", "#{pane_pid} #{pid}", "bash", "-p", ...script,
    ]);
    const [pid, server] = stdout.split(" ").map(Number);
    const process = code === 0 ? (await listProcesses(profile.environment)).get(pid) : undefined;
    if (process) return { pid, started: process.started, server };
    const passes = code === 0 || /server exited|lost server|duplicate session/.test(stderr);
    if (!passes || again === MOST_TRIES) {
      const why = stderr || stdout || "it ended at once";
      throw new UserError(`cannot open the session ${name} in tmux: ${why}`);
    }
    await systemClock.sleep(50);
  }
}

async function writeWrapper({ paths }: Profile): Promise<string> {
  const path = join(dirname(paths.shim), "worker");
  if (await readTextIfPresent(path) !== wrapperScript) {
    ensureDir(dirname(path));
    // Those that run go on with the file that they have open.
    await replaceFile(path, wrapperScript, { mode: 0o700 });
  }
  return path;
}
