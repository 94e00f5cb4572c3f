import { join } from "@std/path";
import { UserError } from "../schema/errors.ts";
import { quoteWord } from "../schema/text.ts";
import { listDir, removeDir } from "./dirs.ts";
import { type Environment, systemEnvironment } from "./env.ts";
import { runTool } from "./run_tool.ts";
import { stat } from "./stat.ts";

/**
 * Up to this size of the directory itself, in bytes, reading it whole costs little: it grows with every entry. File systems
 * count differently, ext4 at least 12 bytes for an entry, ZFS 1.
 */
const SMALL_DIR_BYTES = 64 * 1024;
/** The longest name that Linux and macOS allow is 255 bytes; with the newline. */
const MAX_NAME_BYTES = 256;

/** Names in a directory. */
export interface Names {
  /** Sorted. */
  names: string[];
  /** The directory has more entries than these. */
  more: boolean;
}

/**
 * Lists an untrusted directory up to a number of entries, at a cost that does not depend on how many there are. Deno reads
 * directories whole, which takes seconds and hundreds of MB for those to which someone added files without end, so `ls`
 * reads large ones, in the order of the file system. A missing directory is empty.
 *
 * @param max the maximum number of names
 * @param env its `PATH` has bash and `ls`. Default: that of this process
 * @throws {UserError} if it cannot be listed.
 */
export async function listUpTo(
  dir: string,
  max: number,
  env: Environment = systemEnvironment(),
): Promise<Names> {
  const found = sizeOf(dir) > SMALL_DIR_BYTES
    ? await listStart(dir, max + 1, env)
    : listDir(dir).map(({ name }) => name);
  return { names: found.slice(0, max).sort(), more: found.length > max };
}

function sizeOf(dir: string): number {
  try {
    return Deno.statSync(dir).size;
  } catch {
    return 0; // listDir reports it
  }
}

