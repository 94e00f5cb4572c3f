import { dirname, join } from "@std/path";
import { cannot, obstructing } from "./errors.ts";
import { fileAge, isPresent, isSymlink, kindOf } from "./stat.ts";
import { isTemporary, syncDir } from "./write.ts";

/** One entry of a directory. */
export interface DirEntry {
  name: string;
  isFile: boolean;
  isDirectory: boolean;
  isSymlink: boolean;
}

/**
 * Lists a directory, sorted by name; a missing one is empty.
 *
 * @throws {UserError} where something else stands there, or it cannot be listed.
 */
export function listDir(path: string): DirEntry[] {
  const entries: DirEntry[] = [];
  try {
    for (const entry of Deno.readDirSync(path)) entries.push(entry);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      if (isSymlink(path)) throw obstructing("list", path, "a dangling symlink", "directory");
      return [];
    }
    // The system's own words do not say what there is.
    if ((error as { code?: string }).code === "ENOTDIR" && isPresent(path)) {
      throw obstructing("list", path, kindOf(Deno.statSync(path)), "directory");
    }
    throw cannot("list", path, error);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Makes a directory, and those above it, for its owner alone; one that is there stays as it is.
 *
 * @throws {UserError} where something else is in its place, or it cannot be made.
 */
export function ensureDir(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw whyNot(path, error);
  }
}

function whyNot(path: string, error: unknown): Error {
  const doing = "make the directory";
  if (!isPresent(path)) return cannot(doing, path, error);
  try {
    return obstructing(doing, path, kindOf(Deno.statSync(path)), "directory");
  } catch {
    return obstructing(doing, path, "a dangling symlink", "directory");
  }
}

/** Removes a file; one that is not there is no error. */
export async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw cannot("remove", path, error);
    }
  }
}

/** Removes a directory with all that is in it; one that is not there is no error. */
export async function removeDir(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw cannot("remove", path, error);
    }
  }
}

/** Longer than any write takes, in milliseconds: such a temporary file was left by a crash. */
const LEFT_BEHIND_MS = 3_600_000;

/** Removes the temporary files that crashes left in a directory; what somebody may be writing just now stays. */
export async function removeStaleTemporaries(dir: string, now: Date): Promise<void> {
  for (const { name, isFile } of listDir(dir)) {
    if (!isFile || !isTemporary(name)) continue;
    const path = join(dir, name);
    if ((fileAge(path, now.getTime()) ?? 0) > LEFT_BEHIND_MS) await removeFile(path);
  }
}

/** Moves a file or directory to a path on the same disk at which nothing stands; durable. */
export async function movePath(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    throw cannot("move", `${from} to ${to}`, error);
  }
  await syncDir(dirname(from));
  await syncDir(dirname(to));
}

/** A directory of looop's own among the temporary ones. */
export interface TempDir extends AsyncDisposable {
  /** Its absolute path. */
  path: string;
}

/** Makes a temporary directory that nobody else can look into; `await using` removes it. */
export async function tempDir(): Promise<TempDir> {
  const path = await Deno.makeTempDir({ prefix: "looop-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
