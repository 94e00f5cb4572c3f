import { join } from "@std/path";
import * as z from "zod/mini";
import { replaceOrRemove } from "../act/files.ts";
import { checkReadOnly, tokenizeCommand } from "../admit/shell_command.ts";
import { tryGit } from "../profile/git.ts";
import {
  bytesAt,
  fileHistory,
  listMoves,
  type MoveCommit,
  requireRepository,
} from "../profile/history.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { readIntent, runFile } from "../profile/runs.ts";
import { behindLink } from "../profile/left_out.ts";
import { linkBefore } from "../profile/staging.ts";
import { readState, writeState } from "../profile/state.ts";
import { outcomeSchema } from "../schema/decision.ts";
import { UserError } from "../schema/errors.ts";
import { currentBytes, equalBytes, makeEdit } from "./edit.ts";
import { quoteWord, quoteWords } from "../schema/text.ts";

/** One file that an undo reverts. */
export interface UndoFile {
  /** Relative to the data directory. */
  path: string;
  now: Uint8Array | null;
  /** Its content before the move; `null`: it did not exist. */
  before: Uint8Array | null;
}

/** A file that an undo moves back. */
export interface UndoMove {
  from: string;
  to: string;
}

/**
 * Finds the files that an undo moves back as they are, such as a goal out of the archive.
 *
 * @returns the moves, and the files that it changes otherwise
 */
export function movesOf(files: UndoFile[]): { moves: UndoMove[]; rest: UndoFile[] } {
  const moves: UndoMove[] = [];
  const rest = new Set(files);
  for (const file of files) {
    const target = [...rest].find(({ now, before }) =>
      file.before === null && now === null && equalBytes(before, file.now)
    );
    if (!target || !rest.has(file)) continue;
    moves.push({ from: file.path, to: target.path });
    rest.delete(file);
    rest.delete(target);
  }
  return { moves, rest: [...rest] };
}

/** How the last move is undone. */
export interface Undo {
  move: MoveCommit;
  files: UndoFile[];
  /** The number of later moves that changed no file. */
  skipped: number;
}

/** The files that an undo reverts; journal, state, asks and costs stay. */
const STEERING =
  /^(PLAYBOOK\.md|goals\/(archive\/)?[a-z0-9_-]+\.md|schedules\/[a-z0-9_-]+\.yaml|sensors\/[a-z0-9_-]+(\.[a-z0-9]+)?)$/;

/**
 * Finds the last move that changed something, and the files to revert; read-only.
 *
 * @throws {UserError} if it cannot be undone.
 */
export async function findUndo(profile: Profile): Promise<Undo> {
  requireRepository(profile, "undo a move");
  if (await readIntent(profile) !== null) {
    throw new UserError(
      "cannot undo the last move: it is not complete; run looop tick, which completes an interrupted move",
    );
  }
  const moves = await listMoves(profile, { count: profile.config.keep_runs, files: true });
  for (const [skipped, move] of moves.entries()) {
    const paths = move.paths.filter((path) => STEERING.test(path));
    if (paths.length > 0) return { move, skipped, files: await filesOf(profile, move, paths) };
    const why = await undoRefusal(profile, move);
    if (why !== null) throw new UserError(`cannot undo ${nameOf(move)}: ${why}`);
  }
  const none = moves.length === 0
    ? "there is no move in the history"
    : moves.length === 1
    ? "the only move changed no file"
    : `the last ${moves.length} moves changed no file`;
  throw new UserError(`nothing to undo: ${none}`);
}

function nameOf({ rev, why }: MoveCommit): string {
  return `move ${rev} (${why})`;
}

async function filesOf(profile: Profile, move: MoveCommit, paths: string[]): Promise<UndoFile[]> {
  const files: UndoFile[] = [];
  for (const path of paths) {
    const now = currentBytes(profile, path);
    const before = await bytesBefore(profile, move, path);
    // Also a file that an interrupted undo has reverted.
    if (equalBytes(now, before)) continue;
    const after = await bytesAt(profile, move.commit, path);
    if (!equalBytes(now, after)) throw await changedSince(profile, move, path);
    files.push({ path, now, before });
  }
  if (files.length > 0) return files;
  const { dataDir } = profile.paths;
  throw new UserError(
    `${nameOf(move)} is undone already; to restore its files, run ` +
      quoteWords("git", "-C", dataDir, "restore", "--source", move.rev, "--", ...paths),
  );
}

