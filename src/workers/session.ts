import { dirname, join } from "@std/path";
import { systemClock } from "../os/clock.ts";
import { ensureFolder, removeFile } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { listProcesses } from "../os/processes.ts";
import { readTextIfThere } from "../os/read.ts";
import { runTool } from "../os/run_tool.ts";
import { fileAge } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
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
      if (given.code === 0 && fileAge(pipe, 0) === null) return;
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
  if (await readTextIfThere(path) !== WRAPPER) {
    ensureFolder(dirname(path));
    // Those that run go on with the file that they have open.
    await replaceFile(path, WRAPPER, { mode: 0o700 });
  }
  return path;
}

/**
 * bash that tmux starts in each session; written to `.looop/bin/worker`.
 *
 * It takes the environment from a pipe, `NAME=VALUE` each ended by NUL and all by another, since tmux limits what it
 * passes on and a file would leave secrets behind; nothing there within 30 s, or no end: looop has died. `pulse` then becomes looop, and `worker`
 * becomes `outer`, which records a worker's command with `script` and at the end writes exit.json. `inner` runs
 * under `script`.
 *
 * Facts behind it:
 * - The tmux server keeps the arguments of the tmux that started it, so the mark must not be among those.
 * - When the tmux server dies, only the leader of the session gets HUP: that is `outer`, which survives it. But
 *   a `script` whose stdin is that terminal would send its child a Ctrl-D, and interactive agents end on that.
 *   So `cat` passes the keys on, and after its end somebody goes on holding the pipe.
 * - Without a terminal as stdin `script` does not see changes of the size, so `feed` passes those on, too, also one
 *   that came before it looked, and until what it set is what it sees: a signal may come in between; and
 *   once the command has ended it would spin until stdin ends, unless somebody holds its terminal open.
 * - util-linux takes a command with -c and runs it by $SHELL, which may be anything; BSD takes its arguments,
 *   and knows no timing.
 * - On a busy machine `script` may lose what its child printed just before it ended: so that ends a moment later.
 * - A trap with a handler, other than an ignored signal, is not inherited by what is started.
 */
export const WRAPPER = `#!/usr/bin/env bash
resize() {
  local size=
  until [ "$size" = "$(stty size <&3)" ]; do
    size=$(stty size <&3)
    set -- $size
    stty rows "$1" cols "$2" <&4
  done
}

feed() {
  until [ -s "$looop_folder/tty" ]; do sleep 0.02; done
  exec 4<>"$(<"$looop_folder/tty")"
  trap resize WINCH
  resize
  cat <&3 &
  until wait $!; [ $? -le 128 ]; do :; done
  exec sleep 2147483647
}

record() {
  if [[ $(script --version 2>/dev/null </dev/null) == *util-linux* ]]; then
    SHELL=$BASH script -qfe --timing="$looop_folder/timing" -c 'exec bash -p "$looop_script" inner' \\
      "$looop_folder/transcript"
  else
    script -q -F "$looop_folder/transcript" bash -p "$looop_script" inner
  fi
}

take_environment() {
  local looop_entry looop_whole=
  unset TMUX TMUX_PANE
  exec 4<>"$1"
  while IFS= read -r -t 30 -d '' looop_entry <&4; do
    [ "$looop_entry" ] || { looop_whole=1; break; }
    export "$looop_entry" 2>/dev/null
  done
  exec 4>&-
  rm -f "$1"
  [ "$looop_whole" ] && [ "$LOOOP_BIN" ] || exit 1
}

case $1 in
pulse)
  take_environment "$2"
  exec "$LOOOP_BIN"
  ;;
worker)
  take_environment "$2/start"
  exec bash -p "$0" outer "LOOOP_WRAPPER=$LOOOP_GENERATION" "$2"
  ;;
outer)
  trap : HUP
  export looop_script=$0 looop_folder=$3 looop_shell looop_size
  looop_shell=$SHELL looop_size=$(stty size)
  stty raw -echo
  mkfifo -m 600 "$looop_folder/keys"
  exec 3<&0
  feed >"$looop_folder/keys" &
  record <"$looop_folder/keys"
  looop_status=$?
  [ -s "$looop_folder/status" ] && looop_status=$(<"$looop_folder/status")
  printf '{"exit_code":%d,"at":"%s","how":"exited"}\\n' "$looop_status" \\
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$looop_folder/.exit.json"
  mv -f "$looop_folder/.exit.json" "$looop_folder/exit.json"
  rm -f "$looop_folder/keys" "$looop_folder/tty" "$looop_folder/status"
  stty sane 2>/dev/null
  trap '' HUP TERM
  kill -s TERM 0
  exit "$looop_status"
  ;;
inner)
  trap : HUP INT QUIT TERM
  exec 3<&-
  looop_status_file=$looop_folder/status
  set -- $looop_size
  stty sane rows "$1" cols "$2"
  looop_tty=$(tty)
  printf '%s' "$looop_tty" >"$looop_folder/tty"
  looop_command=$(<"$looop_folder/command")
  SHELL=$looop_shell
  [ "$SHELL" ] || unset SHELL
  export -n looop_script looop_folder looop_shell looop_size
  bash -c "$looop_command"
  printf '%s' $? >"$looop_status_file"
  sleep 0.05
  ;;
esac
`;
