import { dirname, join } from "@std/path";
import { cannot, obstructing } from "./errors.ts";
import { fileAge, isPresent, isSymlink, kindOf } from "./stat.ts";
import { isTemporary, syncFolder } from "./write.ts";

/** One entry of a folder. */
export interface FolderEntry {
  name: string;
  isFile: boolean;
  isDirectory: boolean;
  isSymlink: boolean;
}

/**
 * Lists a folder, sorted by name; a missing one is empty.
 *
 * @throws {UserError} where something else stands there, or it cannot be listed.
 */
export function listFolder(path: string): FolderEntry[] {
  const entries: FolderEntry[] = [];
  try {
    for (const entry of Deno.readDirSync(path)) entries.push(entry);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      if (isSymlink(path)) throw obstructing("list", path, "a dangling symlink", "folder");
      return [];
    }
    // The system's own words do not say what there is.
    if ((error as { code?: string }).code === "ENOTDIR" && isPresent(path)) {
      throw obstructing("list", path, kindOf(Deno.statSync(path)), "folder");
    }
    throw cannot("list", path, error);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Makes a folder, and those above it, for its owner alone; one that is there stays as it is.
 *
 * @throws {UserError} where something else is in its place, or it cannot be made.
 */
export function ensureFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw whyNot(path, error);
  }
}

function whyNot(path: string, error: unknown): Error {
  const doing = "make the folder";
  if (!isPresent(path)) return cannot(doing, path, error);
  try {
    return obstructing(doing, path, kindOf(Deno.statSync(path)), "folder");
  } catch {
    return obstructing(doing, path, "a dangling symlink", "folder");
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

/** Removes a folder with all that is in it; one that is not there is no error. */
export async function removeFolder(path: string): Promise<void> {
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

/** Removes the temporary files that crashes left in a folder; what somebody may be writing just now stays. */
export async function removeLeftBehind(folder: string, now: Date): Promise<void> {
  for (const { name, isFile } of listFolder(folder)) {
    if (!isFile || !isTemporary(name)) continue;
    const path = join(folder, name);
    if ((fileAge(path, now.getTime()) ?? 0) > LEFT_BEHIND_MS) await removeFile(path);
  }
}

/** Moves a file or folder to a path on the same disk at which nothing stands; durable. */
export async function movePath(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    throw cannot("move", `${from} to ${to}`, error);
  }
  await syncFolder(dirname(from));
  await syncFolder(dirname(to));
}

/** A folder of looop's own among the temporary ones. */
export interface TempFolder extends AsyncDisposable {
  /** Its absolute path. */
  path: string;
}

/** Makes a temporary folder that nobody else can look into; `await using` removes it. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: "looop-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
