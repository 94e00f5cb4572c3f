import { MASKED } from "../mask/mask.ts";
import { lock } from "../os/lock.ts";
import { appendEvent } from "../profile/events.ts";
import { profileId } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { type Ask, isExpired, isYes } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { canonicalJson } from "../schema/json.ts";
import { closeAsk, findAsk, listAsks, writeAsk } from "./asks.ts";
import { exactMove } from "./exact_move.ts";
import { syncFlag } from "./flags.ts";

/** The maximum length of an answer, in characters. */
export const MAX_ANSWER = 100_000;

/**
 * Records the user's answer to an ask; the first one wins. The pulse or worker that asked receives it within a second,
 * and the worker's flag is removed.
 *
 * @throws {UserError} where there is no such ask, it is answered, closed or expired, or it is an approval that
 * {@linkcode checkApproval} refuses.
 */
export async function answerAsk(profile: Profile, id: string, text: string): Promise<Ask> {
  if (text.trim() === "") throw new UserError(`cannot answer ${id}: the answer is empty`);
  if (text.length > MAX_ANSWER) {
    throw new UserError(
      `cannot answer ${id}: it has ${text.length} characters; the maximum is ${MAX_ANSWER}`,
    );
  }
  // Not the move lock: a move may take minutes.
  using _ = await lock(profile.paths.asksLock);
  const ask = await openAsk(profile, id);
  const answer = { text, at: profile.clock.now().toISOString() };
  const wrong = ask.approval && isYes(answer) ? await checkApproval(profile, ask) : null;
  if (wrong !== null) {
    throw new UserError(`cannot approve ${id}: ${wrong}. Reject it so that looop can ask again.`);
  }
  const answered: Ask = { ...ask, answer };
  await writeAsk(profile, answered);
  await syncFlag(profile, answered);
  await appendEvent(profile, { event: "answer", ask: id });
  return answered;
}

/**
 * Approves a move: the next tick applies exactly the move that the approval shows.
 *
 * @throws {UserError} as {@linkcode answerAsk}, and where the ask is not an approval.
 */
export async function approveAsk(profile: Profile, id: string): Promise<Ask> {
  return await answerApproval(profile, id, "yes");
}

/**
 * Rejects a move, with a reason for the next decision.
 *
 * @throws {UserError} as {@linkcode approveAsk}
 */
export async function rejectAsk(profile: Profile, id: string, reason = ""): Promise<Ask> {
  return await answerApproval(profile, id, reason === "" ? "no" : `no: ${reason}`);
}

async function answerApproval(profile: Profile, id: string, text: string): Promise<Ask> {
  if ((await openAsk(profile, id)).approval) return await answerAsk(profile, id, text);
  throw new UserError(`${id} is a question, not an approval: looop answer ${id} <text>`);
}

async function openAsk(profile: Profile, id: string): Promise<Ask> {
  const ask = await findAsk(profile, id);
  if (!ask) throw new UserError(`there is no ask ${id}: looop asks lists the open ones`);
  if (isExpired(ask, profile.clock.now().toISOString())) {
    throw new UserError(
      `approval ${id} expired at ${ask.approval?.expires_at}: the loop will ask again`,
    );
  }
  if (ask.answer) {
    const given = isYes(ask.answer) ? "yes" : ask.answer.text.slice(0, 80);
    throw new UserError(`${id} was already answered at ${ask.answer.at}: ${given}`);
  }
  if (ask.closed_by === undefined) return ask;
  const why = ask.closed_by === "orphaned" ? `worker ${ask.worker} has ended` : ask.closed_by;
  throw new UserError(`cannot answer ${id}: it is closed (${why})`);
}

/** Hours after which an approval expires. */
export const APPROVAL_HOURS = 24;

/** The maximum difference between two clocks. */
const DRIFT_MS = 60_000;

/**
 * Checks that an approval is valid: that this profile requested it, and that it was answered in time. Asks are files that
 * any program may have written or copied.
 *
 * @returns why it is invalid, in one line, or `null` where it is valid
 */
export async function checkApproval(
  profile: Profile,
  ask: Ask,
): Promise<string | null> {
  const { approval, asked_at, answer } = ask;
  if (!approval) return "it is not an approval";
  if (approval.profile === undefined) {
    return "it names no profile (written by an older looop, or by hand)";
  }
  if (approval.profile !== await profileId(profile)) return "it was requested in another profile";
  if (await exactMove(profile, ask) === null) {
    return MASKED.test(canonicalJson(approval.move))
      ? "its move holds a secret, and is kept only in the data directory that requested it"
      : "its move was changed after it was requested";
  }
  const [asked, expires] = [Date.parse(asked_at), Date.parse(approval.expires_at)];
  if (Number.isNaN(asked) || Number.isNaN(expires)) return "its times are invalid";
  if (expires - asked > APPROVAL_HOURS * 3_600_000 + DRIFT_MS) {
    return `it would be valid for longer than ${APPROVAL_HOURS} hours`;
  }
  const latest = profile.clock.now().getTime() + DRIFT_MS;
  if (asked > latest) return "its request is dated in the future";
  if (!answer) return null;
  const at = Date.parse(answer.at);
  if (Number.isNaN(at)) return "the time of its answer is invalid";
  if (at < asked) return "it was answered before it was requested";
  if (at > expires) return "it was answered after it expired";
  return at > latest ? "its answer is dated in the future" : null;
}

/**
 * Closes a worker's ask that is withdrawn unanswered, or whose answer has reached it: called after the answer was printed,
 * so that a process killed in between receives it again. Idempotent.
 */
export async function closeWorkerAsk(
  profile: Profile,
  id: string,
  event: "delivered" | "withdrawn",
): Promise<void> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (ask?.worker === undefined || Boolean(ask.answer) !== (event === "delivered")) return;
  // Also one that is closed: a crash may have left its open file.
  await closeAsk(profile, ask, ask.closed_by ?? event);
  await syncFlag(profile, ask);
  if (ask.closed_by !== undefined) return;
  await appendEvent(profile, { event, ask: id, worker: ask.worker });
}

/**
 * Closes the asks of a worker that ended, answered or not, as orphaned.
 *
 * @param generation that of the ended worker: asks of another one with the same id stay open
 * @returns the asks that were closed.
 */
export async function closeWorkerAsks(
  profile: Profile,
  worker: string,
  generation: string,
): Promise<Ask[]> {
  using _ = await lock(profile.paths.asksLock);
  const left = (await listAsks(profile)).asks.filter((ask) =>
    ask.worker === worker && ask.run_id === generation
  );
  for (const ask of left) await closeAsk(profile, ask, "orphaned");
  for (const ask of left) {
    await syncFlag(profile, ask);
    await appendEvent(profile, { event: "orphaned", ask: ask.id, worker });
  }
  return left;
}
