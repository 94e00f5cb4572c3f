import type { Access } from "../model/access.ts";
import { SANDBOX_LAUNCHER } from "./sandbox_launcher.ts";

/** What a sandbox is made of, besides an access; every path is absolute, its symlinks resolved, and there. */
export interface SandboxPlaces {
  /** The bubblewrap to use. */
  bwrap: string;
  /** Folders of sockets and temporary files: empty inside, and its own. */
  hidden: string[];
  /** What is read-only even below a folder that is hidden, or that may be written to. */
  guarded: string[];
  /** The data directory. */
  dataDir: string;
  /** Folders in the data directory that are empty inside, and of these what is there all the same. */
  masked: { folder: string; shown: string[] }[];
  /** What may be written to beside the access: it comes last, and stands above all that is masked. */
  writable: string[];
  /** The folder to start in. */
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
 * /proc and temporary folders are its own, there are no other processes, no capabilities and, unless the access says
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
    ...places.masked.flatMap(({ folder, shown }) => [
      ...["--tmpfs", folder],
      ...shown.flatMap((path) => bind(path, false)),
    ]),
    ...places.writable.flatMap((path) => bind(path, true)),
    // Only now: a mount point inside has to be made first.
    ...places.masked.flatMap(({ folder }) => ["--remount-ro", folder]),
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

/** What stands deeper comes later, so that it counts also where the folders above it are another thing. */
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
