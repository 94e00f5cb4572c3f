import { basename, join } from "@std/path";
import { isPresent, kindAt, stat } from "../os/stat.ts";
import { clearSetuid, smallestFiles, walkFiles } from "../os/untrusted_dirs.ts";
import { isTemporary } from "../os/write.ts";
import { messageOf } from "../schema/errors.ts";
import { git, gitFailure, lockInTheWay, tryGit } from "./git.ts";
import { behindLink, leaveOut, type LeftOut } from "./left_out.ts";
import type { Profile } from "./profile.ts";

/** One entry of git's index. */
export interface Indexed {
  /** As git prints it: `160000` is another repository. */
  mode: string;
  /** `0`, or in a conflict of a merge another number. */
  stage: string;
  /** Relative to the data directory. */
  path: string;
  /** git is told to take no notice of changes: `skip-worktree` or `assume-unchanged`. */
  skipped: boolean;
}

/**
 * Lists git's index.
 *
 * @param only `-u`: what has unresolved conflicts alone
 */
export async function readIndex(
  profile: Profile,
  within: string[] = [],
  only: "-s" | "-u" = "-s",
): Promise<Indexed[]> {
  const { stdout } = await git(profile, ["ls-files", only, "-v", "-z", "--", ...within]);
  return stdout.split("\0").filter(Boolean).map((line) => ({
    skipped: /^[a-zS]/.test(line),
    mode: line.slice(2, 8),
    stage: line.slice(line.indexOf("\t") - 1, line.indexOf("\t")),
    path: line.slice(line.indexOf("\t") + 1),
  }));
}

/**
 * Stages paths, relative to the data directory: those that exist are added, even if a `.gitignore` names them, the others
 * removed. What git cannot take is left out, and stops nothing else.
 *
 * @param notes receives what is left out
 * @returns what was left out.
 * @throws {UserError} if git can stage nothing now (a lock of another git, a full disk).
 */
export async function stage(
  profile: Profile,
  paths: string[],
  notes: LeftOut,
  options: { timeoutMs?: number } = {},
): Promise<Set<string>> {
  const behind = new Set<string>();
  const left = new Set<string>();
  const links = new Set<string>();
  for (const path of paths) {
    const link = linkBefore(profile, path);
    const why = link === null ? obstacle(profile, path) : null;
    if (link !== null) {
      behind.add(path);
      links.add(link);
    } else if (why !== null) {
      left.add(path);
      leaveOut(notes, path, why);
    }
  }
  for (const link of links) notes.set(link, behindLink(link));
  // They may be in the index from before.
  await forget(profile, [...behind]);
  const rest = paths.filter((path) => !behind.has(path) && !left.has(path));
  const refused = await stageOrSplit(profile, rest, { notes, options, refused: { count: 0 } });
  return new Set([...behind, ...left, ...refused]);
}

/** Returns the directory on the way to a path that is a symlink, beyond which git takes nothing; `null`: there is none. */
export function linkBefore({ paths }: Profile, path: string): string | null {
  const parts = path.split("/").slice(0, -1);
  const dirs = parts.map((_, i) => parts.slice(0, i + 1).join("/"));
  for (const dir of dirs) {
    try {
      if (stat(join(paths.dataDir, dir))?.isSymlink) return dir;
    } catch {
      return null; // git reports it
    }
  }
  return null;
}

/** Returns why git could not take a path; `null` if it can, or nothing is there. */
function obstacle({ paths }: Profile, path: string): string | null {
  const full = join(paths.dataDir, path);
  try {
    const found = stat(full);
    // Deno and git's output in UTF-8 have this character for a byte that is none.
    if (found === null) return path.includes("\ufffd") ? "its name is not UTF-8" : null;
    if (found.isSymlink || found.isDirectory) return null;
    if (!found.isFile) return "it is not a file";
    return kindAt(full) === "file" ? null : "it cannot be read";
  } catch (error) {
    return messageOf(error);
  }
}

/** Failures of git itself rather than of one file. */
const GENERAL =
  /No space left|[Qq]uota exceeded|Read-only file system|unable to write|write error|insufficient permission|index file/;
/** So many refused files are no longer single ones: searching for each takes time. */
const MAX_REFUSED = 50;

/** git stages all of them or none: after a failure each half is tried alone, until only what it refuses is left. */
async function stageOrSplit(
  profile: Profile,
  paths: string[],
  search: { notes: LeftOut; options: { timeoutMs?: number }; refused: { count: number } },
): Promise<string[]> {
  const { notes, options, refused } = search;
  if (paths.length === 0) return [];
  const args = ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"];
  const result = await tryGit(profile, args, { stdin: `${paths.join("\0")}\0`, ...options });
  if (result.code === 0) {
    const ignored = [...result.stderr.matchAll(/^Ignoring path (.*)$/gm)].map(([, path]) => path);
    for (const path of ignored) leaveOut(notes, path, "git reserves its name");
    return ignored;
  }
  const isGeneral = lockInTheWay(profile.paths.dataDir, result) !== null || result.stderr === "" ||
    GENERAL.test(result.stderr) || refused.count >= MAX_REFUSED;
  if (isGeneral) throw gitFailure(profile, "update-index", result);
  if (paths.length === 1) {
    refused.count++;
    const [reason] = result.stderr.replace(/^(error|fatal): /, "").split("\n");
    leaveOut(notes, paths[0], reason);
    return paths;
  }
  const half = paths.length >> 1;
  return [
    ...await stageOrSplit(profile, paths.slice(0, half), search),
    ...await stageOrSplit(profile, paths.slice(half), search),
  ];
}

