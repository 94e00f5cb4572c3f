import { UserError } from "../schema/errors.ts";
import { TRAILER } from "./commits.ts";
import { git, gitInstalled, hasRepository, tryGit } from "./git.ts";
import type { Profile } from "./profile.ts";

/** A commit that changed a file. */
export interface Revision {
  /** Short, to type. */
  rev: string;
  commit: string;
  /** When it was made, ISO 8601. */
  at: string;
  /** A move of the loop, or an edit of a user or worker. */
  by: "move" | "edit";
  /** Of a move. */
  run_id: string | null;
  /** Its subject, without the time that begins a move's. */
  why: string;
}

const FIELDS = "%H%x1f%h%x1f%aI%x1f%(trailers:key=" + TRAILER +
  ",valueonly,separator=%x20)%x1f%s";

/** The commit of a move. */
export interface MoveCommit extends Revision {
  run_id: string;
  /** What it changed, relative to the data directory. */
  paths: string[];
}

/** Lists the commits of the last moves, at most `count`, newest first. */
export async function listMoves(profile: Profile, count: number): Promise<MoveCommit[]> {
  const { code, stdout } = await tryGit(profile, [
    ...["log", "-n", `${count}`, `--grep=^${TRAILER}: `, "--name-only", "--no-renames"],
    `--format=%x1e${FIELDS}`,
  ]);
  if (code !== 0) return [];
  return stdout.split("\x1e").filter(Boolean).flatMap((record) => {
    const [line, ...paths] = record.split("\n").filter(Boolean);
    const { run_id, ...rest } = parseLine(line);
    return run_id === null ? [] : [{ ...rest, run_id, paths }];
  });
}

/** Lists the commits that changed a file, newest first. */
export async function fileHistory(profile: Profile, path: string): Promise<Revision[]> {
  const args = ["log", `--format=${FIELDS}`, "--", `:(top,literal)${path}`];
  // git fails if there is no commit at all.
  const { code, stdout } = await tryGit(profile, args);
  return code === 0 ? stdout.split("\n").filter(Boolean).map(parseLine) : [];
}

/**
 * Resolves a revision in any notation of git.
 *
 * @throws {UserError} if there is no such commit.
 */
export async function resolveCommit(
  profile: Profile,
  rev: string,
): Promise<Pick<Revision, "rev" | "commit">> {
  // Without --end-of-options, which rev-parse has since git 2.30: no revision begins with a hyphen.
  const found = rev.startsWith("-")
    ? null
    : await tryGit(profile, ["rev-parse", "--verify", "--quiet", `${rev}^{commit}`]);
  const commit = found?.stdout.trim() ?? "";
  if (found?.code === 0) {
    const { stdout } = await git(profile, ["rev-parse", "--short", commit]);
    return { rev: stdout.trim(), commit };
  }
  throw new UserError(`there is no revision ${rev} in the history of ${profile.paths.dataDir}`);
}

/** Returns the bytes of a file in a commit; `null` if it was not in it. */
export async function bytesAt(
  profile: Profile,
  commit: string,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const listed = await git(profile, ["ls-tree", "-z", commit, "--", `:(top,literal)${path}`]);
  const [, object] = /^100\d{3} blob ([0-9a-f]+)\t/.exec(listed.stdout) ?? [];
  return object === undefined ? null : (await git(profile, ["cat-file", "blob", object])).bytes;
}

/**
 * Checks that there is a history.
 *
 * @param doing such as `undo a move`
 * @throws {UserError} with the reason if there is none.
 */
export function requireRepository(profile: Profile, doing: string): void {
  if (hasRepository(profile)) return;
  const { dataDir } = profile.paths;
  const why = gitInstalled(profile)
    ? `${dataDir} has no history yet: the first looop tick begins it`
    : "git is not installed, so no history is kept";
  throw new UserError(`cannot ${doing}: ${why}`);
}

function parseLine(line: string): Revision {
  const [commit, rev, at, run, ...rest] = line.split("\x1f");
  const run_id = run.split(" ")[0] || null;
  const subject = rest.join("\x1f");
  const why = run_id === null ? subject : subject.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d /, "");
  return { rev, commit, at, by: run_id === null ? "edit" : "move", run_id, why };
}
