import { act } from "../act/act.ts";
import { maskChangedAsks } from "../inbox/asks.ts";
import { type Lock, lock } from "../os/lock.ts";
import { tidy } from "../profile/archive.ts";
import { commitEdits } from "../profile/commits.ts";
import { hasRepository } from "../profile/git.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { runFile } from "../profile/runs.ts";
import { readIntent } from "../profile/state.ts";
import { type Intent, type Outcome, outcomeSchema } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import { recordMove } from "./log.ts";

/**
 * Takes the lock under which moves are applied, and completes an interrupted move first: its intent has the length of the
 * journal, so nothing may be written before that.
 *
 * @throws the reason of `signal` if it fires before the lock is taken.
 */
export async function lockMoves(profile: Profile, signal?: AbortSignal): Promise<Lock> {
  const held = await lock(profile.paths.moveLock, signal);
  try {
    await recoverMove(profile, { locked: true });
    return held;
  } catch (error) {
    held.release();
    throw error;
  }
}

/**
 * Commits what users and workers changed, separately from moves. If git cannot, it warns, and the commit before the next
 * move includes it. The caller holds the move lock.
 */
export async function commitUserEdits(profile: Profile, message?: string): Promise<void> {
  try {
    if (!hasRepository(profile)) return;
    const unmasked = await maskChangedAsks(profile);
    await commitEdits(profile, ["state.json", "cost.jsonl", ...unmasked], message);
  } catch (error) {
    profile.warn(messageOf(error));
  }
}

/**
 * Completes an unfinished move: an outcome that was saved is recorded, an idempotent move is repeated, and a command whose
 * result is unknown is recorded as interrupted, never run again.
 *
 * @param locked the caller holds the move lock
 */
export async function recoverMove(
  profile: Profile,
  { locked = false }: { locked?: boolean } = {},
): Promise<void> {
  if (!await readIntent(profile)) return;
  using _ = locked ? null : await lock(profile.paths.moveLock);
  // The previous holder of the lock may have completed it.
  const intent = await readIntent(profile);
  if (!intent) return;
  const line = await recordMove(profile, intent, await outcomeOf(profile, intent));
  await tidy(profile);
  profile.warn(`completed the interrupted move: ${line}`);
}

async function outcomeOf(profile: Profile, intent: Intent): Promise<Outcome> {
  const path = runFile(profile, intent.run_id, "outcome.json");
  const saved = await parseFile(path, outcomeSchema, "Delete it: then the move is interrupted.");
  if (saved) return saved;
  const started = intent.move.action === "run" && intent.verdict.then === "allow";
  if (!started) return await act(profile, intent);
  return {
    status: "interrupted",
    summary: "looop ended during the command, or just before: its result is unknown",
    paths: [],
  };
}
