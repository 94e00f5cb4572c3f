import { join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { isPresent, stat } from "../os/stat.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import {
  changedIn,
  checkRepository,
  git,
  gitDirOf,
  gitFailure,
  hasRepository,
  ignoreOwnFiles,
  tryGit,
} from "./git.ts";
import { leaveOut, type LeftOut, reportLeftOut, whySkipped } from "./left_out.ts";
import type { Profile } from "./profile.ts";
import {
  forget,
  type Indexed,
  readIndex,
  stage,
  stageWorkerFiles,
  WORKER_DIRS,
} from "./staging.ts";
import { quoteWord } from "../schema/text.ts";

/** The trailer with the run id of a commit. */
export const TRAILER = "Looop-Run";
/** The trailer with the goal that a move serves. */
export const GOAL_TRAILER = "Looop-Goal";

/** What the trailers of a run's commit say of it, a line each: a clone has no `runs/`. */
export interface RunNote {
  /** Id of the goal that it served. */
  goal?: string;
  /** Action and status of the move, such as `run asked`. */
  move?: string;
  /** Who decided, such as `rule tea/red` or `runner claude`. */
  by?: string;
  /** What policy said, and which rule: `allow read-only`. */
  policy?: string;
}

/** The trailers of a {@linkcode RunNote}. */
export const NOTE_TRAILERS: Readonly<Record<keyof RunNote, string>> = {
  goal: GOAL_TRAILER,
  move: "Looop-Move",
  by: "Looop-By",
  policy: "Looop-Policy",
};

/** Makes the data directory a git repository, unless it is one. */
export async function initRepository(profile: Profile): Promise<void> {
  // Without init -b, which git has since 2.28.
  await git(profile, ["init", "-q", "--template="]);
  await git(profile, ["symbolic-ref", "HEAD", "refs/heads/main"]);
}

/** What is in progress while one of these is in git's directory. */
const IN_PROGRESS = [
  { entry: "MERGE_HEAD", what: "merge" },
  { entry: "rebase-merge", what: "rebase" },
  { entry: "rebase-apply", what: "rebase" },
  { entry: "CHERRY_PICK_HEAD", what: "cherry-pick" },
  { entry: "REVERT_HEAD", what: "revert" },
  { entry: "sequencer", what: "cherry-pick" },
  { entry: "BISECT_LOG", what: "bisect" },
];

/**
 * Returns why looop commits nothing now: the user is in the middle of a merge, rebase, cherry-pick, revert or bisect, or
 * the index has unresolved conflicts. `null`: nothing prevents it.
 *
 * @param index the whole index, if it has just been read
 */
export async function commitObstacle(
  profile: Profile,
  index?: readonly Indexed[],
): Promise<string | null> {
  const { dataDir } = profile.paths;
  const dir = gitDirOf(dataDir);
  const found = IN_PROGRESS.find(({ entry }) => isPresent(join(dir, entry)));
  const remedy = `finish it, or run git -C ${quoteWord(dataDir)}`;
  if (found !== undefined) {
    const way = found.what === "bisect" ? "bisect reset" : `${found.what} --abort`;
    return `nothing is committed in ${dataDir} while a ${found.what} is in progress; ${remedy} ${way}`;
  }
  const conflict = (index ?? await readIndex(profile, [], "-u")).find(({ stage }) => stage !== "0");
  if (conflict === undefined) return null;
  const path = JSON.stringify(conflict.path).slice(1, -1);
  return `nothing is committed in ${dataDir} while ${path} has unresolved conflicts; ` +
    `resolve them, then run git -C ${quoteWord(dataDir)} add ${quoteWord(path)}`;
}

/** @throws {UserError} with what {@linkcode commitObstacle} returns. */
async function refuseObstacle(profile: Profile, index?: readonly Indexed[]): Promise<void> {
  const why = await commitObstacle(profile, index);
  if (why !== null) throw new UserError(why);
}

