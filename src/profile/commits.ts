import { listDir, removeFile } from "../os/dirs.ts";
import { stat } from "../os/stat.ts";
import { replaceFile, syncDir } from "../os/write.ts";
import { messageOf } from "../schema/errors.ts";
import { type DeferredCommit, deferredCommitsSchema } from "../schema/intent.ts";
import { git, gitFailure, hasRepository, tryGit } from "./git.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";
import { type Indexed, stageWorkerFiles, WORKER_DIRS } from "./stage_worker_files.ts";

/** Names the run that a commit is of. */
export const TRAILER = "Looop-Run";
/** Commits among which that of a run is looked for; people commit as well. */
const LAST_COMMITS = 1000;

/** Makes the data directory a repository of its own, if it is none yet. */
export async function initRepository(profile: Profile): Promise<void> {
  await git(profile, ["init", "-q", "--template=", "-b", "main"]);
}

/**
 * Commits what people and workers changed since the last commit, on its own, leaving out `except` (paths
 * relative to the data directory: what the loop itself is about to commit). Nothing changed: no commit. Git
 * repositories inside are left out.
 *
 * git never looks through the directories that workers write to, since it runs what the config of a repository that it
 * finds there says.
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
      profile.warn(`what workers wrote is not committed: ${messageOf(error)}`);
      return false;
    }),
  ];
  if (staged.includes(true)) await commit(profile, ["-m", message]);
}

/** Paths inside a directory, both relative to the data directory, that differ from the last commit or are new. */
export async function changedIn(profile: Profile, dir: string): Promise<string[]> {
  const status = ["status", "--porcelain", "-z", "-uall", "--no-renames", "--", dir];
  const { stdout } = await git(profile, status);
  return stdout.split("\0").filter(Boolean).map((entry) => entry.slice(3));
}

/**
 * Commits exactly these paths (relative to the data directory; removed ones too), even where a `.gitignore`
 * names one: git would refuse all of them. Nothing changed: no commit, unless it is made `evenEmpty`.
 *
 * @param runId the run whose commit it is, if it is one's
 */
export async function commitPaths(
  profile: Profile,
  paths: string[],
  message: string,
  runId: string | null,
  { evenEmpty = false }: { evenEmpty?: boolean } = {},
): Promise<void> {
  const { there, staged, committed } = await sort(profile, paths);
  if (there.length + staged.length + committed.length === 0) return;
  const toStage = [...there, ...staged];
  // Without any pathspec git would add everything.
  if (toStage.length > 0) await git(profile, ["add", "-A", "-f", "--", ...toStage.map(literal)]);
  const pathspec = ["--", ...[...toStage, ...committed].map(literal)];
  const text = runId === null ? message : `${message}\n\n${TRAILER}: ${runId}\n`;
  const empty = evenEmpty ? ["--allow-empty"] : [];
  await commit(profile, [...empty, "-m", text, ...pathspec]);
}

async function readIndex(profile: Profile): Promise<Indexed[]> {
  const { stdout } = await git(profile, ["ls-files", "-s", "-z"]);
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
  // Without any pathspec git would look at everything.
  if (top.length === 0) return false;
  const { stdout } = await git(profile, [
    ...["status", "--porcelain", "-z", "-uall", "--no-renames", "--ignore-submodules=all", "--"],
    ...top.map(literal),
  ]);
  const changed = stdout.split("\0").filter(Boolean)
    .map((line) => ({ status: line.slice(0, 2), path: line.slice(3) }))
    .filter(({ path }) => !path.endsWith("/") && !except.includes(path));
  if (changed.length === 0) return false;
  // A git that was killed may have left a removal staged: there is no such path any more that could be added.
  const unstaged = changed.filter(({ status }) => status !== "D ").map(({ path }) => path);
  if (unstaged.length === 0) return true;
  // Forced, since what git has may be ignored by now, and nothing else that is has a status.
  await git(
    profile,
    ["--literal-pathspecs", "add", "-A", "-f", "--pathspec-from-file=-", "--pathspec-file-nul"],
    { stdin: unstaged.join("\0") },
  );
  return true;
}

async function commit(profile: Profile, args: string[]): Promise<void> {
  const result = await tryGit(profile, ["commit", "-q", ...args]);
  if (
    result.code !== 0 && !/nothing to commit|no changes added|nothing added/.test(result.stdout)
  ) {
    throw gitFailure(profile, "commit", result);
  }
}