/** `.` and `..` are listed too. */
async function listStart(dir: string, max: number, env: Environment): Promise<string[]> {
  const bytes = String((max + 2) * MAX_NAME_BYTES);
  const script = 'ls -f -- "$1" | head -c "$2"';
  const { stdout, stderr } = await runTool({
    argv: ["bash", "-p", "-c", script, "looop", join(dir, "/"), bytes],
    env: { PATH: env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" },
  });
  if (stdout === "") throw new UserError(`cannot list ${dir}: ${stderr || "ls printed nothing"}`);
  // The last name may be cut.
  const names = stdout.slice(0, stdout.lastIndexOf("\n")).split("\n");
  return names.filter((name) => name !== "." && name !== "..").slice(0, max);
}

/** Limits for walking an untrusted directory. */
export interface WalkLimits {
  /** Maximum number of nested directories. */
  depth: number;
  /** Maximum number of files and directories together. */
  entries: number;
  /** Maximum size of one file. */
  bytes: number;
}

/** What is below a directory, as paths relative to it. */
export interface Walked {
  /** Regular files and symlinks. */
  files: string[];
  /** What is left out, each with the reason in one line; at most {@linkcode MAX_SKIPPED}, and how many more. */
  skipped: string[];
  /** There are more than `entries`: some files are not listed. */
  cut: boolean;
  /** A file has a setuid or setgid bit, or may have one where nothing was listed. */
  setuid: boolean;
}

const MAX_SKIPPED = 20;

/** Files that git opens wherever it finds them: a FIFO with such a name would block git. */
const GIT_READS = /^\.git(ignore|attributes|modules)$/i;
/** These decide what becomes of a directory, also where it is not listed to its end. */
const GIT_OPENS = [".git", ".gitignore", ".gitattributes", ".gitmodules"];

/**
 * Lists the files below an untrusted directory without following symlinks. It leaves out nested git repositories, FIFOs,
 * sockets and everything beyond the limits.
 */
export async function walkFiles(
  dir: string,
  limits: WalkLimits,
  env: Environment,
): Promise<Walked> {
  const files: string[] = [];
  const skipped: string[] = [];
  let left = limits.entries;
  let cut = false;
  let setuid = false;
  await walk("", 0);
  const more = skipped.splice(MAX_SKIPPED).length;
  if (more > 0) skipped.push(`${more} more entries are left out for such reasons`);
  return { files, skipped, cut, setuid: setuid || cut };

  async function walk(at: string, depth: number): Promise<void> {
    const { names, more } = await namesIn(join(dir, at), left, env);
    left -= names.length;
    if (more) {
      cut = true;
      const reads = GIT_OPENS.filter((name) => inspect(join(dir, at, name)) !== null);
      names.push(...reads.filter((name) => !names.includes(name)));
    }
    const wrong = names.some((name) => name.toLowerCase() === ".git")
      ? "is a git repository"
      : depth > limits.depth
      ? `is nested more than ${limits.depth} directories deep`
      : null;
    if (wrong !== null) {
      setuid = true;
      return void skipped.push(`${quoteWord(at || ".")} ${wrong}`);
    }
    const found = names.map((name) => ({ name, info: inspect(join(dir, at, name)) }));
    setuid ||= found.some(({ info }) => info?.isFile && ((info.mode ?? 0) & 0o6000) !== 0);
    const blocked = found.find(({ name, info }) => GIT_READS.test(name) && info && !info.isFile);
    if (blocked) {
      setuid = true;
      return void skipped.push(`${quoteWord(join(at, blocked.name))} is not a file`);
    }
    for (const { name, info } of found) {
      const path = join(at, name);
      if (info === null) {
        // Deno has this character for a byte that is not UTF-8; else the file was removed meanwhile.
        if (name.includes("\ufffd")) {
          skipped.push(`${quoteWord(path)} has a name that is not UTF-8`);
        }
      } else if (info.isDirectory) await walk(path, depth + 1);
      else if (!info.isFile && !info.isSymlink) skipped.push(`${quoteWord(path)} is not a file`);
      else if (info.size > limits.bytes) skipped.push(`${quoteWord(path)} has ${info.size} bytes`);
      else files.push(path);
    }
  }
}

/** One that was removed meanwhile, or is unreadable, is empty. */
async function namesIn(dir: string, max: number, env: Environment): Promise<Names> {
  return await listUpTo(dir, max, env).catch(() => ({ names: [], more: false }));
}

function inspect(path: string): Deno.FileInfo | null {
  try {
    return stat(path);
  } catch {
    return null; // removed meanwhile
  }
}

/**
 * Returns those files below an untrusted directory that fit into a number of bytes, the smallest first: large files
 * push out no small ones of other workers.
 */
export function smallestFiles(dir: string, files: string[], maxBytes: number): string[] {
  const sized = files.map((path) => ({ path, size: inspect(join(dir, path))?.size ?? 0 }));
  let left = maxBytes;
  return sized.sort((a, b) => a.size - b.size)
    .filter(({ size }) => (left -= size) >= 0)
    .map(({ path }) => path);
}

/** Milliseconds to search directories of any size for files that run as another user. */
const SEARCH_MS = 20_000;

/**
 * Removes the setuid and setgid bits of the files below an untrusted directory: another user who starts such a file would run it with
 * the rights of its owner. Symlinks are not followed.
 *
 * @returns whether all was searched; `false` if there is too much.
 */
export async function clearSetuid(dir: string, env: Environment): Promise<boolean> {
  const marked = ["(", "-perm", "-4000", "-o", "-perm", "-2000", ")"];
  // From the file's own directory: no directory on the way can be replaced meanwhile. No bit is added to any file.
  const clear = ["-execdir", "chmod", "ug-s", "--", "{}", "+"];
  const { code } = await runTool({
    argv: ["find", join(dir, "/"), "-xdev", "-type", "f", ...marked, ...clear],
    env: { PATH: env.PATH ?? "/usr/bin:/bin" },
    timeoutMs: SEARCH_MS,
  });
  return code === 0;
}

/** A large directory on a slow disk takes long. */
const TIMEOUT_MS = 120_000;

/**
 * Removes an untrusted directory of any depth without following symlinks.
 *
 * @throws {UserError} if a part of it cannot be removed.
 */
export async function removeTree(path: string, env: Environment): Promise<void> {
  try {
    await removeDir(path);
  } catch (error) {
    // Deno keeps every directory on the way down open; rm does not.
    const argv = ["rm", "-rf", "--", path];
    const removed = await runTool({
      argv,
      env: { PATH: env.PATH ?? "/usr/bin:/bin" },
      timeoutMs: TIMEOUT_MS,
    });
    if (removed.code !== 0) throw error;
  }
}
