import { move } from "@std/fs";
import { dirname, join } from "@std/path";
import { cannot, obstructing, UserError } from "../schema/errors.ts";
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";
import { fileAge, isPresent, kindOf, stat } from "./stat.ts";
import { isTemporary, syncDir } from "./write.ts";

/**
 * Lists a directory, sorted by name; a missing one is empty.
 *
 * @throws {UserError} if something else is there, or the directory cannot be read.
 */
export function listDir(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)].sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !stat(path)?.isSymlink) return [];
    throw directoryError("list", path, error);
  }
}

/**
 * Creates a directory and its parents, with access for the user only; an existing directory is left as it is.
 *
 * @throws {UserError} if something else is there, or the directory cannot be created.
 */
export function ensureDir(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw directoryError("make the directory", path, error);
  }
}

/** The error of the system does not name what is in place of the directory. */
function directoryError(verb: string, path: string, error: unknown): Error {
  if (!isPresent(path)) return cannot(verb, path, error);
  let found = "a dangling symlink";
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) return cannot(verb, path, error);
    found = kindOf(info);
  } catch {
    // dangling
  }
  return obstructing(verb, path, found, "directory");
}

/** Removes a file; a missing one is not an error. */
export async function removeFile(path: string): Promise<void> {
  await remove(path, false);
}

/** Removes a directory and its contents; a missing one is not an error. */
export async function removeDir(path: string): Promise<void> {
  await remove(path, true);
}

async function remove(path: string, recursive: boolean): Promise<void> {
  try {
    await Deno.remove(path, { recursive });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannot("remove", path, error);
  }
}

/** Longer than any write takes: an older temporary file was left by a crash. */
const STALE_MS = 3_600_000;

/** Removes the temporary files that crashes left in a directory, but not those that may be in use. */
export async function removeStaleTemporaries(dir: string, now: Date): Promise<void> {
  for (const { name, isFile } of listDir(dir)) {
    if (!isFile || !isTemporary(name)) continue;
    const path = join(dir, name);
    if ((fileAge(path, now.getTime()) ?? 0) > STALE_MS) await removeFile(path);
  }
}

/** Moves a file or directory to an unused path on the same disk; durable. */
export async function movePath(from: string, to: string): Promise<void> {
  try {
    await move(from, to);
  } catch (error) {
    throw cannot("move", `${from} to ${to}`, error);
  }
  await syncDir(dirname(from));
  await syncDir(dirname(to));
}

/**
 * Creates a temporary directory that only the user can enter; `await using` removes it.
 *
 * @throws {UserError} naming `TMPDIR` if there is none, or nothing can be created in it.
 */
export async function tempDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "looop-" }).catch((error) => {
    const dir = Deno.env.get("TMPDIR") || "/tmp";
    const { message } = cannot("make a temporary directory in", dir, error);
    throw new UserError(`${message}; set TMPDIR to a directory that you can write to`, {
      cause: error,
    });
  });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/**
 * Creates a directory outside of the data directory that only the user can enter. An existing one must belong to the
 * user, be closed to others and not be a symlink: in `/tmp` another user may have created it first.
 *
 * A child process creates it, because looop's own process has no permission to write there.
 *
 * @throws {UserError} if it cannot be made, or is not private.
 */
export async function ensurePrivateDir(path: string, env: Environment): Promise<void> {
  const problem = await privacyProblem(path);
  if (problem === null) return;
  if (problem !== "missing") throw refusal(path, problem);
  const made = await runTool({ argv: ["mkdir", "-p", "-m", "700", "--", path], env });
  // Another looop may have created it meanwhile.
  const left = await privacyProblem(path);
  if (left !== null) throw refusal(path, left === "missing" ? made.stderr : left);
}

/** Returns why a directory is not private to the user: `missing` if it is not there, `null` if it is private. */
export async function privacyProblem(path: string): Promise<string | null> {
  let found: Deno.FileInfo;
  try {
    found = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "missing";
    return (error as Error).message;
  }
  if (found.isSymlink) return "it is a symlink";
  if (!found.isDirectory) return "it is not a directory";
  if (found.uid !== null && found.uid !== Deno.uid()) return `it belongs to user ${found.uid}`;
  if (found.mode !== null && (found.mode & 0o077) !== 0) return "other users can enter it";
  return null;
}

function refusal(path: string, why: string): UserError {
  return new UserError(
    `cannot use ${path} for the tmux socket: ${why}\n` +
      "remove it, or set XDG_RUNTIME_DIR or TMPDIR to your own directory",
  );
}
