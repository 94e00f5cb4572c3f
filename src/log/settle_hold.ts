import { lock } from "../host/lock.ts";
import { closeAsk, findAsk } from "../humans/ask_files.ts";
import { saysLift } from "../humans/hold_asks.ts";
import type { Hold } from "../model/budget.ts";
import { localDay } from "../model/local_day.ts";
import type { State } from "../model/state.ts";
import { oweCommit, payCommits } from "../profile/commit_run.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state_file.ts";
import { readOver } from "../workers/check_budget.ts";

/**
 * What became of a hold:
 *
 * - `over`: its day is
 * - `released`: the budget is not used up any more, since time went by or a person raised it
 * - `lifted`: a person did, for the rest of the day
 * - `kept`: a person said so
 */
type Turn = "over" | "released" | "lifted" | "kept";

/** Sees to the hold in the state: to its answer, and to its end. Writes only when something came of it. */
export async function settleHold(profile: Profile, state: State): Promise<State> {
  if (!state.hold || !await turnOf(profile, state.hold)) return state;
  using _ = await lock(profile.paths.moveLock);
  const now = await readState(profile);
  const turn = now.hold && await turnOf(profile, now.hold);
  return now.hold && turn ? await apply(profile, now, now.hold, turn) : now;
}

async function turnOf(profile: Profile, hold: Hold): Promise<Turn | null> {
  if (hold.day !== localDay(profile.clock.now())) return "over";
  if (hold.lifted) return null;
  const ask = await findAsk(profile, hold.ask_id);
  if (ask?.answer && saysLift(ask.answer)) return "lifted";
  const { all } = await readOver(profile, {});
  if (!all.some(({ budget }) => budget === hold.budget)) return "released";
  return ask?.answer && ask.closed_by === undefined ? "kept" : null;
}

async function apply(profile: Profile, state: State, hold: Hold, turn: Turn): Promise<State> {
  const { budget, ask_id } = hold;
  await oweCommit(profile, {
    run_id: newRunId(profile.clock.now()),
    message: `hold by ${budget}: ${turn}`,
    paths: [`asks/${ask_id}.json`, `asks/closed/${ask_id}.json`, "state.json"],
  });
  await closeHoldAsk(profile, ask_id, turn);
  const next: State = {
    ...state,
    hold: turn === "lifted" ? { ...hold, lifted: true } : turn === "kept" ? hold : null,
  };
  if (turn !== "kept") await writeState(profile, next);
  await payCommits(profile);
  await appendEvent(profile, { event: "hold", budget, turn, ask: ask_id });
  return next;
}

/** Closes the ask, answered or not. */
async function closeHoldAsk(profile: Profile, id: string, turn: Turn): Promise<void> {
  // A person may be answering it just now.
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (ask) await closeAsk(profile, ask, ask.closed_by ?? turn);
}
