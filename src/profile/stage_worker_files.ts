import { basename, join } from "@std/path";
import { walkFiles } from "../os/untrusted_files.ts";
import { git, tryGit } from "./git.ts";
import type { Profile } from "./profile.ts";

/** One entry of git's index. */
export interface Indexed {
  /** As git prints it: `160000` is another repository. */
  mode: string;
  /** Relative to the data directory. */
  path: string;
}

/** The directories of the data directory that a worker writes to, even in a sandbox. */
export const WORKER_DIRS = ["claims", "reports"];

const REPOSITORY = "160000";
const LIMITS = { depth: 16, files: 5000, bytes: 50_000_000 };
/** git waits this long for a file that is replaced by a FIFO just when git opens it. */
const TIMEOUT_MS = 30_000;

/**
 * Stages what workers wrote, file by file: looop lists the files, and passes only regular files and symlinks to git. The
 * user is warned of what is left out.
 *
 * @returns whether there may be something to commit.
 */
export async function stageWorkerFiles(profile: Profile, index: Indexed[]): Promise<boolean> {
  const known = index.filter(({ path }) => WORKER_DIRS.includes(path.split("/")[0]));
  const there: string[] = [];
  for (const dir of WORKER_DIRS) {
    const { files, odd } = await walkFiles(join(profile.paths.dataDir, dir), LIMITS);
    there.push(...files.filter(isNotTemporary).map((path) => `${dir}/${path}`));
    for (const why of odd) profile.warn(`in ${dir}/ ${why}: it is not committed`);
  }
  const isPresent = new Set(there);
  await forget(
    profile,
    known.filter(({ path, mode }) => mode === REPOSITORY || !isPresent.has(path)),
  );
  const fresh = await notIgnored(profile, there, new Set(known.map(({ path }) => path)));
  await update(profile, ["--add", "--remove"], fresh);
  // Unstages what became a repository meanwhile: the next git would run commands from its config.
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

/** Leaves out untracked paths that a `.gitignore` names. */
async function notIgnored(
  profile: Profile,
  paths: string[],
  known: ReadonlySet<string>,
): Promise<string[]> {
  const unknown = paths.filter((path) => !known.has(path));
  if (unknown.length === 0) return paths;
  // Its status is 1 if none is ignored.
  const { stdout } = await tryGit(profile, ["check-ignore", "-z", "--stdin"], {
    stdin: `${unknown.join("\0")}\0`,
    timeoutMs: TIMEOUT_MS,
  });
  const ignored = new Set(stdout.split("\0"));
  return paths.filter((path) => !ignored.has(path));
}

/** Excludes the temporary files of `replaceFile`. */
function isNotTemporary(path: string): boolean {
  return !/^\..*\.tmp$/.test(basename(path));
}
