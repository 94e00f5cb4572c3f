import { findHoldAsk, HOLD_OPTIONS, isLift } from "../budget/limits.ts";
import { closeAsk, findAsk, writeAsk } from "../inbox/asks.ts";
import { removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { fileSize } from "../os/read.ts";
import { replaceFile, syncDir } from "../os/write.ts";
import { commitRun, deferCommit, makeDeferredCommits } from "../profile/commits.ts";
import { appendEvent } from "../profile/events.ts";
import { alreadyJournaled, appendJournal, journalLine } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state.ts";
import type { Hold, OverBudget } from "../schema/config.ts";
import { type HoldNote, holdNoteSchema, type State } from "../schema/state.ts";
import { localDay } from "../schema/text.ts";
import { exceededBudgets } from "../workers/spending.ts";

/**
 * Writes down that a budget holds: once for each budget and day (each time anew for decisions per hour), in the
 * state, the journal, as an ask that can lift it, in git and as an event; of later held ticks nothing. The caller
 * holds the move lock.
 */
export async function recordBudgetHold(
  profile: Profile,
  over: OverBudget,
  runId: string,
): Promise<Hold> {
  const now = profile.clock.now();
  const day = localDay(now);
  const { hold } = await readState(profile);
  if (hold?.budget === over.budget && hold.day === day) return hold;
  const { id, ask } = await findHoldAsk(profile, { budget: over.budget, day });
  const lifted = ask?.answer ? isLift(ask.answer) : false;
  const note: HoldNote = {
    run_id: runId,
    at: now.toISOString(),
    hold: { ...over, day, ask_id: id, lifted },
    asks: ask === null,
    // That of a day was told with its ask; another hour is another hold, though nobody is asked again.
    journals: ask === null || over.budget === "decides_per_hour",
    journal_bytes: fileSize(profile.paths.journal),
  };
  await writeHoldNote(profile, note);
  await finishBudgetHold(profile, note);
  return note.hold;
}

/** Does what a noted hold still lacks. Safe to do twice: nothing is written twice. */
export async function finishBudgetHold(profile: Profile, note: HoldNote): Promise<void> {
  const { run_id, at, hold } = note;
  const asked = note.asks ? ` (ask ${hold.ask_id})` : "";
  const line = journalLine(new Date(at), `held: ${hold.why}${asked}`);
  if (note.journals && !await alreadyJournaled(profile, note.journal_bytes, line)) {
    await appendJournal(profile, line);
  }
  await writeState(profile, { ...await readState(profile), hold });
  if (note.asks && !await findAsk(profile, hold.ask_id)) {
    await writeAsk(profile, {
      id: hold.ask_id,
      kind: "question",
      question: `No runner is asked: ${hold.why}. Lift that for today?`,
      options: HOLD_OPTIONS,
      asked_at: at,
      run_id,
      hold: { budget: hold.budget, day: hold.day },
    });
  }
  const paths = [`asks/${hold.ask_id}.json`, "journal.md", "state.json", "cost.jsonl"];
  await commitRun(profile, { run_id, message: line.slice(2), paths });
  await clearHoldNote(profile);
  await appendEvent(profile, {
    event: "held",
    run: run_id,
    budget: hold.budget,
    why: hold.why,
    ask: hold.ask_id,
  });
}

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
export async function reconcileBudgetHold(profile: Profile, state: State): Promise<State> {
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
  if (ask?.answer && isLift(ask.answer)) return "lifted";
  const { all } = await exceededBudgets(profile, {});
  if (!all.some(({ budget }) => budget === hold.budget)) return "released";
  return ask?.answer && ask.closed_by === undefined ? "kept" : null;
}

async function apply(profile: Profile, state: State, hold: Hold, turn: Turn): Promise<State> {
  const { budget, ask_id } = hold;
  await deferCommit(profile, {
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
  await makeDeferredCommits(profile);
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

/** Notes a hold before it is written down; durable. */
export async function writeHoldNote({ paths }: Profile, note: HoldNote): Promise<void> {
  await replaceFile(paths.holdNote, JSON.stringify(note));
}

/** The hold whose writing a crash interrupted; `null` when there is none. */
export async function readHoldNote({ paths }: Profile): Promise<HoldNote | null> {
  return await parseFile(
    paths.holdNote,
    holdNoteSchema,
    "Delete it: the next held tick notes anew.",
  );
}

/** Notes that the hold is written down; durable. */
export async function clearHoldNote({ paths }: Profile): Promise<void> {
  await removeFile(paths.holdNote);
  await syncDir(paths.own);
}
