import { join } from "@std/path";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../schema/errors.ts";
import { systemClock } from "./clock.ts";
import { removeDir } from "./dirs.ts";
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";
import { LineSplitter } from "../schema/text.ts";

// Deno.open has no O_NONBLOCK, without which a FIFO keeps whoever opens it waiting for ever.

/** A regular file that is open for reading. */
export interface RegularFile extends Disposable {
  /** Bytes, when it was opened. */
  size: number;
  /** Fills `bytes` from a position of the file on, and gives how many there were. */
  read(bytes: Uint8Array, position: number): number;
}

/**
 * Opens a file that somebody hostile may have put there; `null` when there is none. Neither is a symlink followed nor a
 * FIFO waited for, and no device is read, whatever takes the file's place meanwhile.
 *
 * @throws {UserError} saying why, where it is no regular file, or cannot be read; which one it is, the caller says.
 */
export function openRegular(path: string): RegularFile | null {
  try {
    const expected = Deno.lstatSync(path);
    if (!expected.isFile) throw new UserError("it is no regular file");
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size, ino, dev } = fstatSync(file);
    // Deno looks behind symlinks before it opens; the inode tells.
    if (ino !== expected.ino || dev !== expected.dev) {
      closeSync(file);
      throw new UserError("it was replaced meanwhile");
    }
    return {
      size,
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
 * Reads a UTF-8 file that somebody hostile may have put there; `null` when there is none.
 *
 * @throws {UserError} saying why, where it is no regular file of at most `maxBytes`, or cannot be read.
 */
export function readRegular(path: string, maxBytes: number): string | null {
  using file = openRegular(path);
  if (file === null) return null;
  if (file.size > maxBytes) {
    throw new UserError(`it has ${file.size} bytes, at most ${maxBytes} are read`);
  }
  const bytes = new Uint8Array(file.size);
  return new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0)));
}

const CHUNK = 1024 * 1024;

/**
 * Reads a UTF-8 file that somebody hostile may have put there, line by line in batches; a missing one has no lines.
 *
 * @param maxBytes what lies behind so many is left out
 * @throws {UserError} saying why, where it is no regular file, or cannot be read.
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
    // Reading does not wait, so it would keep everything else from its turn.
    await systemClock.sleep(0);
  }
  yield splitter.end();
}

/**
 * Lists the regular files of a directory that somebody hostile may have filled, sorted, by name; a missing one is empty.
 *
 * @param maxBytes of the directory itself, which grows with every entry
 * @returns `null` where it is larger: reading it could take for ever.
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

/**
 * Moves a file, a symlink or whatever it is, to where whoever made it cannot reach it; `false`: it has gone, or is in
 * use as something that cannot be moved.
 */
export async function takeFile(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch {
    return false; // whoever made it has taken it away, or made a directory of it
  }
}

/** What is looked at of a directory that somebody hostile may have filled. */
export interface WalkLimits {
  /** Directories within directories. */
  depth: number;
  files: number;
  /** Of one file. */
  bytes: number;
}

/** What lies below a directory: paths from it on. */
export interface Walked {
  /** Regular files and symlinks. */
  files: string[];
  /** What is left out, each with the reason in one line. */
  odd: string[];
}

/** What git itself opens wherever it finds it: as anything else than a file, it would keep git waiting. */
const GIT_READS = /^\.git(ignore|attributes|modules)$/i;

/**
 * Lists the files below a directory, without following a symlink; a directory that is a git repository of its own, FIFOs,
 * sockets, and all beyond the limits are left out.
 */
export async function walkFiles(dir: string, limits: WalkLimits): Promise<Walked> {
  const walked: Walked = { files: [], odd: [] };
  await walk("", 0);
  return walked;

  async function walk(at: string, depth: number): Promise<void> {
    const names = await namesIn(join(dir, at));
    const wrong = names.some((name) => name.toLowerCase() === ".git")
      ? "is a git repository of its own"
      : depth > limits.depth
      ? `lies more than ${limits.depth} directories deep`
      : null;
    if (wrong !== null) return void walked.odd.push(`${at || "."} ${wrong}`);
    const found = await Promise.all(
      names.map(async (name) => ({ name, info: await lookAt(join(dir, at, name)) })),
    );
    const blocked = found.find(({ name, info }) => GIT_READS.test(name) && info && !info.isFile);
    if (blocked) return void walked.odd.push(`${join(at, blocked.name)} is no file`);
    for (const { name, info } of found) {
      const path = join(at, name);
      if (info === null) continue;
      if (walked.files.length >= limits.files) {
        return void walked.odd.push(`${at || "."} has more than ${limits.files} files`);
      }
      if (info.isDirectory) await walk(path, depth + 1);
      else if (!info.isFile && !info.isSymlink) walked.odd.push(`${path} is no file`);
      else if (info.size > limits.bytes) walked.odd.push(`${path} has ${info.size} bytes`);
      else walked.files.push(path);
    }
  }
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(dir)) names.push(name);
    return names.sort();
  } catch {
    return []; // it went away, or is closed to us: nothing of it can be taken
  }
}

async function lookAt(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch {
    return null; // it went away
  }
}

/** A large one on a slow disk takes its time. */
const TIMEOUT_MS = 120_000;

/**
 * Removes a directory that somebody hostile may have filled: however deep, and without following a symlink.
 *
 * @throws where something of it cannot be removed.
 */
export async function removeTree(path: string, env: Environment): Promise<void> {
  try {
    await removeDir(path);
  } catch (error) {
    // Deno keeps each directory on the way down open; rm does not.
    const argv = ["rm", "-rf", "--", path];
    const removed = await runTool({
      argv,
      env: { PATH: env.PATH ?? "/usr/bin:/bin" },
      timeoutMs: TIMEOUT_MS,
    });
    if (removed.code !== 0) throw error;
  }
}
