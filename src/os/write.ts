import { basename, dirname, join } from "@std/path";
import { cannot } from "./errors.ts";
import { findFile } from "./stat.ts";

/** How a file is replaced. */
export interface ReplaceOptions {
  /** Permission bits. Default 0o600. */
  mode?: number;
  /** Wait until the disk has it. Default `true`; `false` for what the next tick makes anew anyway. */
  durable?: boolean;
}

/**
 * Replaces a file in one step: a reader sees the old or the new content, and so does whoever comes after a
 * crash. The directory must exist.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, durable = true }: ReplaceOptions = {},
): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeNew(temporary, content, { mode, durable });
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw cannot("write", path, error);
  }
  try {
    Deno.renameSync(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw cannot("replace", path, error);
  }
  if (durable) await syncDir(dirname(path));
}

/**
 * Writes a file that must not be there yet: one that is there, even as a dangling symlink, stays and is an
 * error. Durable, and in one step: a crash leaves the whole file or none.
 */
export async function createFile(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeNew(temporary, content, { mode });
    // Unlike a rename, a link takes no other file's place.
    await Deno.link(temporary, path);
  } catch (error) {
    throw cannot("make", path, error);
  } finally {
    await Deno.remove(temporary).catch(() => undefined);
  }
  await syncDir(dirname(path));
}

/** Makes a directory's new, renamed or removed entries survive a power cut. */
export async function syncDir(path: string): Promise<void> {
  try {
    using dir = await Deno.open(path, { read: true });
    await dir.sync();
  } catch (error) {
    throw cannot("make durable what is in", path, error);
  }
}

/**
 * Tries whether a directory takes durable writes, with a file that is gone again.
 *
 * @throws {UserError} where it does not.
 */
export async function probeWrite(dir: string): Promise<void> {
  const path = temporaryFor(join(dir, "try"));
  try {
    // A full disk may still have room for a few bytes.
    await writeNew(path, "x".repeat(8192), { mode: 0o600 });
  } catch (error) {
    throw cannot("write to", dir, error);
  } finally {
    await Deno.remove(path).catch(() => undefined);
  }
  await syncDir(dir);
}

/** Tells whether a name is one that {@linkcode replaceFile} gives a file until it is whole. */
export function isTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f]{8}\.tmp$/.test(name);
}

/** A name that every listing of files, and git, leaves out, should a crash leave it behind. */
function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.tmp`);
}

async function writeNew(
  path: string,
  content: string | Uint8Array,
  { mode, durable = true }: ReplaceOptions,
): Promise<void> {
  using file = Deno.openSync(path, { write: true, createNew: true, mode });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let written = 0; written < bytes.length;) {
    written += file.writeSync(bytes.subarray(written));
  }
  if (durable) await file.sync();
}

/** How a line is appended. */
export interface AppendOptions {
  /** Wait until the disk has it. Default `true`. */
  durable?: boolean;
  /** Told what is wrong where the last line had no end: a crash tore it, or an editor left it so. */
  onTorn?(problem: string): void;
}

/**
 * Appends one line in a single write. A last line that has no end is ended by that same write, so that it can
 * never swallow this one. A line that fails to be written leaves no half behind.
 *
 * @returns the file's length in bytes before this line (and after a torn line was ended).
 * @throws {UserError} with the path in it, whatever kept the line from being appended.
 */
export async function appendLine(
  path: string,
  line: string,
  { durable = true, onTorn }: AppendOptions = {},
): Promise<number> {
  findFile(path, "append to");
  try {
    using file = await Deno.open(path, { read: true, append: true, create: true, mode: 0o600 });
    const { size } = await file.stat();
    const torn = size > 0 && await lastByte(file, size) !== LF;
    await writeWhole(file, new TextEncoder().encode(`${torn ? "\n" : ""}${line}\n`));
    if (durable) await file.sync();
    if (torn) onTorn?.(`the last line of ${path} was cut off: it was ended, and a new one begun`);
    return torn ? size + 1 : size;
  } catch (error) {
    throw cannot("append to", path, error);
  }
}

/** A disk that fills up takes the beginning of a line, and that is no line. */
async function writeWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  const written = await file.write(bytes);
  if (written === bytes.length) return;
  const end = await file.seek(0, Deno.SeekMode.Current);
  // Where another looop has appended since, that one has ended the half line already.
  if ((await file.stat()).size === end) await file.truncate(end - written);
  throw new Error(`only ${written} of ${bytes.length} bytes were written: is the disk full?`);
}

const LF = 10;

async function lastByte(file: Deno.FsFile, size: number): Promise<number> {
  const byte = new Uint8Array(1);
  await file.seek(size - 1, Deno.SeekMode.Start);
  await file.read(byte);
  return byte[0];
}

/** Cuts a file to a length in bytes; durable. */
export async function truncateFile(path: string, length: number): Promise<void> {
  findFile(path, "cut");
  try {
    using file = await Deno.open(path, { write: true });
    await file.truncate(length);
    await file.sync();
  } catch (error) {
    throw cannot("cut", path, error);
  }
}

/** Moves a file that has reached `maxBytes` to `<path>.1`, over the one before it. */
export async function rotateFile(path: string, maxBytes: number): Promise<void> {
  try {
    const { size } = await Deno.stat(path);
    if (size >= maxBytes) await Deno.rename(path, `${path}.1`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
