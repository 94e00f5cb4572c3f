import { act } from "../act/act.ts";
import { lock } from "../os/lock.ts";
import { tidy } from "../profile/archive.ts";
import { parseFile } from "../profile/json_file.ts";
import { readIntent } from "../profile/intent.ts";
import type { Profile } from "../profile/profile.ts";
import { runFile } from "../profile/runs.ts";
import { type Outcome, outcomeSchema } from "../schema/decision.ts";
import type { Intent } from "../schema/intent.ts";
import { recordMove } from "./log.ts";

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
