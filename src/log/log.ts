import { closeAsk, findAsk } from "../inbox/asks.ts";
import type { Mask } from "../mask/mask.ts";
import { commitRun } from "../profile/commits.ts";
import { parseGoal } from "../profile/goal_file.ts";
import {
  alreadyJournaled,
  appendEvent,
  appendJournal,
  journalLine,
  lastedText,
  MAX_SUBJECT,
  oneLine,
} from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { clearIntent, pruneRuns, writeRunFile } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state.ts";
import type { Intent, Outcome } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import type { Failure } from "../schema/failing.ts";
import { sha256Hex } from "../schema/json.ts";
import { effectOf } from "../schema/move.ts";
import type { HandledSlot } from "../schema/schedule.ts";
import { type Baseline, entryOf, isCurrent, type SetAside, type State } from "../schema/state.ts";
import { cut } from "../schema/text.ts";
import { archiveWorker } from "../workers/replace.ts";
import { nextState, type Written } from "./next_state.ts";

/**
 * Saves a move's outcome in its run, where recovery finds it after a crash, and records the move.
 *
 * @returns the journal line.
 */
export async function log(profile: Profile, intent: Intent, outcome: Outcome): Promise<string> {
  await writeRunFile(profile, intent.run_id, "outcome.json", JSON.stringify(outcome));
  return await recordMove(profile, intent, outcome, { last: false });
}

/**
 * Records a move: journal line, new state, closed asks, one commit, cleared intent, event. Safe to repeat with one
 * intent: what a crash left undone is done, and nothing is written twice.
 *
 * @param last clear the intent even if git cannot commit, so that the next commit includes the move; otherwise the
 * intent stays, and the next tick tries again
 * @returns the journal line.
 */
export async function recordMove(
  profile: Profile,
  intent: Intent,
  outcome: Outcome,
  { last = true }: { last?: boolean } = {},
): Promise<string> {
  const { run_id, move } = intent;
  const text = profile.mask(journalText(intent, outcome));
  const line = journalLine(new Date(intent.at), text, intent.tainted);
  const written = await writtenEntries(intent, outcome, profile.mask);
  const before = await readState(profile);
  const next = nextState(before, intent, outcome, written);
  const handled = intent.slots.filter(({ name, slot }) => next.schedules[name]?.handled === slot);
  let journalBytes = intent.journal_bytes;
  const over = next.failure === null ? outageLines(before.failure, new Date(intent.at)) : [];
  const skipped = skippedLines(handled, new Date(intent.at), intent.tainted);
  for (const one of [...skipped, ...over, line]) {
    if (!await alreadyJournaled(profile, journalBytes, one)) await appendJournal(profile, one);
    journalBytes += new TextEncoder().encode(one).length + 1;
  }
  const wasRecorded = before.set_aside.some((one) => one.run_id === run_id);
  if (!wasRecorded) {
    const { configDigest: config, mask } = profile;
    const set_aside = await setAsideAfter(before, intent, outcome, { config, mask });
    await writeState(profile, { ...next, set_aside });
  }
  const closed = await closeAsks(profile, intent);
  const paths = [...outcome.paths, ...closed, "journal.md", "state.json", "cost.jsonl"];
  const { by, source, verdict: { then, rule } } = intent;
  const committed = await commitRun(profile, paths, cut(line.slice(2), MAX_SUBJECT), run_id, {
    goal: move.goal,
    move: `${move.action} ${outcome.status}`,
    by: oneLine(`${by} ${source}`),
    policy: oneLine(`${then} ${rule}`),
  });
  for (const { id, generation } of intent.ended) {
    await archiveWorker(profile, id, generation).catch((error) => profile.warn(messageOf(error)));
  }
  if (committed || last) await clearIntent(profile);
  await appendEvent(profile, {
    event: "move",
    run: run_id,
    by,
    source,
    action: move.action,
    goal: move.goal ?? null,
    verdict: then,
    rule,
    status: outcome.status,
    summary: outcome.summary,
  });
  await pruneRuns(profile);
  return line;
}

/** The journal lines of the slots that were skipped before those that are handled. */
export function skippedLines(slots: HandledSlot[], at: Date, tainted: boolean): string[] {
  return slots.flatMap(({ name, missed }) =>
    missed === null
      ? []
      : [journalLine(at, `schedule ${name}: skipped ${missed}: a later one came`, tainted)]
  );
}

