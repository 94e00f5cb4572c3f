import { lock } from "../os/lock.ts";
import { appendEvent } from "../profile/events.ts";
import { profileId } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { type Ask, isExpired, isYes } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import { closeAsk, findAsk, writeAsk } from "./asks.ts";
import { syncFlag } from "./flags.ts";

/** The most characters that an answer can have. */
export const MAX_ANSWER = 100_000;

/**
 * Gives a human's answer to an ask; the first one wins. Whoever asked, the running pulse or a worker, sees it
 * within a second; the flag of the worker goes down.
 *
 * @throws {UserError} where there is no such ask, or it has an answer already, or came too late, or is an
 * approval to which a yes counts for nothing.
 */
export async function answerAsk(profile: Profile, id: string, text: string): Promise<Ask> {
  if (text.trim() === "") throw new UserError(`cannot answer ${id}: the answer is empty`);
  if (text.length > MAX_ANSWER) {
    throw new UserError(
      `cannot answer ${id}: ${text.length} characters, at most ${MAX_ANSWER} are taken`,
    );
  }
  // A lock of its own: a move may take minutes, and its human is not to wait for it.
  using _ = await lock(profile.paths.asksLock);
  const ask = await openAsk(profile, id);
  const answer = { text, at: profile.clock.now().toISOString() };
  const wrong = ask.approval && isYes(answer) ? await checkApproval(profile, ask) : null;
  if (wrong !== null) {
    throw new UserError(
      `cannot approve ${id}, a yes counts for nothing: ${wrong}. Reject it: then the loop can ask anew.`,
    );
  }
  const answered: Ask = { ...ask, answer };
  await writeAsk(profile, answered);
  await syncFlag(profile, answered);
  await appendEvent(profile, { event: "answer", ask: id });
  return answered;
}

/**
 * Says yes to an approval: the very move it shows is made at the next tick.
 *
 * @throws {UserError} where the ask is no approval, has expired, or has an answer.
 */
export async function approveAsk(profile: Profile, id: string): Promise<Ask> {
  await openApproval(profile, id);
  return await answerAsk(profile, id, "yes");
}

/** Says no to an approval, with a reason for the next decision. */
export async function rejectAsk(profile: Profile, id: string, reason = ""): Promise<Ask> {
  await openApproval(profile, id);
  return await answerAsk(profile, id, reason === "" ? "no" : `no: ${reason}`);
}

async function openApproval(profile: Profile, id: string): Promise<void> {
  const ask = await openAsk(profile, id);
  if (!ask.approval) {
    throw new UserError(`${id} is a question, not an approval: looop answer ${id} <text>`);
  }
}

async function openAsk(profile: Profile, id: string): Promise<Ask> {
  const ask = await findAsk(profile, id);
  if (!ask) throw new UserError(`there is no ask ${id}: looop asks lists the open ones`);
  if (isExpired(ask, profile.clock.now().toISOString())) {
    throw new UserError(
      `approval ${id} expired at ${ask.approval?.expires_at}: the loop will ask again`,
    );
  }
  if (!ask.answer && ask.closed_by !== undefined) {
    const orphaned = ask.closed_by === "orphaned";
    const why = orphaned ? `worker ${ask.worker} has ended` : ask.closed_by;
    throw new UserError(`${id} is closed, nobody waits for an answer any more: ${why}`);
  }
  if (!ask.answer) return ask;
  const said = isYes(ask.answer) ? "yes" : ask.answer.text.slice(0, 80);
  throw new UserError(`${id} was already answered at ${ask.answer.at}: ${said}`);
}

/** Hours after which a yes comes too late. */
export const APPROVAL_HOURS = 24;

/** How far clocks may be apart. */
const DRIFT_MS = 60_000;

/**
 * Tells why a yes to an approval counts for nothing: it is no request that this profile made, or its answer could
 * not have been given to it. Asks are files that a program may have written or copied.
 *
 * @returns the reason, in one line, or `null` where a yes counts
 */
export async function checkApproval(
  profile: Profile,
  { approval, asked_at, answer }: Ask,
): Promise<string | null> {
  if (!approval) return "it is no approval";
  if (approval.profile === undefined) {
    return "it names no profile (an older looop made it, or somebody by hand)";
  }
  if (approval.profile !== await profileId(profile)) return "it was made in another profile";
  if (await sha256Hex(canonicalJson(approval.move)) !== approval.move_sha256) {
    return "its move was changed since it was asked";
  }
  const [asked, expires] = [Date.parse(asked_at), Date.parse(approval.expires_at)];
  if (Number.isNaN(asked) || Number.isNaN(expires)) return "its times cannot be read";
  if (expires - asked > APPROVAL_HOURS * 3_600_000 + DRIFT_MS) {
    return `it would hold for longer than ${APPROVAL_HOURS} hours`;
  }
  const latest = profile.clock.now().getTime() + DRIFT_MS;
  if (asked > latest) return "it was asked in the future";
  if (!answer) return null;
  const at = Date.parse(answer.at);
  if (Number.isNaN(at)) return "the time of its answer cannot be read";
  if (at < asked) return "it was answered before it was asked";
  if (at > expires) return "its answer came too late";
  return at > latest ? "it was answered in the future" : null;
}

/**
 * Closes a worker's ask whose answer has reached it: called after the answer was printed, so that a process
 * killed in between finds it once more. Safe to do twice.
 */
export async function deliverAnswer(profile: Profile, id: string): Promise<void> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (ask?.worker === undefined || !ask.answer) return;
  // Also one that is closed: a crash may have left its open file.
  await closeAsk(profile, ask, ask.closed_by ?? "delivered");
  await syncFlag(profile, ask);
  if (ask.closed_by !== undefined) return;
  await appendEvent(profile, { event: "delivered", ask: id, worker: ask.worker });
}

/** Closes a worker's ask that needs no answer any more; one that has an answer stays. Safe to do twice. */
export async function withdrawAsk(profile: Profile, id: string): Promise<void> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (ask?.worker === undefined || ask.answer) return;
  // Also one that is closed: a crash may have left its open file.
  await closeAsk(profile, ask, ask.closed_by ?? "withdrawn");
  await syncFlag(profile, ask);
  if (ask.closed_by !== undefined) return;
  await appendEvent(profile, { event: "withdrawn", ask: id, worker: ask.worker });
}
