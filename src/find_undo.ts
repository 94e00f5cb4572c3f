import { equalBytes } from "./model/equal_bytes.ts";
import { UserError } from "./model/user_error.ts";
import {
  bytesAt,
  fileHistory,
  listMoves,
  type MoveCommit,
  needMemory,
} from "./profile/file_history.ts";
import { tryGit } from "./profile/git.ts";
import { readIntent } from "./profile/intent_file.ts";
import { readOwedCommits } from "./profile/owed_commits_file.ts";
import type { Profile } from "./profile/profile.ts";
import { KEPT_RUNS } from "./profile/runs.ts";
import { whyNoUndo } from "./why_no_undo.ts";
import { currentBytes } from "./write_text.ts";

/** One file that undoing a move changes back. */
export interface UndoFile {
  /** Relative to the data directory. */
  path: string;
  now: Uint8Array | null;
  /** What it held before the move; `null`: it was not there. */
  before: Uint8Array | null;
}

/** What undoing the last move takes. */
export interface Undo {
  move: MoveCommit;
  files: UndoFile[];
  /** How many moves after it did nothing that could be undone. */
  skipped: number;
}

/** What a move writes and undoing takes back; what it notes of itself (journal, state, asks, costs) stays. */
const STEERING =
  /^(PLAYBOOK\.md|goals\/(archive\/)?[a-z0-9_-]+\.md|sensors\/[a-z0-9_-]+(\.[a-z0-9]+)?)$/;

/**
 * Finds the last move that did something, and what its undoing takes; changes nothing.
 *
 * @throws {UserError} where it cannot be undone, saying why.
 */
export async function findUndo(profile: Profile): Promise<Undo> {
  needMemory(profile, "undo a move");
  if (await readIntent(profile) !== null || (await readOwedCommits(profile)).length > 0) {
    throw new UserError(
      "cannot undo the last move: it is being made, or was cut off; looop tick finishes it",
    );
  }
  const moves = await listMoves(profile, KEPT_RUNS);
  for (const [skipped, move] of moves.entries()) {
    const paths = move.paths.filter((path) => STEERING.test(path));
    if (paths.length > 0) return { move, skipped, files: await filesOf(profile, move, paths) };
    const why = await whyNoUndo(profile, move);
    if (why !== null) throw new UserError(`cannot undo ${nameOf(move)}: ${why}`);
  }
  const none = moves.length === 0
    ? "there is no move yet"
    : moves.length === 1
    ? "the only move changed no file"
    : `the last ${moves.length} moves changed no file`;
  throw new UserError(`there is nothing to undo: ${none}`);
}

/** How a move is called where undoing speaks of it. */
export function nameOf({ rev, why }: MoveCommit): string {
  return `move ${rev} (${why})`;
}

async function filesOf(profile: Profile, move: MoveCommit, paths: string[]): Promise<UndoFile[]> {
  const files: UndoFile[] = [];
  for (const path of paths) {
    const now = currentBytes(profile, path);
    const before = await bytesBefore(profile, move.commit, path);
    // Also one that an undo wrote before it was cut off.
    if (same(now, before)) continue;
    const after = await bytesAt(profile, move.commit, path);
    if (!same(now, after)) throw await changedSince(profile, move, path);
    files.push({ path, now, before });
  }
  if (files.length > 0) return files;
  const { dataDir } = profile.paths;
  throw new UserError(
    `${nameOf(move)} is undone already; what it had written comes back by: ` +
      `git -C ${dataDir} checkout ${move.rev} -- ${paths.join(" ")}`,
  );
}

/** A first commit of all has none before it. */
async function bytesBefore(profile: Profile, commit: string, path: string) {
  const parent = await tryGit(profile, ["rev-parse", "--verify", "--quiet", `${commit}^`]);
  return parent.code === 0 ? await bytesAt(profile, parent.stdout.trim(), path) : null;
}

async function changedSince(profile: Profile, move: MoveCommit, path: string): Promise<UserError> {
  const [last] = await fileHistory(profile, path);
  const by = last === undefined || last.commit === move.commit
    ? "by an edit that no commit has yet"
    : `by ${last.rev} (${last.why})`;
  const { dataDir } = profile.paths;
  return new UserError(
    `cannot undo ${nameOf(move)}: ${path} was changed since, ${by}. ` +
      `What the move did: git -C ${dataDir} show ${move.rev}`,
  );
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
