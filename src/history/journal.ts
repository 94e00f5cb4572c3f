/**
 * What happened, for the user: read from journal, git history, ledger and `runs/` alone.
 *
 * - `journal.ts` the journal, with the run of each line
 * - `runs.ts` the runs, a line each; `why.ts` all about one of them
 * - `report.ts` what was done, failed, asked and spent since some time
 *
 * @module
 */

import { GOAL_TRAILER } from "../profile/commits.ts";
import { listMoves, readLog, requireRepository } from "../profile/history.ts";
import { type JournalEntry, MAX_SUBJECT, readJournal } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import { cut, localDay, localTime } from "../schema/text.ts";

/** Of a commit and its journal line: a commit under load comes later. */
const MAX_DRIFT_MS = 10 * 60_000;

/** A line of the journal, with its run. */
export interface RunEntry extends JournalEntry {
  /** The run whose move it records; `null`: none, or git could not commit it then. */
  run_id: string | null;
}

/** Reads the journal since a time, oldest first, with the runs of its lines, from their commits. */
export async function readRunJournal(profile: Profile, since: Date): Promise<RunEntry[]> {
  const entries = await readJournal(profile, since);
  const runs = new Map<string, string[]>();
  // Newest first, so that the oldest of equal lines is taken last.
  for (const { subject, run_id } of await listMoves(profile, { since })) {
    runs.getOrInsertComputed(subjectOf(subject), () => []).push(run_id);
  }
  return entries.map((entry) => {
    return { ...entry, run_id: runs.get(subjectOf(lineOf(entry)))?.pop() ?? null };
  });
}

/** A journal line as the subject of its commit. git drops spaces at the end. */
function subjectOf(line: string): string {
  return cut(line, MAX_SUBJECT).trimEnd();
}

/** The line of an entry without its bullet. */
function lineOf({ at, text, tainted }: JournalEntry): string {
  const time = new Date(at);
  return `${localDay(time)} ${localTime(time)} ${tainted ? "~ " : ""}${text}`;
}

/**
 * Reads the journal for the user.
 *
 * @param options `goal`: only what served this goal or changed it, and what became of its asks; it is taken from the
 * commits, of which older versions of looop did not note the goal
 * @throws {UserError} for a goal if there is no history.
 */
export async function listJournal(
  profile: Profile,
  { since, goal }: { since: Date; goal?: string },
): Promise<RunEntry[]> {
  const entries = await readRunJournal(profile, since);
  if (goal === undefined) return entries;
  if (!isId(goal)) throw new UserError(`there is no goal ${goal}: looop goal ls lists them`);
  requireRepository(profile, `list the journal of goal ${goal}`);
  const commits = await commitsOf(profile, goal);
  const served = entries.filter((entry) => commits.some((commit) => isOf(entry, commit)));
  // What became of an ask names its id.
  const asks = new Set(served.flatMap(({ text }) => text.match(ASK_ID) ?? []));
  return entries.filter((entry) =>
    served.includes(entry) || entry.text.match(ASK_ID)?.some((id) => asks.has(id))
  );
}

/** Ids of asks in a line, such as `needs your approval: 1a2b3c` or `(ask 1a2b3c)`. */
const ASK_ID = /(?<=ask |approval: |approved |withdrew |\()[0-9a-f]{6}(?=[):, ]|$)/g;

interface Commit {
  subject: string;
  at: number;
}

async function commitsOf(profile: Profile, goal: string): Promise<Commit[]> {
  const format = "--format=%ct %s";
  const logs = await Promise.all([
    readLog(profile, [`--grep=^${GOAL_TRAILER}: ${goal}$`, format]),
    readLog(profile, [
      format,
      "--",
      ...goalPatterns(goal).map((file) => `:(top,glob)${file}`),
    ]),
  ]);
  return logs.flatMap((stdout) => stdout.split("\n").filter(Boolean))
    .map((line) => {
      const [at, subject] = line.split(/ (.*)/s);
      return { at: Number(at) * 1000, subject: subject.replace(/…$/, "").trim() };
    });
}

/** The files of a goal, also in the archive, with git's wildcards. */
function goalPatterns(goal: string): string[] {
  return [`goals/${goal}.md`, `goals/archive/${goal}.md`, `goals/archive/${goal}-[0-9]*.md`];
}

/** The subject of a move's commit is its line, maybe cut; that of an edit's commit is the text of its line. */
function isOf(entry: JournalEntry, { subject, at: committed }: Commit): boolean {
  const { at, text } = entry;
  if (lineOf(entry).startsWith(subject)) return true;
  return text.startsWith(subject) && Math.abs(committed - Date.parse(at)) < MAX_DRIFT_MS;
}
