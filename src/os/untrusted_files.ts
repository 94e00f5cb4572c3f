import { join } from "@std/path";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../schema/errors.ts";
import { LineSplitter } from "../schema/text.ts";
import { systemClock } from "./clock.ts";
import { removeDir } from "./dirs.ts";
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";
import { stat } from "./stat.ts";

// node:fs, because Deno.open has no O_NONBLOCK, without which opening a FIFO blocks for ever.

/** A regular file that is open for reading. */
interface RegularFile extends Disposable {
  /** Its size in bytes when it was opened. */
  size: number;
  /** When it was last changed, in milliseconds since 1970. */
  changedMs: number;
  /** Fills `bytes` from a position of the file, and returns how many bytes it read. */
  read(bytes: Uint8Array, position: number): number;
}

/**
 * Opens an untrusted file; `null` if nothing is there. It follows no symlink, does not block on a FIFO and reads no
 * device, even if the file is replaced meanwhile.
 *
 * @throws {UserError} with a reason that the caller adds to the path.
 */
function openRegular(path: string): RegularFile | null {
  try {
    const expected = Deno.lstatSync(path);
    if (!expected.isFile) throw new UserError("it is not a regular file");
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size, mtimeMs, ino, dev } = fstatSync(file);
    // Deno resolves symlinks before it opens a file; the inode shows that it did.
    if (ino !== expected.ino || dev !== expected.dev) {
      closeSync(file);
      throw new UserError("it was replaced meanwhile");
    }
    return {
      size,
      changedMs: mtimeMs,
      read(bytes, position) {
        let filled = 0;
        while (filled < bytes.length) {
          const rest = bytes.length - filled;
          const count = readSync(file, bytes, filled, rest, position + filled);
          if (count === 0) break;
          filled += count;
        }
        return filled;
      },
      [Symbol.dispose]: () => closeSync(file),
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof Deno.errors.NotFound) return null;
    if ((error as { code?: unknown }).code === "ENOENT") return null;
    throw new UserError(`it cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads an untrusted UTF-8 file; `null` if nothing is there.
 *
 * @throws {UserError} if it is larger than `maxBytes`, not a regular file or cannot be read; the caller adds the path.
 */
export function readRegular(path: string, maxBytes: number): string | null {
  using file = openRegular(path);
  if (file === null) return null;
  if (file.size > maxBytes) {
    throw new UserError(`it has ${file.size} bytes; the limit is ${maxBytes}`);
  }
  const bytes = new Uint8Array(file.size);
  return new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0)));
}

/**
 * Reads the whole lines among the last `maxBytes` of an untrusted UTF-8 file; a missing file has none.
 *
 * @throws {UserError} if it is not a regular file or cannot be read; the caller adds the path.
 */
export function readRegularTail(path: string, maxBytes: number): string[] {
  using file = openRegular(path);
  if (file === null) return [];
  const start = Math.max(0, file.size - maxBytes);
  const bytes = new Uint8Array(file.size - start);
  const lines = new TextDecoder().decode(bytes.subarray(0, file.read(bytes, start))).split("\n");
  // The first may be the end of one, and the last is still being written.
  return lines.slice(start === 0 ? 0 : 1, -1);
}

/**
 * Copies an untrusted file with the time of its last change, in whole milliseconds; `false` if nothing is there.
 *
 * @throws {UserError} if it is larger than `maxBytes`, not a regular file or cannot be read; the caller adds the path.
 */
export function copyRegular(from: string, to: string, maxBytes: number): boolean {
  using file = openRegular(from);
  if (file === null) return false;
  if (file.size > maxBytes) {
    throw new UserError(`it has ${file.size} bytes; the limit is ${maxBytes}`);
  }
  using copy = Deno.openSync(to, { write: true, createNew: true, mode: 0o600 });
  const bytes = new Uint8Array(Math.min(CHUNK, file.size));
  for (let at = 0; at < file.size;) {
    const count = file.read(bytes, at);
    if (count === 0) break;
    for (let written = 0; written < count;) {
      written += copy.writeSync(bytes.subarray(written, count));
    }
    at += count;
  }
  const time = Math.floor(file.changedMs) / 1000;
  copy.utimeSync(time, time);
  return true;
}

const CHUNK = 1024 * 1024;

/**
 * Reads the lines of an untrusted UTF-8 file in batches; a missing file has no lines.
 *
 * @param maxBytes where to stop
 * @throws {UserError} if it is not a regular file or cannot be read; the caller adds the path.
 */
export async function* readRegularLines(
  path: string,
  maxBytes: number,
): AsyncGenerator<string[]> {
  using file = openRegular(path);
  if (file === null) return;
  const splitter = new LineSplitter();
  const bytes = new Uint8Array(Math.min(CHUNK, file.size));
  for (let at = 0; at < Math.min(file.size, maxBytes);) {
    const count = file.read(bytes, at);
    if (count === 0) break;
    at += count;
    yield splitter.push(bytes.subarray(0, count));
    // Reading is synchronous and would block everything else.
    await systemClock.sleep(0);
  }
  yield splitter.end();
}

/**
 * Lists the names of the regular files in an untrusted directory, sorted; a missing one is empty.
 *
 * @param maxBytes the limit for the directory itself, which grows with every entry
 * @returns `null` if it is larger: reading it could take for ever.
 */
export async function listNames(dir: string, maxBytes: number): Promise<string[] | null> {
  const names: string[] = [];
  try {
    if ((await Deno.lstat(dir)).size > maxBytes) return null;
    for await (const { name, isFile } of Deno.readDir(dir)) if (isFile) names.push(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Error(`cannot list ${dir}: ${(error as Error).message}`, { cause: error });
  }
  return names.sort();
}

/** Moves whatever is at an untrusted path out of its writer's reach; `false` if it is gone or cannot be moved. */
export async function tryMove(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch {
    return false; // its writer removed it, or replaced it with a directory
  }
}

/** Limits for walking an untrusted directory. */
export interface WalkLimits {
  /** Maximum number of nested directories. */
  depth: number;
  /** Maximum number of files. */
  files: number;
  /** Maximum size of one file. */
  bytes: number;
}

/** What is below a directory, as paths relative to it. */
export interface Walked {
  /** Regular files and symlinks. */
  files: string[];
  /** What is left out, each with the reason in one line. */
  skipped: string[];
}

/** Files that git opens wherever it finds them: a FIFO with such a name would block git. */
const GIT_READS = /^\.git(ignore|attributes|modules)$/i;

/**
 * Lists the files below an untrusted directory without following symlinks. It leaves out nested git repositories, FIFOs,
 * sockets and everything beyond the limits.
 */
export function walkFiles(dir: string, limits: WalkLimits): Walked {
  const walked: Walked = { files: [], skipped: [] };
  walk("", 0);
  return walked;

  function walk(at: string, depth: number): void {
    const names = namesIn(join(dir, at));
    const wrong = names.some((name) => name.toLowerCase() === ".git")
      ? "is a git repository"
      : depth > limits.depth
      ? `is nested more than ${limits.depth} directories deep`
      : null;
    if (wrong !== null) return void walked.skipped.push(`${at || "."} ${wrong}`);
    const found = names.map((name) => ({ name, info: inspect(join(dir, at, name)) }));
    const blocked = found.find(({ name, info }) => GIT_READS.test(name) && info && !info.isFile);
    if (blocked) return void walked.skipped.push(`${join(at, blocked.name)} is not a file`);
    for (const { name, info } of found) {
      const path = join(at, name);
      if (info === null) {
        // Deno has this character for a byte that is not UTF-8; else the file was removed meanwhile.
        if (name.includes("\ufffd")) walked.skipped.push(`${path} has a name that is not UTF-8`);
        continue;
      }
      if (walked.files.length >= limits.files) {
        return void walked.skipped.push(`${at || "."} has more than ${limits.files} files`);
      }
      if (info.isDirectory) walk(path, depth + 1);
      else if (!info.isFile && !info.isSymlink) walked.skipped.push(`${path} is not a file`);
      else if (info.size > limits.bytes) walked.skipped.push(`${path} has ${info.size} bytes`);
      else walked.files.push(path);
    }
  }
}

function namesIn(dir: string): string[] {
  try {
    return Array.from(Deno.readDirSync(dir), ({ name }) => name).sort();
  } catch {
    return []; // removed meanwhile, or unreadable
  }
}

function inspect(path: string): Deno.FileInfo | null {
  try {
    return stat(path);
  } catch {
    return null; // removed meanwhile
  }
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
