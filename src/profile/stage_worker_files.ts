import { basename, join } from "@std/path";
import { walkFiles } from "../os/untrusted_files.ts";
import { git, tryGit } from "./git.ts";
import type { Profile } from "./profile.ts";

/** One entry of git's index. */
export interface Indexed {
  /** As git tells it: `160000` is another repository. */
  mode: string;
  /** Relative to the data directory. */
  path: string;
}

/** The directories of the data directory that a worker writes to, even in a sandbox. */
export const WORKER_DIRS = ["claims", "reports"];

const REPOSITORY = "160000";
const LIMITS = { depth: 16, files: 5000, bytes: 50_000_000 };
/** A file that becomes a FIFO just when git opens it keeps git waiting for as long. */
const TIMEOUT_MS = 30_000;

/**
 * Stages what workers have written, file by file: looop looks what is there, and git is told of regular files and
 * symlinks alone. What is left out is told to the person.
 *
 * @returns whether there may be something to commit.
 */
export async function stageWorkerFiles(profile: Profile, index: Indexed[]): Promise<boolean> {
  const known = index.filter(({ path }) => WORKER_DIRS.includes(path.split("/")[0]));
  const there: string[] = [];
  for (const dir of WORKER_DIRS) {
    const { files, skipped } = walkFiles(join(profile.paths.dataDir, dir), LIMITS);
    there.push(...files.filter(isNoLeftover).map((path) => `${dir}/${path}`));
    for (const why of skipped) profile.warn(`in ${dir}/ ${why}: it is not committed`);
  }
  const isPresent = new Set(there);
  await forget(
    profile,
    known.filter(({ path, mode }) => mode === REPOSITORY || !isPresent.has(path)),
  );
  const fresh = await notIgnored(profile, there, new Set(known.map(({ path }) => path)));
  await update(profile, ["--add", "--remove"], fresh);
  // What became a repository meanwhile: git would run what its config says at the next look.
  const { stdout } = await git(profile, ["ls-files", "-s", "-z", "--", ...WORKER_DIRS]);
  const nested = stdout.split("\0").filter((line) => line.startsWith(REPOSITORY));
  await forget(profile, nested.map((line) => ({ path: line.slice(line.indexOf("\t") + 1) })));
  return known.length > 0 || fresh.length > 0;
}

async function forget(profile: Profile, entries: { path: string }[]): Promise<void> {
  await update(profile, ["--force-remove"], entries.map(({ path }) => path));
}

async function update(profile: Profile, how: string[], paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  const args = ["update-index", ...how, "-z", "--stdin"];
  await git(profile, args, { stdin: `${paths.join("\0")}\0`, timeoutMs: TIMEOUT_MS });
}

/** Leaves out what a `.gitignore` names and git does not have yet. */
async function notIgnored(
  profile: Profile,
  paths: string[],
  known: ReadonlySet<string>,
): Promise<string[]> {
  const unknown = paths.filter((path) => !known.has(path));
  if (unknown.length === 0) return paths;
  // Its status is 1 where none is ignored.
  const { stdout } = await tryGit(profile, ["check-ignore", "-z", "--stdin"], {
    stdin: `${unknown.join("\0")}\0`,
    timeoutMs: TIMEOUT_MS,
  });
  const ignored = new Set(stdout.split("\0"));
  return paths.filter((path) => !ignored.has(path));
}

/** The name of a temporary file, as `replaceFile` makes it. */
function isNoLeftover(path: string): boolean {
  return !/^\..*\.tmp$/.test(basename(path));
}
