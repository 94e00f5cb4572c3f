import { basename, join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { stat } from "../os/stat.ts";
import { walkFiles } from "../os/untrusted_files.ts";
import { isTemporary } from "../os/write.ts";
import { messageOf } from "../schema/errors.ts";
import { changedIn, git, gitFailure, hasRepository, tryGit } from "./git.ts";
import type { Profile } from "./profile.ts";

/** The trailer with the run id of a commit. */
export const TRAILER = "Looop-Run";
/** The trailer with the goal that a move serves. */
export const GOAL_TRAILER = "Looop-Goal";

/** Makes the data directory a git repository, unless it is one. */
export async function initRepository(profile: Profile): Promise<void> {
  await git(profile, ["init", "-q", "--template=", "-b", "main"]);
}

/**
 * Commits what users and workers changed since the last commit. Nested git repositories are left out. Without changes
 * there is no commit.
 *
 * git does not search the directories that workers write to: it would run commands that the config of a repository in
 * them names.
 *
 * @param except paths, relative to the data directory, that the loop itself is about to commit
 */
export async function commitEdits(
  profile: Profile,
  except: string[] = [],
  message = "Edits since the last move",
): Promise<void> {
  const index = await readIndex(profile);
  const staged = [
    await stageEdits(profile, index, except),
    await stageWorkerFiles(profile, index).catch((error) => {
      profile.warn(`cannot commit what workers wrote: ${messageOf(error)}`);
      return false;
    }),
  ];
  if (staged.includes(true)) await commit(profile, ["-m", message]);
}

/**
 * Commits exactly these paths (relative to the data directory; removed ones too), even if a `.gitignore` names one,
 * which would make git refuse all of them. Without changes there is no commit.
 *
 * @param runId the run that wrote them; `null`: none
 * @param goal the goal that the run served
 */
export async function commitPaths(
  profile: Profile,
  paths: string[],
  message: string,
  runId: string | null,
  goal?: string,
): Promise<void> {
  const { toStage, committed } = await sort(profile, paths);
  if (toStage.length + committed.length === 0) return;
  // Without any pathspec git would add everything.
  if (toStage.length > 0) await git(profile, ["add", "-A", "-f", "--", ...toStage.map(literal)]);
  const pathspec = ["--", ...[...toStage, ...committed].map(literal)];
  const served = goal === undefined ? "" : `${GOAL_TRAILER}: ${goal}\n`;
  const text = runId === null ? message : `${message}\n\n${TRAILER}: ${runId}\n${served}`;
  await commit(profile, ["-m", text, ...pathspec]);
}

async function readIndex(profile: Profile, within: string[] = []): Promise<Indexed[]> {
  const { stdout } = await git(profile, ["ls-files", "-s", "-z", "--", ...within]);
  return stdout.split("\0").filter(Boolean).map((line) => ({
    mode: line.slice(0, 6),
    path: line.slice(line.indexOf("\t") + 1),
  }));
}

async function stageEdits(
  profile: Profile,
  index: Indexed[],
  except: string[],
): Promise<boolean> {
  const there = listDir(profile.paths.dataDir).map(({ name }) => name);
  const known = index.map(({ path }) => path.split("/")[0]);
  const top = [...new Set([...there, ...known])]
    .filter((name) => name !== ".git" && !WORKER_DIRS.includes(name));
  // Without any pathspec git would search everything.
  if (top.length === 0) return false;
  const changed = (await changedIn(profile, top.map(literal)))
    .filter(({ path }) => !path.endsWith("/") && !except.includes(path));
  if (changed.length === 0) return false;
  // A killed git may have left a removal staged: such a path cannot be added.
  const unstaged = changed.filter(({ status }) => status !== "D ").map(({ path }) => path);
  if (unstaged.length === 0) return true;
  // Forced, since a tracked file may be ignored by now; other ignored files have no status.
  await git(
    profile,
    ["--literal-pathspecs", "add", "-A", "-f", "--pathspec-from-file=-", "--pathspec-file-nul"],
    { stdin: unstaged.join("\0") },
  );
  return true;
}

async function commit(profile: Profile, args: string[]): Promise<void> {
  const result = await tryGit(profile, ["commit", "-q", ...args]);
  const isEmpty = /nothing to commit|no changes added|nothing added/.test(result.stdout);
  if (result.code !== 0 && !isEmpty) throw gitFailure(profile, "commit", result);
}

/** Reports whether the last commit has a file; `path` is relative to the data directory. */
export async function isCommitted(profile: Profile, path: string): Promise<boolean> {
  return (await tryGit(profile, ["cat-file", "-e", `HEAD:${path}`])).code === 0;
}

function literal(path: string): string {
  return `:(top,literal)${path}`;
}

/**
 * Leaves out paths that exist nowhere, since a pathspec that matches nothing would make git refuse all of them, and what
 * git cannot store.
 *
 * @returns `toStage`: paths that exist or are in the index; `committed`: those only in the last commit, which a git that
 * was killed before its own commit removed from the index.
 */
async function sort(
  profile: Profile,
  paths: string[],
): Promise<{ toStage: string[]; committed: string[] }> {
  const there: string[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    const full = `${profile.paths.dataDir}/${path}`;
    const found = stat(full);
    if (found === null) missing.push(path);
    else if (found.isFile || found.isSymlink) there.push(path);
  }
  if (missing.length === 0) return { toStage: there, committed: [] };
  const listed = async (...from: string[]) => {
    const args = ["ls-files", "-z", ...from, "--", ...missing.map(literal)];
    const { code, stdout } = await tryGit(profile, args);
    return code === 0 ? stdout.split("\0").filter(Boolean) : null;
  };
  // Index and last commit together; git fails if there is no commit at all.
  const known = await listed("--with-tree=HEAD");
  if (known?.length === 0) return { toStage: there, committed: [] };
  const staged = await listed() ?? [];
  const committed = (known ?? []).filter((path) => !staged.includes(path));
  return { toStage: [...there, ...staged], committed };
}

/**
 * As {@linkcode commitPaths}, but if git cannot do that now (a lock of another git, a full disk), it warns, and a later
 * commit includes the paths. Safe to repeat. The caller holds the move lock.
 *
 * @returns whether they are committed, or there is no repository.
 */
export async function commitRun(
  profile: Profile,
  ...commit: [paths: string[], message: string, runId: string | null, goal?: string]
): Promise<boolean> {
  try {
    if (hasRepository(profile)) await commitPaths(profile, ...commit);
    return true;
  } catch (error) {
    profile.warn(messageOf(error));
    return false;
  }
}

/** One entry of git's index. */
interface Indexed {
  /** As git prints it: `160000` is another repository. */
  mode: string;
  /** Relative to the data directory. */
  path: string;
}

/** The directories of the data directory that a worker writes to, even in a sandbox. */
const WORKER_DIRS = ["claims", "reports"];

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
async function stageWorkerFiles(profile: Profile, index: Indexed[]): Promise<boolean> {
  const known = index.filter(({ path }) => WORKER_DIRS.includes(path.split("/")[0]));
  const there: string[] = [];
  for (const dir of WORKER_DIRS) {
    const { files, skipped } = walkFiles(join(profile.paths.dataDir, dir), LIMITS);
    const kept = files.filter((path) => !isTemporary(basename(path)));
    there.push(...kept.map((path) => `${dir}/${path}`));
    for (const why of skipped) profile.warn(`in ${dir}/ ${why}: it is not committed`);
  }
  const isPresent = new Set(there);
  const gone = known.filter(({ path, mode }) => mode === REPOSITORY || !isPresent.has(path));
  await forget(profile, gone);
  const fresh = await notIgnored(profile, there, new Set(known.map(({ path }) => path)));
  await update(profile, ["--add", "--remove"], fresh);
  // Unstages what became a repository meanwhile: the next git would run commands from its config.
  const added = await readIndex(profile, WORKER_DIRS);
  await forget(profile, added.filter(({ mode }) => mode === REPOSITORY));
  return known.length > 0 || fresh.length > 0;
}

async function forget(profile: Profile, entries: Indexed[]): Promise<void> {
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