/** Returns what to report if HEAD names no branch: what is committed there is easily lost. `null`: it names one. */
export async function detachedHead({ paths }: Profile): Promise<string | null> {
  const head = await readTextIfPresent(join(gitDirOf(paths.dataDir), "HEAD"));
  if (head === null || !/^[0-9a-f]{40,64}\s*$/.test(head)) return null;
  return `HEAD in ${paths.dataDir} is detached: new commits are on no branch, and are lost when another one is ` +
    `checked out; keep them with git -C ${quoteWord(paths.dataDir)} checkout -b NAME`;
}

/** Options of {@linkcode commitEdits}. */
export interface EditOptions {
  /** The commit's message. Default: "Edits since the last move". */
  message?: string;
  /**
   * Receives the paths that changed, relative to the data directory, before any is staged, and returns those that are
   * left to a later commit. Default: none.
   */
  except?(changed: string[]): Promise<string[]>;
}

/**
 * Commits what users and workers changed since the last commit. Nested git repositories, and what git cannot take, are
 * left out. Without changes there is no commit.
 *
 * git does not search the directories that workers write to: it would run commands that the config of a repository in
 * them names.
 *
 * @throws {UserError} while a merge or its like is in progress.
 */
export async function commitEdits(
  profile: Profile,
  { message = "Edits since the last move", except }: EditOptions = {},
): Promise<void> {
  await checkRepository(profile);
  // For looop's own git: a repository that the user made may have another `.gitignore`.
  await ignoreOwnFiles(join(profile.paths.own, "gitignore"));
  const index = await readIndex(profile);
  await refuseObstacle(profile, index);
  const left: LeftOut = new Map();
  for (const entry of index.filter(({ skipped }) => skipped)) {
    const why = whySkipped(profile, entry);
    if (why !== null) left.set(entry.path, why);
  }
  const secret = index.map(({ path }) => path).filter((path) => path === ".looop/secret");
  await forget(profile, secret);
  const staged = [
    secret.length > 0,
    await stageEdits(profile, index.map(({ path }) => path), except, left),
    await stageWorkerFiles(profile, index, left).catch((error) => {
      profile.warn(`cannot commit what workers wrote: ${messageOf(error)}`);
      return false;
    }),
  ];
  await report(profile, left, true);
  if (staged.includes(true)) await commit(profile, ["-m", message]);
}

/**
 * Commits exactly these paths (relative to the data directory; removed ones too), even if a `.gitignore` names one. What
 * git cannot take is left out. Without changes there is no commit.
 *
 * @param runId the run that wrote them; `null`: none
 * @param note what to note of the run
 * @throws {UserError} while a merge or its like is in progress.
 */
export async function commitPaths(
  profile: Profile,
  paths: string[],
  message: string,
  runId: string | null,
  note?: RunNote,
): Promise<void> {
  await checkRepository(profile);
  await refuseObstacle(profile);
  await stageAndCommit(profile, paths, message, runId, note);
}

async function stageAndCommit(
  profile: Profile,
  paths: string[],
  message: string,
  runId: string | null,
  note: RunNote = {},
): Promise<void> {
  const notes: LeftOut = new Map();
  const left = await stage(profile, paths, notes);
  await report(profile, notes, false);
  // What became a directory is staged as removed; git would add it as a repository.
  const isFile = (path: string) => !stat(join(profile.paths.dataDir, path))?.isDirectory;
  const known = await knownTo(profile, paths.filter((path) => !left.has(path) && isFile(path)));
  // Without any pathspec git would commit everything.
  if (known.length === 0) return;
  const noted = (Object.keys(NOTE_TRAILERS) as (keyof RunNote)[]).map((key) =>
    note[key] === undefined ? "" : `${NOTE_TRAILERS[key]}: ${profile.mask(note[key])}\n`
  );
  const trailers = `${TRAILER}: ${runId}\n${noted.join("")}`;
  const text = runId === null ? message : `${message}\n\n${trailers}`;
  const args = ["-m", text, "--", ...known.map(literal)];
  await commit(profile, args).catch(async (error) => {
    // Meanwhile the index was made again from an older commit.
    if (!messageOf(error).includes("did not match any file")) throw error;
    await stage(profile, known, notes);
    await commit(profile, args);
  });
}

