import { basename, dirname, join } from "@std/path";
import { cannot } from "./cannot.ts";

/** How a file is replaced. */
export interface ReplaceOptions {
  /** Permission bits. Default 0o600. */
  mode?: number;
  /** Wait until the disk has it. Default `true`; `false` for what the next tick makes anew anyway. */
  durable?: boolean;
}

/**
 * Replaces a file in one step: a reader sees the old or the new content, and so does whoever comes after a
 * crash. The folder must exist.
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
  if (durable) await syncFolder(dirname(path));
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
  await syncFolder(dirname(path));
}

/** Makes a folder's new, renamed or removed entries survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  } catch (error) {
    throw cannot("make durable what is in", path, error);
  }
}

/**
 * Tries whether a folder takes durable writes, with a file that is gone again.
 *
 * @throws {UserError} where it does not.
 */
export async function tryWriting(folder: string): Promise<void> {
  const path = temporaryFor(join(folder, "try"));
  try {
    // A full disk may still have room for a few bytes.
    await writeNew(path, "x".repeat(8192), { mode: 0o600 });
  } catch (error) {
    throw cannot("write to", folder, error);
  } finally {
    await Deno.remove(path).catch(() => undefined);
  }
  await syncFolder(folder);
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
