import { lock } from "../os/lock.ts";
import { appendEvent, appendJournal, journalLine } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { type Ask, askerOf, isExpired, isYes } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { cut, localDateTime } from "../schema/text.ts";
import { closeAsk, findAsk, openAsks, writeAsk } from "./asks.ts";
import { syncFlag } from "./flags.ts";

/**
 * Finds an open ask.
 *
 * @param word its id, or the beginning of its id as long as only one open ask has it
 * @throws {UserError} where there is no such ask, several have this beginning, or it is answered, closed or expired.
 */
export async function openAsk(profile: Profile, word: string): Promise<Ask> {
  const ask = await findAsk(profile, word) ?? await shortened(profile, word);
  if (!ask) throw new UserError(`there is no ask ${word}: looop asks lists the open ones`);
  const { id } = ask;
  if (isExpired(ask, profile.clock.now().toISOString())) {
    throw new UserError(
      `approval ${id} expired on ${
        localDateTime(ask.approval?.expires_at ?? "")
      }: the loop will ask again`,
    );
  }
  if (ask.answer) {
    const given = isYes(ask.answer) ? "yes" : ask.answer.text.slice(0, 80);
    throw new UserError(`${id} was already answered on ${localDateTime(ask.answer.at)}: ${given}`);
  }
  if (ask.closed_by === undefined) return ask;
  throw new UserError(`cannot answer ${id}: it is closed (${closedWhy(ask)})`);
}

function closedWhy({ closed_by = "", worker, rule }: Ask): string {
  if (closed_by === "orphaned") return `worker ${worker} has ended`;
  return closed_by === "withdrawn" && rule !== undefined
    ? `withdrawn, since its cause has ended; looop asks again if it comes back`
    : closed_by;
}

async function shortened(profile: Profile, word: string): Promise<Ask | null> {
  const found = await asksStartingWith(profile, word);
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(", ");
    throw new UserError(`${word} fits ${found.length} asks: ${ids}; give more of the id`);
  }
  // Read again: an ask in a list is masked.
  return found.length === 0 ? null : await findAsk(profile, found[0].id);
}

/** Lists the open asks whose id begins with a word, whichever the case. */
export async function asksStartingWith(profile: Profile, word: string): Promise<Ask[]> {
  const { asks, snoozed } = await openAsks(profile);
  const start = word.toLowerCase();
  return start === "" ? [] : [...asks, ...snoozed].filter(({ id }) => id.startsWith(start));
}

/** Appends what happened to an ask to the journal; marked as tainted if the ask is. */
export async function noteInJournal(
  profile: Profile,
  text: string,
  { tainted, worker }: Ask,
): Promise<void> {
  const isTainted = tainted === true || worker !== undefined;
  const line = journalLine(profile.clock.now(), profile.mask(text), isTainted);
  await appendJournal(profile, line);
}

/**
 * Puts an open ask off: it is not announced again until then. It can be answered meanwhile.
 *
 * @throws {UserError} as {@linkcode openAsk}, and where it is an approval that expires before.
 */
export async function snoozeAsk(profile: Profile, word: string, until: Date): Promise<Ask> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await openAsk(profile, word);
  const snoozed_until = until.toISOString();
  const expires = ask.approval?.expires_at;
  if (expires !== undefined && expires <= snoozed_until) {
    throw new UserError(`cannot snooze ${ask.id} until ${snoozed_until}: it expires at ${expires}`);
  }
  const snoozed: Ask = { ...ask, snoozed_until };
  await writeAsk(profile, snoozed);
  await appendEvent(profile, { event: "snoozed", ask: ask.id, until: snoozed_until });
  return snoozed;
}

/** How much of a question the journal repeats, in characters. */
const MAX_REPEATED = 200;

/**
 * Closes an open ask without an answer: a worker that waits for it goes on without one, and the loop does not apply the
 * move of an approval.
 *
 * @throws {UserError} as {@linkcode openAsk}, and where it asks about a budget, which needs an answer.
 */
export async function dismissAsk(profile: Profile, word: string): Promise<Ask> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await openAsk(profile, word);
  const { id, question, hold, options = [] } = ask;
  if (hold) {
    const keep = JSON.stringify(options[1]);
    throw new UserError(
      `cannot close ${id}: looop would ask again; run looop answer ${id} ${keep}`,
    );
  }
  await closeAsk(profile, ask, "dismissed");
  await syncFlag(profile, ask);
  await appendEvent(profile, { event: "dismissed", ask: id });
  const asked = `${askerOf(ask)} asked: ${cut(question, MAX_REPEATED)}`;
  await noteInJournal(profile, `closed unanswered (${id}): ${asked}`, ask);
  return ask;
}
