import { lock } from "../host/lock.ts";
import { type Ask, isExpired, isYes } from "../model/ask.ts";
import { UserError } from "../model/user_error.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { findAsk, writeAsk } from "./ask_files.ts";
import { checkApproval } from "./check_approval.ts";
import { settleFlag } from "./flag_for_ask.ts";

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
  await settleFlag(profile, answered);
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
