import { GOAL_TRAILER } from "../profile/commits.ts";
import { tryGit } from "../profile/git.ts";
import { requireRepository } from "../profile/history.ts";
import { type JournalEntry, readJournal } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import { localDay, localTime } from "../schema/text.ts";

/** Of a commit and its journal line: a commit under load comes later. */
const MAX_DRIFT_MS = 10 * 60_000;

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
): Promise<JournalEntry[]> {
  const entries = await readJournal(profile, since);
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
  const files = [`goals/${goal}.md`, `goals/archive/${goal}.md`, `goals/archive/${goal}-[0-9]*.md`];
  const logs = await Promise.all([
    tryGit(profile, ["log", `--grep=^${GOAL_TRAILER}: ${goal}$`, format]),
    tryGit(profile, ["log", format, "--", ...files.map((file) => `:(top,glob)${file}`)]),
  ]);
  return logs.flatMap(({ code, stdout }) => code === 0 ? stdout.split("\n").filter(Boolean) : [])
    .map((line) => {
      const [at, subject] = line.split(/ (.*)/s);
      return { at: Number(at) * 1000, subject: subject.replace(/…$/, "").trim() };
    });
}

/** The subject of a move's commit is its line, maybe cut; that of an edit's commit is the text of its line. */
function isOf({ at, text, tainted }: JournalEntry, { subject, at: committed }: Commit): boolean {
  const time = new Date(at);
  const line = `${localDay(time)} ${localTime(time)} ${tainted ? "~ " : ""}${text}`;
  if (line.startsWith(subject)) return true;
  return text.startsWith(subject) && Math.abs(committed - time.getTime()) < MAX_DRIFT_MS;
}