/** Removes paths from the index alone. */
export async function forget(profile: Profile, paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  const args = ["update-index", "--force-remove", "-z", "--stdin"];
  await git(profile, args, { stdin: `${paths.join("\0")}\0`, timeoutMs: TIMEOUT_MS });
}

/** The directories of the data directory that a worker writes to, even in a sandbox. */
export const WORKER_DIRS = ["claims", "reports"];

const REPOSITORY = "160000";
const LIMITS = { depth: 16, entries: 5000, bytes: 50_000_000 };
const MAX_BYTES = 500_000_000; // of all files together: git reads that within seconds
/** git waits this long for a file that is replaced by a FIFO just when git opens it. */
const TIMEOUT_MS = 30_000;

/**
 * Stages what workers wrote, file by file: looop lists the files, and passes only regular files and symlinks to git.
 *
 * @param notes receives what is left out
 * @returns whether there may be something to commit.
 */
export async function stageWorkerFiles(
  profile: Profile,
  index: Indexed[],
  notes: LeftOut,
): Promise<boolean> {
  const known = index.filter(({ path }) => WORKER_DIRS.includes(path.split("/")[0]));
  const { paths, environment } = profile;
  const there: string[] = [];
  for (const dir of WORKER_DIRS) {
    const full = join(paths.dataDir, dir);
    const { files, skipped, cut, setuid } = await walkFiles(full, LIMITS, environment);
    if (setuid && !await clearSetuid(full, environment)) {
      profile.warn(`cannot search all of ${dir}/ for setuid files`);
    }
    const kept = files.filter((path) => !isTemporary(basename(path)));
    there.push(...kept.map((path) => `${dir}/${path}`));
    // Those that were not listed are still there: a worker that fills the directory must not remove them from the history.
    if (cut) there.push(...known.flatMap(({ path }) => isStill(profile, dir, path) ? [path] : []));
    for (const why of skipped) {
      notes.set(`${dir}/ ${why}`, `in ${dir}/ ${why}: it is not committed`);
    }
    if (cut) {
      notes.set(
        `${dir}/`,
        `${dir}/ has more than ${LIMITS.entries} entries: not all are committed`,
      );
    }
  }
  const found = new Set(there);
  const gone = known.filter(({ path, mode }) => mode === REPOSITORY || !found.has(path));
  await forget(profile, gone.map(({ path }) => path));
  const fresh = await notIgnored(profile, [...found], new Set(known.map(({ path }) => path)));
  const fitting = new Set(smallestFiles(paths.dataDir, fresh, MAX_BYTES));
  // Also known ones: each commit would read those that grew.
  const large = fresh.filter((path) => !fitting.has(path));
  await forget(profile, large);
  if (large.length > 0) {
    const why = `more than ${MAX_BYTES} bytes: the ${large.length} largest files are not committed`;
    notes.set(WORKER_DIRS.join(), `${WORKER_DIRS.join("/ and ")}/ have ${why}`);
  }
  await stage(profile, [...fitting], notes, { timeoutMs: TIMEOUT_MS });
  // Unstages what became a repository meanwhile: the next git would run commands from its config.
  const added = fitting.size === 0 ? [] : await readIndex(profile, WORKER_DIRS);
  await forget(profile, added.filter(({ mode }) => mode === REPOSITORY).map(({ path }) => path));
  return known.length > 0 || fresh.length > 0;
}

function isStill(profile: Profile, dir: string, path: string): boolean {
  const { dataDir } = profile.paths;
  const parts = path.split("/").slice(0, -1);
  const inRepository = parts.some((_, i) =>
    isPresent(join(dataDir, ...parts.slice(0, i + 1), ".git"))
  );
  return path.startsWith(`${dir}/`) && isPresent(join(dataDir, path)) && !inRepository &&
    linkBefore(profile, path) === null && obstacle(profile, path) === null;
}

/** Leaves out untracked paths that a `.gitignore` names. */
async function notIgnored(
  profile: Profile,
  paths: string[],
  known: ReadonlySet<string>,
): Promise<string[]> {
  // git refuses all of them for one that is behind a symlink.
  const unknown = paths.filter((path) => !known.has(path) && linkBefore(profile, path) === null);
  if (unknown.length === 0) return paths;
  // Its status is 1 if none is ignored.
  const { stdout } = await tryGit(profile, ["check-ignore", "-z", "--stdin"], {
    stdin: `${unknown.join("\0")}\0`,
    timeoutMs: TIMEOUT_MS,
  });
  const ignored = new Set(stdout.split("\0"));
  return paths.filter((path) => !ignored.has(path));
}