/** `null` also if the move's commit is the first one. */
async function bytesBefore(profile: Profile, move: MoveCommit, path: string) {
  const parent = await tryGit(profile, ["rev-parse", "--verify", "--quiet", `${move.commit}^`]);
  if (parent.code === 0) return await bytesAt(profile, parent.stdout.trim(), path);
  const { stdout } = await tryGit(profile, ["cat-file", "commit", move.commit]);
  if (!/^parent /m.test(stdout.split("\n\n", 1)[0])) return null;
  throw new UserError(
    `cannot undo ${
      nameOf(move)
    }: the history ends here, since it was cloned without what is older; ` +
      `run ${quoteWords("git", "-C", profile.paths.dataDir, "fetch", "--unshallow")}`,
  );
}

async function changedSince(profile: Profile, move: MoveCommit, path: string): Promise<UserError> {
  const [last] = await fileHistory(profile, path);
  const by = last === undefined || last.commit === move.commit
    ? "by an uncommitted edit"
    : `by ${last.rev} (${last.why})`;
  const { dataDir } = profile.paths;
  return new UserError(
    `cannot undo ${nameOf(move)}: ${path} was changed since, ${by}; ` +
      `revert it by hand: git -C ${quoteWord(dataDir)} show ${move.rev}`,
  );
}

/**
 * Reverts the files of the last move with {@linkcode makeEdit}: for the loop it is a user's edit, on which it decides
 * again. Can be repeated after a crash.
 *
 * @throws {UserError} if it cannot be undone.
 */
export async function undoMove(
  profile: Profile,
  { note, signal }: { note?: string; signal?: AbortSignal } = {},
): Promise<Undo> {
  const edit = await makeEdit(profile, async () => {
    const undo = await findUndo(profile);
    const { move, files } = undo;
    const why = move.why.replace(/^~ /, "");
    return {
      undo,
      what: `undid move ${move.rev}: ${why}`,
      note,
      tainted: why !== move.why,
      event: { event: "undo", run: move.run_id, paths: files.map(({ path }) => path) },
      write: () => revert(profile, undo),
    };
  }, signal);
  return edit!.undo;
}

async function revert(profile: Profile, { files }: Undo): Promise<void> {
  const { dataDir } = profile.paths;
  // Files are restored before others are removed, so that an archived goal is always in one place.
  const isRemoval = ({ before }: UndoFile) => Number(before === null);
  for (const { path, before } of files.toSorted((a, b) => isRemoval(a) - isRemoval(b))) {
    const mode = path.startsWith("sensors/") ? 0o700 : 0o600;
    await replaceOrRemove(join(dataDir, path), before, mode);
  }
  // If no tick has run a sensor yet, its removal does not change the world.
  if (files.every(({ path }) => path.startsWith("sensors/"))) {
    await writeState(profile, { ...await readState(profile), again: true });
  }
}

/** Only these fields of `decision.json`: the others may differ between versions. */
const decisionSchema = z.object({
  decision: z.optional(z.object({
    move: z.object({
      action: z.string(),
      command: z._default(z.string(), ""),
      id: z._default(z.string(), ""),
    }),
  })),
});

/** The subjects of commits without a move: failed decisions and budgets that are used up. */
const NO_MOVE = /^(no decision, |(~ )?(over budget|held): |hold by )/;

/**
 * Returns why a move that changed no file cannot be undone; `null` if it had no effect: it only read, asked, failed, or
 * was denied.
 */
async function undoRefusal(profile: Profile, move: MoveCommit): Promise<string | null> {
  const read = (name: string) => runFile(profile, move.run_id, name);
  const remedy = "See journal.md for what it did.";
  const decided = await parseFile(read("decision.json"), decisionSchema, remedy);
  if (decided === null && !NO_MOVE.test(move.why)) {
    return "it changed no file, and its other effects are unknown, since its run was deleted";
  }
  const made = decided?.decision?.move;
  const outcome = made && await parseFile(read("outcome.json"), outcomeSchema, remedy);
  const effect = outcome?.status === "made" || outcome?.status === "interrupted";
  if (!made || !effect) return null;
  const written = outcome.paths.find((path) => STEERING.test(path));
  const link = written === undefined ? null : linkBefore(profile, written);
  if (link !== null) return `it wrote ${written}, and ${behindLink(link)}; revert it by hand`;
  switch (made.action) {
    case "run":
      return onlyReads(profile, made.command)
        ? null
        : `it ran ${made.command}, which cannot be undone; revert it by hand`;
    case "start_worker":
      return `it started worker ${made.id}; stop it with looop kill ${made.id}`;
    case "tell_worker":
      return `it told worker ${made.id} something; tell it otherwise with looop tell`;
    case "stop_worker":
      return `it stopped worker ${made.id}; start another with looop start-session`;
    default:
      return null;
  }
}

function onlyReads({ paths }: Profile, command: string): boolean {
  const tokens = tokenizeCommand(command);
  return tokens.simple && checkReadOnly(tokens.argv, paths.dataDir).readOnly;
}
