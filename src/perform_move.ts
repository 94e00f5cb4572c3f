import { act } from "./act/act.ts";
import { commitPeople } from "./commit_people.ts";
import { fileSize } from "./host/read_from.ts";
import { closeAsk, findAsk, listAsks } from "./humans/ask_files.ts";
import { lockMoves } from "./lock_moves.ts";
import { recordMove } from "./log/record_move.ts";
import { isExpired } from "./model/ask.ts";
import type { Intent } from "./model/intent.ts";
import type { Outcome } from "./model/outcome.ts";
import { writeIntent } from "./profile/intent_file.ts";
import type { Profile } from "./profile/profile.ts";
import { writeRunFile } from "./profile/runs.ts";
import { putAway } from "./put_away.ts";

/** A move that is about to be made: an intent that was not noted yet. */
export type Plan = Omit<Intent, "journal_bytes">;

/** What a move came to, and its journal line. */
export interface Performed {
  result: Outcome;
  journal: string;
}

/**
 * Makes an admitted move and writes it down, under the profile's move lock: intent first, so that a crash
 * anywhere is finished by the next tick.
 *
 * @returns `null` when the approval that it rests on was used up by somebody else meanwhile.
 */
export async function performMove(
  profile: Profile,
  plan: Plan,
  signal?: AbortSignal,
): Promise<Performed | null> {
  const { paths, clock } = profile;
  using _ = await lockMoves(profile, signal);
  const approval = plan.by === "approval" ? await findAsk(profile, plan.source) : null;
  if (approval?.closed_by) {
    await closeAsk(profile, approval, approval.closed_by);
    return null;
  }
  await commitPeople(profile);
  await putAway(profile);
  const now = clock.now().toISOString();
  const expired = (await listAsks(profile)).asks.filter((ask) => isExpired(ask, now));
  const intent: Intent = {
    ...plan,
    closes: [...new Set([...plan.closes, ...expired.map((ask) => ask.id)])],
    journal_bytes: fileSize(paths.journal),
  };
  await writeIntent(profile, intent);
  const result = await act(profile, intent, signal);
  await writeRunFile(profile, plan.run_id, "outcome.json", JSON.stringify(result));
  return { result, journal: await recordMove(profile, intent, result) };
}
