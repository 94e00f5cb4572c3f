import launcher from "../scripts/sandbox_launcher.sh" with { type: "text" };
import type { Access } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import type { ProgramEnd } from "./run_program.ts";
import { findProgram } from "./run_tool.ts";
import { seccompFilter } from "./seccomp.ts";

/** The paths of a sandbox: absolute, existing, and without symlinks. */
export interface SandboxPlaces {
  /** The bubblewrap program. */
  bwrap: string;
  /** Directories of sockets and temporary files: inside they are empty and private. */
  hidden: string[];
  /** Files and directories with credentials: inside they are empty and read-only. */
  secrets: { path: string; isDirectory: boolean }[];
  /** What is read-only even below a hidden or writable directory. */
  guarded: string[];
  /** The data directory. */
  dataDir: string;
  /** Directories in the data directory that are empty inside, and their exceptions. */
  masked: { dir: string; shown: string[] }[];
  /** What is writable besides the access, even below a masked directory. */
  writable: string[];
  /** The working directory. */
  cwd: string;
  /** Environment variables to set inside. */
  env: Record<string, string>;
  /**
   * Whether it keeps its controlling terminal, so that keys become signals. Only for a terminal of its own: into any
   * other it could push characters as if the user had typed them.
   */
  keepsTerminal: boolean;
}

/** Bash, for the statuses 126 and 127 of a program that cannot start; `-p` ignores BASH_ENV. */
const START = `exec -- "$@"`;

/** What of an access a sandbox has; paths are absolute, existing, and without symlinks. */
export type SandboxAccess = Pick<Access, "network" | "read" | "write">;

/**
 * Returns the command that runs a program in bubblewrap: everything is read-only except for what the access and the
 * places name, /dev, /proc and temporary directories are private, credentials are hidden, there are no other processes,
 * no capabilities, no keyrings and, unless the access has it, neither a network nor sockets of this machine. The user is
 * never root. Its descendants die with it. To be started by bash.
 */
export function sandboxArgv(
  access: SandboxAccess,
  places: SandboxPlaces,
  argv: string[],
): string[] {
  const options = [
    ...mountsOf(access, places),
    ...places.masked.flatMap(({ dir, shown }) => [
      ...["--tmpfs", dir],
      ...shown.flatMap((path) => bind(path, false)),
    ]),
    ...places.writable.flatMap((path) => bind(path, true)),
    // Only now, because mount points inside are created first.
    ...places.masked.flatMap(({ dir }) => ["--remount-ro", dir]),
    // Try: bubblewrap may be setuid where users cannot have user namespaces. The launcher insists on one for root.
    ...["--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts"],
    ...["--unshare-cgroup-try", ...(access.network ? [] : ["--unshare-net"])],
    ...["--cap-drop", "ALL", "--die-with-parent"],
    ...(places.keepsTerminal ? [] : ["--new-session"]),
    ...Object.entries(places.env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--chdir", places.cwd],
  ];
  return [
    ...["bash", "-p", "-c", launcher, "looop", places.bwrap, places.dataDir],
    ...[access.network ? "network" : "", escaped(seccompFilter(access))],
    ...[String(options.length), ...options],
    ...["bash", "-p", "-c", START, "looop", ...argv],
  ];
}

/** The kernel's own directories. Files of root there stay writable for a user that root is mapped to. */
const KERNEL = [
  ["/dev", "--dev", "/dev"],
  ["/proc", "--proc", "/proc"],
  // bubblewrap itself: its program is a file outside.
  ["/proc/1", "--tmpfs", "/proc/1", "--remount-ro", "/proc/1", "--remount-ro", "/proc"],
  ["/sys", "--ro-bind-try", "/sys", "/sys"],
];

/** Of two mounts of one path, the later counts. Deeper paths come last: they override the directories above them. */
function mountsOf(
  { read, write }: SandboxAccess,
  { hidden, secrets, guarded }: SandboxPlaces,
): string[] {
  const mounts = new Map([["/", bind("/", false)]]);
  for (const path of hidden) mounts.set(path, ["--tmpfs", path]);
  for (const { path, isDirectory } of secrets) {
    mounts.set(path, isDirectory ? ["--tmpfs", path] : ["--ro-bind", "/dev/null", path]);
  }
  for (const path of [...guarded, ...read]) mounts.set(path, bind(path, false));
  for (const path of write) mounts.set(path, bind(path, true));
  for (const [path, ...options] of KERNEL) mounts.set(path, options);
  // At the end, because mount points inside are created first.
  const empty = secrets.filter(({ path }) => mounts.get(path)?.[0] === "--tmpfs");
  return [
    ...[...mounts].sort(([a], [b]) => depth(a) - depth(b)).flatMap(([, options]) => options),
    ...empty.flatMap(({ path }) => ["--remount-ro", path]),
  ];
}

/** Bytes as bash's `printf %b` reads them. */
function escaped(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

function depth(path: string): number {
  return path.split("/").filter(Boolean).length;
}

function bind(path: string, write: boolean): string[] {
  return [write ? "--bind" : "--ro-bind", path, path];
}

/**
 * Finds bubblewrap in the directories of a `PATH` value.
 *
 * @throws {UserError} if it is missing, or this is not Linux: nothing runs without the sandbox that the config requires.
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
 * Returns in one line why bubblewrap could not start a program; `null` if it probably did: a program could print the same
 * message.
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