/** Most commits leave nothing out, and none did before. */
async function report(profile: Profile, left: LeftOut, isAll: boolean): Promise<void> {
  if (left.size === 0 && !isPresent(profile.paths.leftOut)) return;
  await reportLeftOut(profile, left, isAll);
}

/**
 * Leaves out paths that exist nowhere, since a pathspec that matches nothing would make git refuse all of them. A path may
 * be in the last commit alone: a git that was killed before its own commit removed it from the index.
 */
async function knownTo(profile: Profile, paths: string[]): Promise<string[]> {
  const missing = paths.filter((path) => stat(join(profile.paths.dataDir, path)) === null);
  if (missing.length === 0) return paths;
  const listed = async (...from: string[]) => {
    const args = ["ls-files", "-z", ...from, "--", ...missing.map(literal)];
    const { code, stdout } = await tryGit(profile, args);
    return code === 0 ? stdout.split("\0").filter(Boolean) : null;
  };
  // Index and last commit together; git fails if there is no commit at all.
  const known = new Set(await listed("--with-tree=HEAD") ?? await listed() ?? []);
  return paths.filter((path) => known.has(path) || !missing.includes(path));
}

async function stageEdits(
  profile: Profile,
  index: string[],
  except: EditOptions["except"],
  left: LeftOut,
): Promise<boolean> {
  const there = listDir(profile.paths.dataDir).map(({ name }) => name);
  const known = index.map((path) => path.split("/")[0]);
  const top = [...new Set([...there, ...known])]
    .filter((name) => name !== ".git" && !WORKER_DIRS.includes(name));
  // Without any pathspec git would search everything.
  if (top.length === 0) return false;
  const all = await changedIn(profile, top.map(literal));
  const excepted = await except?.(all.map(({ path }) => path)) ?? [];
  const found = all.filter(({ path }) => !excepted.includes(path));
  const changed = found.filter(({ path }) => !path.endsWith("/"));
  for (const { path } of found) {
    if (path.endsWith("/")) leaveOut(left, path, "it is a git repository");
  }
  // A killed git may have left a removal staged: such a path cannot be added.
  const unstaged = changed.filter(({ status }) => status !== "D ").map(({ path }) => path);
  await stage(profile, unstaged, left);
  return changed.length > 0;
}

async function commit(profile: Profile, args: string[]): Promise<void> {
  const result = await tryGit(profile, ["commit", "-q", ...args]);
  const isEmpty = /nothing to commit|no changes added|nothing added/.test(result.stdout);
  if (result.code !== 0 && !isEmpty) throw gitFailure(profile, "commit", result);
  const detached = await detachedHead(profile);
  if (detached !== null) profile.warn(detached);
}

/** Reports whether the last commit has a file; `path` is relative to the data directory. */
export async function isCommitted(profile: Profile, path: string): Promise<boolean> {
  return (await tryGit(profile, ["cat-file", "-e", `HEAD:${path}`])).code === 0;
}

function literal(path: string): string {
  return `:(top,literal)${path}`;
}

/**
 * As {@linkcode commitPaths}, but if git cannot do that now (a lock of another git, a full disk), it warns, and a later
 * commit includes the paths. Safe to repeat. The caller holds the move lock.
 *
 * @returns whether they are committed, or are left to the user: there is no repository, or a merge is in progress.
 */
export async function commitRun(
  profile: Profile,
  ...commit: [paths: string[], message: string, runId: string | null, note?: RunNote]
): Promise<boolean> {
  try {
    if (!hasRepository(profile)) return true;
    await checkRepository(profile);
    const obstacle = await commitObstacle(profile);
    if (obstacle === null) await stageAndCommit(profile, ...commit);
    else profile.warn(obstacle);
    return true;
  } catch (error) {
    profile.warn(messageOf(error));
    return false;
  }
}
