import type { Ask } from "../model/ask.ts";
import { cut } from "../model/cut.ts";
import type { Profile } from "../profile/profile.ts";
import { listAsks } from "./ask_files.ts";
import { readFlag, removeFlag, writeFlag } from "./flag_file.ts";

/** How many characters of a question stand in the flag's note. */
const MAX_NOTE = 200;

/** Raises the flag of the worker that asks, unless this very ask has done so. The caller holds the asks lock. */
export async function flagForAsk(
  profile: Profile,
  { id, worker, question }: Ask,
): Promise<void> {
  if (worker === undefined || (await readFlag(profile, worker))?.ask === id) return;
  const at = profile.clock.now().toISOString();
  await writeFlag(profile, worker, { note: cut(question, MAX_NOTE), at, ask: id });
}

/**
 * Takes down the flag that an ask has raised, or leaves it up for another open ask of the same worker. The
 * caller holds the asks lock.
 */
export async function settleFlag(profile: Profile, { id, worker, run_id }: Ask): Promise<void> {
  if (worker === undefined || (await readFlag(profile, worker))?.ask !== id) return;
  const next = (await listAsks(profile)).asks.find((ask) =>
    ask.worker === worker && ask.run_id === run_id && ask.id !== id && !ask.answer
  );
  if (next) await flagForAsk(profile, next);
  else await removeFlag(profile, worker);
}
