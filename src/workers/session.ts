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
import giveEnvironment from "../scripts/give_environment.sh" with { type: "text" };
import wrapperScript from "../scripts/worker_session.sh" with { type: "text" };
import { noteServer, tmux, tmuxEnv } from "./tmux.ts";

/** A tmux session that waits for its environment. */
export interface OpenSession {
  /** Pid of the process that tmux started in it. */
  pid: number;
  /** Its start time, as `ps` prints it. */
  started: string;
  /** Sends its environment, with which it starts. */
  begin(env: Environment): Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

const COLUMNS = 200;
const ROWS = 50;
const MAX_TRIES = 20;
/** How long a session may take to read its environment. */
const ENVIRONMENT_MS = 10_000;
/** Variables that bash sets itself, or refuses to set. */
const BASH_OWN = /^(_|PWD|OLDPWD|SHLVL|UID|EUID|PPID|SHELLOPTS|BASHOPTS|BASH_ARG.*)$/;

/**
 * Opens a session. It replaces one of the same name, which is left from a start that crashed.
 *
 * @param request `pipe`: path of the pipe through which it receives its environment; `args`: those of the wrapper
 */
export async function openSession(
  profile: Profile,
  socket: string,
  { name, pipe, args }: { name: string; pipe: string; args: string[] },
): Promise<OpenSession> {
  const env = tmuxEnv(profile);
  const wrapper = await writeWrapper(profile);
  await removeFile(pipe);
  const made = await runTool({ argv: ["mkfifo", "-m", "600", "--", pipe], env });
  if (made.code !== 0) throw new UserError(`cannot open the session ${name}: ${made.stderr}`);
  const close = async () => void await tmux(profile, socket, ["kill-session", "-t", `=${name}`]);
  const script = [wrapper, ...args];
  const { pid, started, server } = await newSession(profile, socket, name, script, close);
  await noteServer(profile, { socket, pid: server });
  return {
    pid,
    started,
    async begin(session) {
      const entries = Object.entries(session)
        .filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !BASH_OWN.test(name))
        .map(([name, value]) => `${name}=${value}\0`);
      const given = await runTool({
        argv: ["bash", "-p", "-c", giveEnvironment, "looop", pipe, `${pid}`],
        env,
        stdin: `${entries.join("")}\0`,
        timeoutMs: ENVIRONMENT_MS,
      });
      if (given.code === 0 && stat(pipe) === null) return;
      throw new UserError(`cannot open the session ${name}: it did not read its environment`);
    },
    close,
  };
}

/**
 * Opens a tmux session in place of one of the same name. It retries, because a server whose last session was closed listens
 * for another moment, and a tmux that a killed looop started may close this session or open one of its name.
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
    if (!passes || again === MAX_TRIES) {
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
    // Running wrappers keep their open file.
    await replaceFile(path, wrapperScript, { mode: 0o700 });
  }
  return path;
}