/** Tells whether one of the last commits is that of a run. */
export async function isCommitted(profile: Profile, runId: string): Promise<boolean> {
  const format = `--format=%(trailers:key=${TRAILER},valueonly)`;
  // Where there is no commit at all, git fails.
  const { stdout } = await tryGit(profile, ["log", "-n", `${LAST_COMMITS}`, format]);
  return stdout.split("\n").includes(runId);
}

function literal(path: string): string {
  return `:(top,literal)${path}`;
}

/** Paths by where they are known; a pathspec that matches nothing would make git refuse all of them. */
interface Sorted {
  there: string[];
  /** Removed, and still in the index. */
  staged: string[];
  /** Removed from the index as well, by a git that did not live to commit that. */
  committed: string[];
}

/** Leaves out what is nowhere, and what git does not take. */
async function sort(profile: Profile, paths: string[]): Promise<Sorted> {
  const there: string[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    const full = `${profile.paths.dataDir}/${path}`;
    const found = stat(full);
    if (found === null) missing.push(path);
    else if (found.isFile || found.isSymlink) there.push(path);
  }
  if (missing.length === 0) return { there, staged: [], committed: [] };
  const listed = async (...from: string[]) => {
    const args = ["ls-files", "-z", ...from, "--", ...missing.map(literal)];
    const { code, stdout } = await tryGit(profile, args);
    return code === 0 ? stdout.split("\0").filter(Boolean) : null;
  };
  // Of index and commit together; git fails where there is no commit at all.
  const known = await listed("--with-tree=HEAD");
  if (known?.length === 0) return { there, staged: [], committed: [] };
  const staged = await listed() ?? [];
  const committed = (known ?? []).filter((path) => !staged.includes(path));
  return { there, staged, committed };
}

/**
 * Commits what a run wrote. What git cannot take now (a lock of another git, a full disk) is owed, and paid by
 * the next tick: each run has its commit in the end. Safe to do twice. The caller holds the move lock.
 */
export async function commitRun(profile: Profile, commit: DeferredCommit): Promise<void> {
  if (!hasRepository(profile)) return;
  if ((await readDeferredCommits(profile)).length > 0) {
    await deferCommit(profile, commit);
    return await makeDeferredCommits(profile);
  }
  try {
    await commitPaths(profile, commit.paths, commit.message, commit.run_id);
  } catch (error) {
    await deferCommit(profile, commit);
    profile.warn(messageOf(error));
  }
}

/** Notes a commit before what belongs into it is written: so a crash cannot keep it from being made. */
export async function deferCommit(profile: Profile, commit: DeferredCommit): Promise<void> {
  if (!hasRepository(profile)) return;
  const owed = await readDeferredCommits(profile);
  const others = owed.filter(({ run_id }) => run_id !== commit.run_id);
  await writeDeferredCommits(profile, [...others, commit]);
}

/**
 * Makes the commits that are owed, oldest first, until git refuses one. The caller holds the move lock.
 *
 * One may be empty: what it was for is then in an older one.
 */
export async function makeDeferredCommits(profile: Profile): Promise<void> {
  const owed = await readDeferredCommits(profile);
  if (owed.length === 0 || !hasRepository(profile)) return;
  for (const [paid, { paths, message, run_id }] of owed.entries()) {
    try {
      if (await isCommitted(profile, run_id)) continue;
      await commitPaths(profile, paths, message, run_id, { evenEmpty: true });
    } catch (error) {
      profile.warn(messageOf(error));
      if (paid > 0) await writeDeferredCommits(profile, owed.slice(paid));
      return;
    }
  }
  await writeDeferredCommits(profile, []);
}

/** The commits that git has not taken yet, oldest first. */
export async function readDeferredCommits({ paths }: Profile): Promise<DeferredCommit[]> {
  if (stat(paths.owedCommits) === null) return [];
  const mend = "Delete it: what it tells of is committed as edits before the next move.";
  return await parseFile(paths.owedCommits, deferredCommitsSchema, mend) ?? [];
}

/** Notes the commits that git has not taken yet; durable. */
export async function writeDeferredCommits(
  { paths }: Profile,
  owed: DeferredCommit[],
): Promise<void> {
  if (owed.length > 0) return await replaceFile(paths.owedCommits, JSON.stringify(owed));
  await removeFile(paths.owedCommits);
  await syncDir(paths.own);
}
