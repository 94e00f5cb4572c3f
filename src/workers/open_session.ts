import { dirname, join } from "@std/path";
import { ensureFolder } from "../host/ensure_folder.ts";
import type { Environment } from "../host/env.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile } from "../host/replace_file.ts";
import { runTool } from "../host/run_tool.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { noteServer, tmux, tmuxEnv } from "./tmux.ts";
import { WRAPPER } from "./wrapper.ts";

/** A tmux session that waits to begin. */
export interface OpenSession {
  /** Pid of what tmux started in it. */
  pid: number;
  /** Gives it its environment: with that it begins. */
  begin(env: Environment): Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

const COLUMNS = 200;
const ROWS = 50;
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
  await close();
  // deno-fmt-ignore
  const newSession = () => tmux(profile, socket, [
    "new-session", "-d", "-s", name, "-x", `${COLUMNS}`, "-y", `${ROWS}`,
    "-c", profile.paths.dataDir, "-P", "-F", "#{pane_pid} #{pid}", "bash", "-p", wrapper, ...args,
  ]);
  let opened = await newSession();
  // A server whose last session has just been closed still listens for a moment.
  for (let again = 0; again < 20 && /server exited|lost server/.test(opened.stderr); again++) {
    await profile.clock.sleep(50);
    opened = await newSession();
  }
  const [pid, server] = opened.stdout.split(" ").map(Number);
  if (opened.code !== 0 || !(pid > 0)) {
    throw new UserError(
      `cannot open the session ${name} in tmux: ${opened.stderr || opened.stdout}`,
    );
  }
  await noteServer(profile, { socket, pid: server });
  return {
    pid,
    async begin(session) {
      const entries = Object.entries(session)
        .filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !BASH_OWN.test(name))
        .map(([name, value]) => `${name}=${value}\0`);
      const given = await runTool({
        argv: ["bash", "-p", "-c", `cat >"$1"`, "looop", pipe],
        env,
        stdin: `${entries.join("")}\0`,
      });
      if (given.code === 0) return;
      throw new UserError(`cannot open the session ${name}: it takes no environment`);
    },
    close,
  };
}

async function writeWrapper({ paths }: Profile): Promise<string> {
  const path = join(dirname(paths.shim), "worker");
  if (await readTextIfThere(path) !== WRAPPER) {
    await ensureFolder(dirname(path));
    // Those that run go on with the file that they have open.
    await replaceFile(path, WRAPPER, { mode: 0o700 });
  }
  return path;
}
