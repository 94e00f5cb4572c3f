import { MASKED } from "../mask/mask.ts";
import { lock } from "../os/lock.ts";
import { appendEvent } from "../profile/journal.ts";
import { placeId, profileId } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { type Ask, isYes, readConsent, setUpCommand } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { canonicalJson } from "../schema/json.ts";
import { cut } from "../schema/text.ts";
import { closeAsk, findAsk, listAsks, writeAsk } from "./asks.ts";
import { exactMove } from "./exact_move.ts";
import { syncFlag } from "./flags.ts";
import { noteInJournal, openAsk } from "./open.ts";

/** The maximum length of an answer, in characters. */
export const MAX_ANSWER = 100_000;

/** Options of {@linkcode answerAsk}. */
export interface AnswerOptions {
  /** Accept an answer that is not one of the ask's options. Default `false`. */
  other?: boolean;
}

/**
 * Records the user's answer to an ask; the first one wins. The pulse or worker that asked receives it within a second,
 * and the worker's flag is removed. Of an approval, a plain yes or no counts; of a question with options, one of them.
 *
 * @param id may be shortened, see {@linkcode openAsk}
 * @throws {UserError} where there is no such ask, it is answered, closed or expired, the answer is not one that it takes,
 * or it is an approval that {@linkcode checkApproval} refuses.
 */
export async function answerAsk(
  profile: Profile,
  id: string,
  text: string,
  options: AnswerOptions = {},
): Promise<Ask> {
  return await record(profile, id, text, (ask) => readAnswer(ask, text, options));
}

/**
 * Approves a move: the next tick applies exactly the move that the approval shows.
 *
 * @throws {UserError} as {@linkcode answerAsk}, and where the ask is not an approval.
 */
export async function approveAsk(profile: Profile, id: string): Promise<Ask> {
  return await record(profile, id, "yes", (ask) => checkKind(ask, "yes"));
}

/**
 * Rejects a move, with a reason for the next decision and the journal.
 *
 * @throws {UserError} as {@linkcode approveAsk}
 */
export async function rejectAsk(profile: Profile, id: string, reason = ""): Promise<Ask> {
  const text = reason === "" ? "no" : `no: ${reason}`;
  return await record(profile, id, text, (ask) => checkKind(ask, text));
}

function checkKind({ id, approval }: Ask, text: string): string {
  if (approval) return text;
  throw new UserError(`${id} is a question, not an approval: looop answer ${id} <text>`);
}

async function record(
  profile: Profile,
  word: string,
  text: string,
  read: (ask: Ask) => string,
): Promise<Ask> {
  if (text.length > MAX_ANSWER) {
    throw new UserError(
      `cannot answer ${word}: it has ${text.length} characters; the maximum is ${MAX_ANSWER}`,
    );
  }
  // Not the move lock: a move may take minutes.
  using _ = await lock(profile.paths.asksLock);
  const ask = await openAsk(profile, word);
  const { id, approval, setup } = ask;
  if (setup) {
    const command = setUpCommand(setup);
    throw new UserError(
      `cannot answer ${id}: ${command} does what it asks for; looop asks ${id} --close drops it`,
    );
  }
  const answer = { text: read(ask), at: profile.clock.now().toISOString() };
  const wrong = approval && isYes(answer) ? await checkApproval(profile, ask) : null;
  if (wrong !== null) {
    throw new UserError(`cannot approve ${id}: ${wrong}. Reject it so that looop can ask again.`);
  }
  const answered: Ask = { ...ask, answer };
  await writeAsk(profile, answered);
  await syncFlag(profile, answered);
  await appendEvent(profile, { event: "answer", ask: id });
  if (approval && !isYes(answer)) {
    const reason = answer.text.replace(/^no(: )?/, "");
    const { action, journal } = approval.move;
    const why = reason === "" ? id : `${id}: ${reason}`;
    await noteInJournal(profile, `rejected ${action}: ${journal} (${why})`, ask);
  }
  return answered;
}

/** Hours after which an approval expires. */
export const APPROVAL_HOURS = 24;

/** The maximum difference between two clocks. */
const DRIFT_MS = 60_000;

/** Why an approval has no effect here, with the remedy. */
export const ELSEWHERE = "only the data directory that asked applies it; " +
  "for jobs that run one after another on clones of it, set LOOOP_PLACE to one name";

/** Reports whether another copy of this data directory applies an approval: one approval is applied once, not once in each. */
export async function isElsewhere(profile: Profile, { approval }: Ask): Promise<boolean> {
  return approval !== undefined && approval.place !== await placeId(profile);
}

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
  if (typeof approval.place !== "string" || approval.action_sha256 === undefined) {
    return "it names no data directory or action (written by an older looop, or by hand)";
  }
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

/** How much of a refused answer is repeated, in characters. */
const MAX_REPEATED = 80;

/**
 * Reads what the user said to an ask: a question without options takes any text, one with options takes one of them, and
 * an approval takes a plain yes or no. An answer that could mean something else than the user believes is refused.
 *
 * @param other accept an answer that is not one of the options
 * @returns the text to store: the option as it was offered, or `yes`, `no` or `no: REASON`
 * @throws {UserError} where the text is empty, or not an answer to this ask.
 */
export function readAnswer(
  { id, approval, options = [], hold }: Ask,
  text: string,
  { other = false }: { other?: boolean } = {},
): string {
  if (text.trim() === "") throw new UserError(`cannot answer ${id}: the answer is empty`);
  const consent = readConsent(text);
  const said = JSON.stringify(cut(text.trim(), MAX_REPEATED));
  if (approval) {
    if (consent !== null) return consent;
    throw new UserError(
      `cannot answer ${id}: it is an approval, and ${said} is neither yes nor no; ` +
        `run looop approve ${id}, or looop reject ${id} "reason"`,
    );
  }
  if (options.length === 0 || other) return text;
  // The question about a budget can be answered with yes or no, too.
  const chosen = hold && consent !== null
    ? options[consent === "yes" ? 0 : 1]
    : pickOption(options, text, consent);
  if (chosen !== undefined) return chosen;
  const list = options.map((option) => JSON.stringify(option)).join(", ");
  throw new UserError(
    `cannot answer ${id}: ${said} is not one of its options: ${list}; ` +
      `to give another answer, add --other`,
  );
}

/**
 * Finds the one option that an answer names: the same text in whatever case, else its first words, else the only option
 * with the same meaning, such as `allow` for `yes`.
 */
function pickOption(options: string[], text: string, consent: string | null): string | undefined {
  const plain = (option: string) => option.trim().replaceAll(/\s+/g, " ").toLowerCase();
  const said = plain(text);
  const same = options.find((option) => option === text) ??
    options.find((option) => plain(option) === said);
  if (same !== undefined) return same;
  const only = (found: string[]) => found.length === 1 ? found[0] : undefined;
  return only(options.filter((option) => isStartOf(said, plain(option)))) ??
    (consent === "yes" || consent === "no"
      ? only(options.filter((option) => readConsent(option) === consent))
      : undefined);
}

/** Whole words only: `no` is not the beginning of `not now`. */
function isStartOf(said: string, option: string): boolean {
  return option.startsWith(said) && /^[^\p{L}\p{N}]/u.test(option.slice(said.length));
}
