import type { Access } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import launcher from "../scripts/sandbox_launcher.sh" with { type: "text" };
import type { ProgramEnd } from "./run_program.ts";
import { findProgram } from "./run_tool.ts";

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

/** The system calls that the filter judges, by number; `x32`: the first number of another ABI of the same machine. */
interface Machine {
  /** The kernel's AUDIT_ARCH constant. */
  audit: number;
  x32: number | null;
  socket: number;
  socketpair: number;
  clone: number;
  unshare: number;
  keyctl: number;
  refused: number[];
}

/** Calls with the same number on all machines since Linux 5.1: io_uring makes sockets without a system call. */
const IO_URING = [425, 426, 427];
/** It takes its flags in memory, which a filter cannot read; the C library then calls clone. */
const CLONE3 = 435;

/** Their numbers are those of the kernel's `unistd_64.h` and `asm-generic/unistd.h`. */
const MACHINES: Record<typeof Deno.build.arch, Machine> = {
  x86_64: {
    ...{ audit: 0xc000003e, x32: 0x40000000, socket: 41, socketpair: 53, clone: 56, unshare: 272 },
    keyctl: 250,
    // add_key, request_key, perf_event_open, open_by_handle_at, setns, bpf, userfaultfd
    refused: [248, 249, 298, 304, 308, 321, 323, ...IO_URING],
  },
  aarch64: {
    ...{ audit: 0xc00000b7, x32: null, socket: 198, socketpair: 199, clone: 220, unshare: 97 },
    keyctl: 219,
    refused: [217, 218, 241, 265, 268, 280, 282, ...IO_URING],
  },
};

/** The numbers of some system calls here, to try whether they are refused. */
export const CALLS: Pick<Machine, "keyctl" | "socket" | "unshare"> = MACHINES[Deno.build.arch];

const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16 };
const SOCK = { stream: 1, seqpacket: 5 };
const CLONE_NEWUSER = 0x10000000;
const ERRNO = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 };

/** One instruction of classic BPF: operation, jumps if true and if false, operand. */
type Instruction = [code: number, jt: number, jf: number, k: number];

/** Offsets in the kernel's `struct seccomp_data`; of an argument, its lower half. */
const NUMBER = 0;
const ARCH = 4;
const argument = (index: number) => 16 + 8 * index;

const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const and = (bits: number): Instruction => [0x54, 0, 0, bits];
const ALLOW: Instruction = [0x06, 0, 0, 0x7fff0000];
const KILL: Instruction = [0x06, 0, 0, 0x80000000];
const fail = (errno: number): Instruction => [0x06, 0, 0, 0x00050000 | errno];

/** Does this if what was loaded is equal to, is at least, or has one of the bits of a value. */
const ifEqual = (k: number, ...then: Instruction[]) => [jump(0x15, k, then), ...then];
const ifAtLeast = (k: number, ...then: Instruction[]) => [jump(0x35, k, then), ...then];
const ifAnyBit = (k: number, ...then: Instruction[]) => [jump(0x45, k, then), ...then];
const jump = (code: number, k: number, { length }: Instruction[]): Instruction => [
  ...[code, 0, length, k] as Instruction,
];

/**
 * Assembles the seccomp filter of a sandbox, in the format that bubblewrap's `--seccomp` reads.
 *
 * It refuses kernel keyrings, io_uring, eBPF and further user namespaces, and all kinds of sockets but IP and routing
 * tables. A socket's name need not be known for that. Without the network, sockets of this machine (AF_UNIX) are refused
 * too, except for connected pairs, which have no name; datagram pairs could send to any name. Programs of another
 * instruction set, such as 32-bit ones, are killed: their calls have other numbers.
 */
export function seccompFilter(
  { network }: { network: boolean },
  arch: typeof Deno.build.arch = Deno.build.arch,
): Uint8Array {
  const { audit, x32, socket, socketpair, clone, unshare, keyctl, refused } = MACHINES[arch];
  const noUserNamespace = [
    load(argument(0)),
    ...ifAnyBit(CLONE_NEWUSER, fail(ERRNO.EPERM)),
    ALLOW,
  ];
  const noSocket = fail(ERRNO.EAFNOSUPPORT);
  const families = [AF.inet, AF.inet6, ...(network ? [AF.unix] : [])];
  const program = [
    load(ARCH),
    [0x15, 1, 0, audit] as Instruction,
    KILL,
    load(NUMBER),
    ...(x32 === null ? [] : ifAtLeast(x32, fail(ERRNO.ENOSYS))),
    ...[keyctl, ...refused].flatMap((call) => ifEqual(call, fail(ERRNO.EPERM))),
    ...ifEqual(CLONE3, fail(ERRNO.ENOSYS)),
    ...ifEqual(clone, ...noUserNamespace),
    ...ifEqual(unshare, ...noUserNamespace),
    ...ifEqual(
      socket,
      load(argument(0)),
      ...families.flatMap((family) => ifEqual(family, ALLOW)),
      // Protocol 0, NETLINK_ROUTE: programs list their interfaces with it.
      ...ifEqual(AF.netlink, load(argument(2)), ...ifEqual(0, ALLOW)),
      noSocket,
    ),
    ...(network ? [] : ifEqual(
      socketpair,
      load(argument(1)),
      and(0xf),
      ...ifEqual(SOCK.stream, ALLOW),
      ...ifEqual(SOCK.seqpacket, ALLOW),
      noSocket,
    )),
    ALLOW,
  ];
  const bytes = new DataView(new ArrayBuffer(8 * program.length));
  program.forEach(([code, jt, jf, k], i) => {
    bytes.setUint16(8 * i, code, true);
    bytes.setUint8(8 * i + 2, jt);
    bytes.setUint8(8 * i + 3, jf);
    bytes.setUint32(8 * i + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}
