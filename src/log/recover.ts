import { act } from "../act/act.ts";
import { lock } from "../os/lock.ts";
import { tidy } from "../profile/archive.ts";
import { parseFile } from "../profile/json_file.ts";
import { readIntent } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { runFile } from "../profile/runs.ts";
import { type Outcome, outcomeSchema } from "../schema/decision.ts";
import type { Intent } from "../schema/intent.ts";
import { recordMove } from "./log.ts";

/**
 * Finishes a move that a crash cut off: what was made is written down, what can be repeated safely is made,
 * and a command of unknown result is told as interrupted, never run again.
 *
 * @param locked the caller holds the move lock
 */
export async function recoverMove(
  profile: Profile,
  { locked = false }: { locked?: boolean } = {},
): Promise<void> {
  if (!await readIntent(profile)) return;
  using _ = locked ? null : await lock(profile.paths.moveLock);
  // Whoever held the lock may just have finished that very move.
  const intent = await readIntent(profile);
  if (!intent) return;
  const line = await recordMove(profile, intent, await outcomeOf(profile, intent));
  await tidy(profile);
  profile.warn(`finished the move that was cut off: ${line}`);
}

async function outcomeOf(profile: Profile, intent: Intent): Promise<Outcome> {
  const path = runFile(profile, intent.run_id, "outcome.json");
  const made = await parseFile(
    path,
    outcomeSchema,
    "Delete it: then the move counts as interrupted.",
  );
  if (made) return made;
  const started = intent.move.action === "run" && intent.verdict.then === "allow";
  if (!started) return await act(profile, intent);
  return {
    status: "interrupted",
    summary:
      "looop ended while the command ran, or just before: nobody knows whether it took effect",
    paths: [],
  };
}
