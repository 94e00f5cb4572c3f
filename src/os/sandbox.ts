import type { Access } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import type { ProgramEnd } from "./run_program.ts";
import { findProgram } from "./run_tool.ts";

/** What a sandbox is made of, besides an access; every path is absolute, its symlinks resolved, and there. */
export interface SandboxPlaces {
  /** The bubblewrap to use. */
  bwrap: string;
  /** Directories of sockets and temporary files: empty inside, and its own. */
  hidden: string[];
  /** What is read-only even below a directory that is hidden, or that may be written to. */
  guarded: string[];
  /** The data directory. */
  dataDir: string;
  /** Directories in the data directory that are empty inside, and of these what is there all the same. */
  masked: { dir: string; shown: string[] }[];
  /** What may be written to beside the access: it comes last, and stands above all that is masked. */
  writable: string[];
  /** The directory to start in. */
  cwd: string;
  /** Environment variables that differ inside. */
  env: Record<string, string>;
  /**
   * It keeps the terminal that it is started in, so that keys typed there become signals: for one that has a
   * terminal of its own. Into any other it could push characters as if a person had typed them.
   */
  keepsTerminal: boolean;
}

interface Mount {
  path: string;
  /** Where two name one path, the later counts. */
  kind: "hide" | "guard" | "write";
}

/** Without `-p`, bash would run BASH_ENV; by it, a program that cannot start gives 126 or 127 as elsewhere. */
const START = `exec -- "$@"`;

/**
 * The command that runs a program in bubblewrap: all is read-only but for what the access and the places name, /dev,
 * /proc and temporary directories are its own, there are no other processes, no capabilities and, unless the access says
 * so, no network. Whatever it leaves behind dies with it. To be started by bash.
 */
export function sandboxArgv(
  access: Pick<Access, "network" | "write">,
  places: SandboxPlaces,
  argv: string[],
): string[] {
  const options = [
    ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"],
    ...mountsOf(access, places).flatMap(({ path, kind }) =>
      kind === "hide" ? ["--tmpfs", path] : bind(path, kind === "write")
    ),
    ...places.masked.flatMap(({ dir, shown }) => [
      ...["--tmpfs", dir],
      ...shown.flatMap((path) => bind(path, false)),
    ]),
    ...places.writable.flatMap((path) => bind(path, true)),
    // Only now: a mount point inside has to be made first.
    ...places.masked.flatMap(({ dir }) => ["--remount-ro", dir]),
    // Root needs no user namespace, and some containers have none to give.
    ...["--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts"],
    ...["--unshare-cgroup-try", ...(access.network ? [] : ["--unshare-net"])],
    ...["--cap-drop", "ALL", "--die-with-parent"],
    ...(places.keepsTerminal ? [] : ["--new-session"]),
    ...Object.entries(places.env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--chdir", places.cwd],
  ];
  return [
    ...["bash", "-p", "-c", SANDBOX_LAUNCHER, "looop", places.bwrap, places.dataDir],
    ...[String(options.length), ...options],
    ...["bash", "-p", "-c", START, "looop", ...argv],
  ];
}

/** What stands deeper comes later, so that it counts also where the directories above it are another thing. */
function mountsOf(
  { write }: Pick<Access, "write">,
  { hidden, guarded }: SandboxPlaces,
): Mount[] {
  const mounts: Mount[] = [
    ...hidden.map((path) => ({ path, kind: "hide" as const })),
    ...guarded.map((path) => ({ path, kind: "guard" as const })),
    ...write.map((path) => ({ path, kind: "write" as const })),
  ];
  const byPath = new Map(mounts.map((mount) => [mount.path, mount]));
  return [...byPath.values()].sort((a, b) => depth(a.path) - depth(b.path));
}

function depth(path: string): number {
  return path.split("/").filter(Boolean).length;
}

function bind(path: string, write: boolean): string[] {
  return [write ? "--bind" : "--ro-bind", path, path];
}

/**
 * Bash that becomes bubblewrap. A socket can be connected to through a read-only mount, so each one of the machine
 * that could still be seen inside is covered by /dev/null: a tmux, an ssh-agent, a Docker that listen somewhere else
 * than where all temporary directories are hidden anyway. What listens only later is not covered.
 *
 * Arguments: bubblewrap, the data directory, how many of its options follow, these, and the program's argv. bash and
 * not looop looks, since a scoped Deno may not read /proc. What lies in the data directory is left alone: workers
 * make sockets there, looop does not.
 */
export const SANDBOX_LAUNCHER = `
looop_bwrap=$1 looop_data=$2 looop_count=$3
shift 3
looop_options=("\${@:1:looop_count}")
shift "$looop_count"
looop_at=() looop_how=()
for ((looop_i = 0; looop_i < looop_count; looop_i++)); do
  case \${looop_options[looop_i]} in
  --tmpfs | --dev) looop_at+=("\${looop_options[looop_i + 1]}") looop_how+=(hidden) ;;
  --bind | --ro-bind) looop_at+=("\${looop_options[looop_i + 2]}") looop_how+=(seen) ;;
  esac
done
declare -A looop_real=()
looop_cover() {
  local path=$1 directory=\${1%/*}/ i how=seen
  if [ ! "\${looop_real[$directory]}" ]; then
    cd -P -- "$directory" || return
    looop_real[$directory]=$PWD
  fi
  directory=\${looop_real[$directory]}
  path=\${directory%/}/\${path##*/}
  case $path/ in "$looop_data"/*) return ;; esac
  for ((i = 0; i < \${#looop_at[@]}; i++)); do
    case $path in "\${looop_at[i]%/}"/*) how=\${looop_how[i]} ;; esac
  done
  [ "$how" = hidden ] || looop_options+=(--ro-bind /dev/null "$path")
}
while read -r _ _ _ _ _ _ _ looop_path; do
  case $looop_path in /*) [ ! -S "$looop_path" ] || looop_cover "$looop_path" ;; esac
done 2>/dev/null </proc/net/unix
unset OLDPWD
exec -- "$looop_bwrap" "\${looop_options[@]}" -- "$@"
`;

/**
 * Finds bubblewrap in the directories of a `PATH` value.
 *
 * @throws {UserError} where it is missing, or this is not Linux: what was to be run in a sandbox is not run without.
 */
export function findBwrap(path: string): string {
  const asked = `the config says "sandbox": "bwrap", but`;
  if (Deno.build.os !== "linux") {
    throw new UserError(`${asked} bubblewrap runs on Linux alone: set it to "none" here`);
  }
  const found = findProgram("bwrap", path);
  if (found !== null) return found;
  throw new UserError(
    `${asked} bubblewrap is not installed, and nothing is run without it: apt install bubblewrap, or ` +
      "dnf install bubblewrap",
  );
}

/**
 * Says in one line why bubblewrap could not start a program, by how it ended; `null`: it did, as far as one can tell,
 * since a program may print the like itself.
 */
export function explainBwrap(
  { status, stderrTail }: Pick<ProgramEnd, "status" | "stderrTail">,
): string | null {
  const said = /(?:^|\n)bwrap: ([^\n]+)\s*$/.exec(stderrTail)?.[1];
  if (status !== 1 || said === undefined) return null;
  const hint = /namespace|uid map|Operation not permitted|No permissions/i.test(said)
    ? `; this machine gives no user namespaces (try: bwrap --ro-bind / / true), which its administrator can allow`
    : "";
  return `the sandbox could not be made: bwrap: ${said}${hint}`;
}
