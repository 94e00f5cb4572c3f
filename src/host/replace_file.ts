import { basename, dirname, join } from "@std/path";

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
  content: string,
  { mode = 0o600, durable = true }: ReplaceOptions = {},
): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.tmp`,
  );
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true, mode });
    await writeAll(file, content);
    if (durable) await file.sync();
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw new Error(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw new Error(`cannot replace ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (durable) await syncFolder(dirname(path));
}

/** Writes a file that must not be there yet, through any symlink or half-made file; durable. */
export async function createFile(path: string, content: string, mode = 0o600): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode });
  await writeAll(file, content);
  await file.sync();
}

/** Makes a folder's new, renamed or removed entries survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

async function writeAll(file: Deno.FsFile, content: string): Promise<void> {
  const bytes = new TextEncoder().encode(content);
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}