/** The journal line of an outage that this decision ended: when it was, and the last reason. */
function outageLines(failure: Failure | null, at: Date): string[] {
  // Invalid answers and failed moves are no outage.
  if (failure === null || failure.count > 0) return [];
  return [journalLine(at, lastedText("decides again: it failed", failure, at))];
}

/** Closes the asks whose answers this decision saw, and the approval that it used; returns paths for the commit. */
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

/** The journal text of a move: its own line, and its outcome unless that is plain success. */
export function journalText({ move, by, source }: Intent, outcome: Outcome): string {
  const line = `${move.journal}${by === "approval" ? ` (approved ${source})` : ""}`;
  switch (outcome.status) {
    case "made":
      if (outcome.exit_code) return `${line} (${outcome.summary})`;
      return outcome.ask_id ? `${line} (ask ${outcome.ask_id})` : line;
    case "asked":
      return `wants to ${move.action}, ${outcome.summary}: ${line}`;
    case "denied":
      return `denied ${move.action}: ${line} (${outcome.summary})`;
    case "failed":
      return `could not ${move.action}: ${line} (${outcome.summary})`;
    case "interrupted":
      return `interrupted ${move.action}, result unknown: ${line}`;
  }
}

/**
 * The entries of the world that a move itself wrote, from the move rather than from the files: the user may have edited
 * one again since. The first reading of a new sensor is not one of them: it wakes the next tick.
 *
 * @param mask the mask with which the next tick reads them
 */
export async function writtenEntries(
  { move, tainted }: Intent,
  { status, content }: Outcome,
  mask: Mask,
): Promise<Written> {
  if (status !== "made") return {};
  switch (move.action) {
    case "write_goal": {
      const body = content ?? move.body;
      const untrusted = tainted || parseGoal(move.id, body, "").untrusted;
      return { [`goal:${move.id}`]: await entryOf(mask(body), untrusted) };
    }
    case "archive_goal":
      return { [`goal:${move.id}`]: null };
    case "write_playbook":
      return { playbook: await entryOf(mask(move.body)) };
    case "remove_sensor":
      return { [`sensor:${move.name.replace(/\..*/, "")}`]: null };
    case "stop_worker":
      return content ? { [`worker:${move.id}`]: await entryOf(JSON.parse(content)) } : {};
    default:
      return {};
  }
}

/** How many moves are remembered: the latest. */
const MAX_MOVES = 20;
/** Of each text, in characters. */
const MAX_TEXT = 300;

/**
 * Updates the moves that are set aside after a move: one that was denied or that failed is remembered with its reason, for
 * as long as the change lasts; one that succeeded, or whose change is over, is forgotten.
 *
 * @param before the state before the move
 * @param config SHA-256 of the config
 * @param mask hides secrets: the state is committed
 */
export async function setAsideAfter(
  before: State,
  intent: Intent,
  { status, summary }: Outcome,
  { config, mask }: { config: string; mask: (text: string) => string },
): Promise<SetAside[]> {
  const { run_id, move, baseline, world, tainted } = intent;
  const effect = await sha256Hex(effectOf(move));
  const digests = baseline && digestsOf(baseline);
  const others = before.set_aside.filter((one) =>
    one.effect !== effect && (digests === null || isCurrent(one, digests, config))
  );
  if (status !== "denied" && status !== "failed") return others;
  const earlier = before.set_aside.find((one) => one.effect === effect);
  // A rule tries again after the rest of its change has been decided.
  const lasts = earlier && digests !== null && isCurrent(earlier, digests, config);
  const text = (text: string) => cut(oneLine(mask(text)), MAX_TEXT);
  const tried: SetAside = {
    ...{ run_id, effect, tainted, world, config },
    what: text(`${move.action}: ${move.journal}`),
    why: text(summary),
    denied: status === "denied",
    tries: (earlier?.tries ?? 0) + 1,
    change: lasts ? earlier.change : changeOf(before.baseline, baseline),
  };
  return [...others, tried].slice(-MAX_MOVES);
}

function digestsOf(baseline: Baseline): Record<string, string> {
  return Object.fromEntries(Object.entries(baseline).map(([key, { sha256 }]) => [key, sha256]));
}

/** The change that a move was decided on; all of the world if nothing had changed. */
function changeOf(before: Baseline | null, decided: Baseline | null): SetAside["change"] {
  const [was, is] = [digestsOf(before ?? {}), digestsOf(decided ?? before ?? {})];
  const change: SetAside["change"] = {};
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (was[key] !== is[key]) change[key] = is[key] ?? null;
  }
  return Object.keys(change).length > 0 ? change : is;
}
