import { dirname, join } from "@std/path";
import { systemClock } from "../os/clock.ts";
import { removeFile } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { listProcesses } from "../os/processes.ts";
import { runTool } from "../os/run_tool.ts";
import { stat } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import giveEnvironment from "../scripts/give_environment.sh" with { type: "text" };
import wrapperScript from "../scripts/worker_session.sh" with { type: "text" };
import { writeProgram } from "./env.ts";
import { noteServer, tmux, tmuxEnv } from "./tmux.ts";

/** The process that tmux started in a session. */
export interface SessionProcess {
  pid: number;
  /** Its start time, as `ps` prints it. */
  started: string;
}

const COLUMNS = 200;
const ROWS = 50;
const MAX_TRIES = 20;
/** How long a session may take to read its environment. */
const ENVIRONMENT_MS = 10_000;
/** Variables that bash sets itself, or refuses to set. */
const BASH_OWN = /^(_|PWD|OLDPWD|SHLVL|UID|EUID|PPID|SHELLOPTS|BASHOPTS|BASH_ARG.*)$/;

/** What a session is opened with. */
interface SessionInput {
  name: string;
  /** Path of the pipe through which it receives its environment. */
  pipe: string;
  /** Arguments of the wrapper. */
  args: string[];
  /** Its working directory. Default: the data directory. */
  cwd?: string;
  /** Returns its environment, for which its process waits. After an error the session is closed. */
  begin(process: SessionProcess): Environment | Promise<Environment>;
}

/**
 * Opens a session. It replaces one of the same name, which is left from a start that crashed.
 *
 * @returns the pid of its process, and what closes it.
 */
export async function openSession(
  profile: Profile,
  socket: string,
  { name, pipe, args, cwd = profile.paths.dataDir, begin }: SessionInput,
): Promise<{ pid: number; close(): Promise<void> }> {
  const wrapper = join(dirname(profile.paths.shim), "worker");
  await writeProgram(wrapper, wrapperScript);
  await removeFile(pipe);
  const env = tmuxEnv(profile);
  const made = await runTool({ argv: ["mkfifo", "-m", "600", "--", pipe], env });
  if (made.code !== 0) throw new UserError(`cannot open the session ${name}: ${made.stderr}`);
  const close = async () => void await tmux(profile, socket, ["kill-session", "-t", `=${name}`]);
  const script = [wrapper, ...args];
  const { pid, started, server } = await newSession(profile, socket, { name, script, cwd, close });
  await noteServer(profile, { socket, pid: server });
  try {
    const entries = Object.entries(await begin({ pid, started }))
      .filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !BASH_OWN.test(name))
      .map(([name, value]) => `${name}=${value}\0`);
    const given = await runTool({
      argv: ["bash", "-p", "-c", giveEnvironment, "looop", pipe, `${pid}`],
      env,
      stdin: `${entries.join("")}\0`,
      timeoutMs: ENVIRONMENT_MS,
    });
    if (given.code === 0 && stat(pipe) === null) return { pid, close };
    throw new UserError(`cannot open the session ${name}: it did not read its environment`);
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens a tmux session in place of one of the same name. It retries, because a server whose last session was closed listens
 * for another moment, and a tmux that a killed looop started may close this session or open one of its name.
 */
async function newSession(
  profile: Profile,
  socket: string,
  { name, script, cwd, close }: {
    name: string;
    script: string[];
    cwd: string;
    close(): Promise<void>;
  },
): Promise<SessionProcess & { server: number }> {
  for (let again = 0;; again++) {
    await close();
    // deno-fmt-ignore
    const { code, stdout, stderr } = await tmux(profile, socket, [
      "new-session", "-d", "-s", name, "-x", `${COLUMNS}`, "-y", `${ROWS}`,
      "-c", cwd, "-P", "-F", "#{pane_pid} #{pid}", "bash", "-p", ...script,
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
