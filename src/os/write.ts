import { basename, dirname, join } from "@std/path";
import { cannot } from "../schema/errors.ts";
import { read } from "./read.ts";
import { stat, statFile } from "./stat.ts";

/** How to replace a file. */
export interface ReplaceOptions {
  /** Permission bits. Default 0o600. */
  mode?: number;
  /** Wait for the disk. Default `true`; `false` for files that the next tick writes again. */
  durable?: boolean;
}

/**
 * Replaces a file atomically: readers see the old or the new content, also after a crash. The directory must exist.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode, durable = true }: ReplaceOptions = {},
): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeNew(temporary, content, { mode, durable });
    Deno.renameSync(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw cannot("write", path, error);
  }
  if (durable) await syncDir(dirname(path));
}

/**
 * Overwrites a file in place, for one that is written again and again: a third of the time of replacing it. A reader
 * may find it half written, and so may the next start after a crash. Anything but a file of its own, such as a
 * symlink, is replaced.
 */
export async function overwriteFile(path: string, content: string): Promise<void> {
  const before = stat(path);
  if (before?.isFile && before.nlink === 1) {
    try {
      using file = Deno.openSync(path, { write: true });
      const { ino, dev } = file.statSync();
      if (ino === before.ino && dev === before.dev) {
        file.truncateSync(writeAll(file, content));
        return;
      }
    } catch {
      // it is replaced
    }
  }
  await replaceFile(path, content, { durable: false });
}

/**
 * Creates a file atomically and durably. It is an error if anything is at the path, a dangling symlink included.
 *
 * @param mode permission bits; default 0o600
 */
export async function createFile(path: string, content: string, mode?: number): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeNew(temporary, content, { mode });
    // Unlike a rename, a link does not replace a file.
    await Deno.link(temporary, path);
  } catch (error) {
    throw cannot("make", path, error);
  } finally {
    await Deno.remove(temporary).catch(() => undefined);
  }
  await syncDir(dirname(path));
}

/** Makes created, renamed and removed entries of a directory survive a power failure. */
export async function syncDir(path: string): Promise<void> {
  try {
    using dir = await Deno.open(path);
    await dir.sync();
  } catch (error) {
    throw cannot("sync", path, error);
  }
}

/**
 * Checks that a directory accepts durable writes, with a temporary file.
 *
 * @throws {UserError} if it does not.
 */
export async function probeWrite(dir: string): Promise<void> {
  const path = temporaryFor(join(dir, "try"));
  try {
    // A full disk may have space left for a few bytes.
    await writeNew(path, "x".repeat(8192));
  } catch (error) {
    throw cannot("write to", dir, error);
  } finally {
    await Deno.remove(path).catch(() => undefined);
  }
  await syncDir(dir);
}

/** Reports whether a name is that of a temporary file of {@linkcode replaceFile}. */
export function isTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f]{8}\.tmp$/.test(name);
}

/** Every listing of files, and git, ignores such names, in case a crash leaves the file behind. */
function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.tmp`);
}

async function writeNew(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, durable = true }: ReplaceOptions = {},
): Promise<void> {
  using file = Deno.openSync(path, { write: true, createNew: true, mode });
  writeAll(file, content);
  if (durable) await file.sync();
}

/** Writes all of a content, and returns its size in bytes. */
function writeAll(file: Deno.FsFile, content: string | Uint8Array): number {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let written = 0; written < bytes.length;) {
    written += file.writeSync(bytes.subarray(written));
  }
  return bytes.length;
}

/** How to append a line. */
export interface AppendOptions {
  /** Wait for the disk. Default `true`. */
  durable?: boolean;
  /** Receives the problem if the last line had no line break, because of a crash or an editor. */
  onTorn?(problem: string): void;
}

/**
 * Appends one line in a single write, which also ends a last line that has no line break. A failed write leaves no
 * partial line.
 *
 * @returns the file's size in bytes before this line.
 * @throws {UserError} if the line cannot be appended.
 */
export async function appendLine(
  path: string,
  line: string,
  { durable = true, onTorn }: AppendOptions = {},
): Promise<number> {
  statFile(path, "append to");
  try {
    using file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
    const { size } = await file.stat();
    const torn = size > 0 && read(path, { start: size - 1 })?.[0] !== LF;
    await writeWhole(file, new TextEncoder().encode(`${torn ? "\n" : ""}${line}\n`));
    if (durable) await file.sync();
    if (torn) {
      onTorn?.(`the last line of ${path} was incomplete; it was ended before the next line`);
    }
    return torn ? size + 1 : size;
  } catch (error) {
    throw cannot("append to", path, error);
  }
}

/** A disk that becomes full takes only the beginning of a line, which is removed again. */
async function writeWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  const written = await file.write(bytes);
  if (written === bytes.length) return;
  const end = await file.seek(0, Deno.SeekMode.Current);
  // If another process has appended since, it has ended the partial line already.
  if ((await file.stat()).size === end) await file.truncate(end - written);
  throw new Error(`only ${written} of ${bytes.length} bytes were written: is the disk full?`);
}

const LF = 10;

/** Truncates a file to a length in bytes; durable. */
export async function truncateFile(path: string, length: number): Promise<void> {
  statFile(path, "truncate");
  try {
    using file = await Deno.open(path, { write: true });
    await file.truncate(length);
    await file.sync();
  } catch (error) {
    throw cannot("truncate", path, error);
  }
}

/** Moves a file of at least `maxBytes` to `<path>.1`, replacing the previous one. */
export async function rotateFile(path: string, maxBytes: number): Promise<void> {
  try {
    const { size } = await Deno.stat(path);
    if (size >= maxBytes) await Deno.rename(path, `${path}.1`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
