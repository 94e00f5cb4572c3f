import { fileSize } from "../host/read_from.ts";
import { findAsk, writeAsk } from "../humans/ask_files.ts";
import { findHoldAsk, HOLD_OPTIONS, saysLift } from "../humans/hold_asks.ts";
import type { Hold, OverBudget } from "../model/budget.ts";
import type { HoldNote } from "../model/hold_note.ts";
import { localDay } from "../model/local_day.ts";
import { commitRun } from "../profile/commit_run.ts";
import { appendEvent } from "../profile/events.ts";
import { clearHoldNote, writeHoldNote } from "../profile/hold_note_file.ts";
import { appendJournal, journalLine } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { readState, writeState } from "../profile/state_file.ts";
import { alreadyJournaled } from "./already_journaled.ts";

/**
 * Writes down that a budget holds: once for each budget and day (each time anew for decisions per hour), in the
 * state, the journal, as an ask that can lift it, in git and as an event; of later held ticks nothing. The caller
 * holds the move lock.
 */
export async function recordHold(
  profile: Profile,
  over: OverBudget,
  runId: string,
): Promise<Hold> {
  const now = profile.clock.now();
  const day = localDay(now);
  const { hold } = await readState(profile);
  if (hold?.budget === over.budget && hold.day === day) return hold;
  const { id, ask } = await findHoldAsk(profile, { budget: over.budget, day });
  const lifted = ask?.answer ? saysLift(ask.answer) : false;
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
  await finishHold(profile, note);
  return note.hold;
}

/** Does what a noted hold still lacks. Safe to do twice: nothing is written twice. */
export async function finishHold(profile: Profile, note: HoldNote): Promise<void> {
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
