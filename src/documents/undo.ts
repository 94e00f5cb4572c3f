import { dirname, join } from "@std/path";
import * as z from "zod/mini";
import { checkReadOnly } from "../admit/read_only.ts";
import { tokenizeCommand } from "../admit/tokenize.ts";
import { removeFile } from "../os/dirs.ts";
import { replaceFile, syncDir } from "../os/write.ts";
import { tryGit } from "../profile/git.ts";
import {
  bytesAt,
  fileHistory,
  listMoves,
  type MoveCommit,
  requireRepository,
} from "../profile/history.ts";
import { parseFile } from "../profile/json_file.ts";
import { readIntent } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { MAX_RUNS, runFile } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state.ts";
import { outcomeSchema } from "../schema/decision.ts";
import { UserError } from "../schema/errors.ts";
import { equalBytes } from "../schema/json.ts";
import { currentBytes, makeEdit } from "./edit.ts";

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
  requireRepository(profile, "undo a move");
  if (await readIntent(profile) !== null) {
    throw new UserError(
      "cannot undo the last move: it is being made, or was cut off; looop tick finishes it",
    );
  }
  const moves = await listMoves(profile, MAX_RUNS);
  for (const [skipped, move] of moves.entries()) {
    const paths = move.paths.filter((path) => STEERING.test(path));
    if (paths.length > 0) return { move, skipped, files: await filesOf(profile, move, paths) };
    const why = await undoRefusal(profile, move);
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

/**
 * Takes back what the last move wrote, as {@linkcode makeEdit} does: for the loop it is a change by the person, on
 * which it decides again. Safe to do again after a crash.
 *
 * @throws {UserError} where it cannot be undone, saying why.
 */
export async function undoMove(profile: Profile, signal?: AbortSignal): Promise<Undo> {
  const edit = await makeEdit(profile, async () => {
    const undo = await findUndo(profile);
    const { move, files } = undo;
    const why = move.why.replace(/^~ /, "");
    return {
      undo,
      what: `undid move ${move.rev}: ${why}`,
      tainted: why !== move.why,
      event: { event: "undo", run: move.run_id, paths: files.map(({ path }) => path) },
      write: () => takeBack(profile, undo),
    };
  }, signal);
  return edit!.undo;
}

async function takeBack(profile: Profile, { files }: Undo): Promise<void> {
  const { dataDir } = profile.paths;
  // What comes back is there before what goes: an archived goal is never in neither place.
  for (const { path, before } of files) {
    if (before === null) continue;
    const mode = path.startsWith("sensors/") ? 0o700 : 0o600;
    await replaceFile(join(dataDir, path), before, { mode });
  }
  for (const { path, before } of files) {
    if (before !== null) continue;
    await removeFile(join(dataDir, path));
    await syncDir(dirname(join(dataDir, path)));
  }
  // A sensor that no tick has run yet is gone without a trace in the world.
  if (files.every(({ path }) => path.startsWith("sensors/"))) {
    await writeState(profile, { ...await readState(profile), again: true });
  }
}

/** Of `decision.json` no more than what the move was: the rest, and a move's other fields, may be of any looop. */
const decisionSchema = z.object({
  decision: z.optional(z.object({
    move: z.object({
      action: z.string(),
      command: z._default(z.string(), ""),
      id: z._default(z.string(), ""),
    }),
  })),
});

/** A failed decision, and a budget that holds, have a commit, too, but made no move. */
const NO_MOVE = /^(no decision, |(~ )?(over budget|held): |hold by )/;

/**
 * Says why a move that wrote none of the files that steer the loop cannot be undone; `null` where it did nothing that
 * could be: it only looked, asked, failed, or was refused.
 */
export async function undoRefusal(profile: Profile, move: MoveCommit): Promise<string | null> {
  const read = (name: string) => runFile(profile, move.run_id, name);
  const mend = `Look at journal.md for what it did.`;
  const decided = await parseFile(read("decision.json"), decisionSchema, mend);
  if (decided === null && !NO_MOVE.test(move.why)) {
    return "it wrote no file, and what else it did is not known any more, since its run is not kept";
  }
  const made = decided?.decision?.move;
  const outcome = made && await parseFile(read("outcome.json"), outcomeSchema, mend);
  const effect = outcome?.status === "made" || outcome?.status === "interrupted";
  if (!made || !effect) return null;
  switch (made.action) {
    case "run":
      return onlyReads(profile, made.command)
        ? null
        : `it ran ${made.command}, and what that did stays; mend it by hand`;
    case "start_worker":
      return `it started worker ${made.id}: looop kill ${made.id} ends it, what it did stays`;
    case "stop_worker":
      return `it stopped worker ${made.id}: looop start-session starts another`;
    default:
      return null;
  }
}

function onlyReads({ paths }: Profile, command: string): boolean {
  const tokens = tokenizeCommand(command);
  return tokens.simple && checkReadOnly(tokens.argv, paths.dataDir).readOnly;
}
