import { closeAsk, findAsk } from "../humans/ask_files.ts";
import { cut } from "../model/cut.ts";
import type { Intent } from "../model/intent.ts";
import type { Outcome } from "../model/outcome.ts";
import { messageOf } from "../model/user_error.ts";
import { commitRun } from "../profile/commit_run.ts";
import { appendEvent } from "../profile/events.ts";
import { clearIntent } from "../profile/intent_file.ts";
import { appendJournal, journalLine } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { pruneRuns } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state_file.ts";
import { archiveWorker } from "../workers/archive_worker.ts";
import { alreadyJournaled } from "./already_journaled.ts";
import { journalText } from "./journal_text.ts";
import { nextState } from "./next_state.ts";
import { park } from "./park.ts";
import { writtenEntries } from "./written_entries.ts";

/**
 * Writes down a move: journal line, new state, closed asks, one git commit; then the intent is cleared, and
 * the event told. Safe to do twice with one intent: what a crash left undone is done, nothing is written twice.
 *
 * @returns the journal line.
 */
export async function recordMove(
  profile: Profile,
  intent: Intent,
  outcome: Outcome,
): Promise<string> {
  const { run_id, move } = intent;
  const text = profile.mask(journalText(intent, outcome));
  const line = journalLine(new Date(intent.at), text, intent.tainted);
  if (!await alreadyJournaled(profile, intent.journal_bytes, line)) {
    await appendJournal(profile, line);
  }
  const written = await writtenEntries(intent, outcome, profile.mask);
  const state = nextState(await readState(profile), intent, outcome, written);
  await writeState(profile, park(state, profile.configDigest));
  const closed = await closeAsks(profile, intent);
  const paths = [...outcome.paths, ...closed, "journal.md", "state.json", "cost.jsonl"];
  await commitRun(profile, { run_id, message: cut(line.slice(2), 200), paths });
  for (const { id, generation } of intent.ended) {
    await archiveWorker(profile, id, generation).catch((error) => profile.warn(messageOf(error)));
  }
  await clearIntent(profile);
  await appendEvent(profile, {
    event: "move",
    run: run_id,
    by: intent.by,
    source: intent.source,
    action: move.action,
    goal: move.goal ?? null,
    verdict: intent.verdict.then,
    rule: intent.verdict.rule,
    status: outcome.status,
    summary: outcome.summary,
  });
  await pruneRuns(profile);
  return line;
}

/** The answers that this decision saw, and the approval that it used up; paths for the commit. */
async function closeAsks(profile: Profile, { closes, run_id }: Intent): Promise<string[]> {
  const paths: string[] = [];
  for (const id of closes) {
    const ask = await findAsk(profile, id);
    // Also one that is closed: a crash may have left its open file.
    if (ask) await closeAsk(profile, ask, ask.closed_by ?? run_id);
    paths.push(`asks/${id}.json`, `asks/closed/${id}.json`);
  }
  return paths;
}
