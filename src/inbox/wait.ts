import { poll } from "../os/poll.ts";
import { type Notices, Watch } from "../os/watch.ts";
import type { Profile } from "../profile/profile.ts";
import type { AttentionItem } from "../schema/ask.ts";
import { findAsk } from "./asks.ts";
import { EMPTY_CURSOR, listAttention, listDemands, remember, unseen } from "./attention.ts";

/** The result of {@linkcode awaitAnswer}; `closed`: no answer can come any more. */
export type AwaitedAnswer =
  | { kind: "answered"; text: string }
  | { kind: "closed"; why: string }
  | { kind: "timeout" };

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds. Default: no limit. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Two writes within the resolution of a timestamp look like one: an answer that the watch misses is found after this. */
const ANSWER_POLL_MS = 2000;
/** The same where the kernel reports each write. */
const NOTICED_POLL_MS = 10_000;

/**
 * Waits until an ask is answered. It changes nothing, so a caller that is killed can wait again; once the text has
 * reached the worker, `closeWorkerAsk` closes the ask.
 *
 * @param options `notices`: of changes to the asks. Default: polling, which takes three times the CPU
 * @throws the reason of `signal` when it fired.
 */
export async function awaitAnswer(
  profile: Profile,
  id: string,
  { timeoutMs, signal, notices }: WaitOptions & { notices?: Notices } = {},
): Promise<AwaitedAnswer> {
  const watch = new Watch([profile.paths.asks], notices);
  const everyMs = () => notices?.arrive ? NOTICED_POLL_MS : ANSWER_POLL_MS;
  const found = await poll<AwaitedAnswer>(profile.clock, async () => {
    const ask = await findAsk(profile, id);
    // Another process of the worker, left from a call that timed out, may have closed it.
    if (ask?.answer) return { kind: "answered", text: ask.answer.text };
    if (!ask) return { kind: "closed", why: `there is no ask ${id} any more` };
    if (ask.closed_by === undefined) return null;
    const by = ask.closed_by === "dismissed"
      ? "the user closed it; decide yourself"
      : ask.closed_by;
    return { kind: "closed", why: `${id} is closed without an answer: ${by}` };
  }, { everyMs, watch, timeoutMs, signal });
  if (!found) signal?.throwIfAborted();
  return found ?? { kind: "timeout" };
}

/** What {@linkcode waitForUser} takes; all of it is optional. */
export interface WaitForUserInput extends WaitOptions {
  /** Only questions and approvals. Default `false`. */
  asksOnly?: boolean;
  /** The cursor of an earlier wait. Default: nothing has been seen. */
  since?: string;
}

/** Flags are in directories of their own, and a pulse that is killed changes no file. */
const USER_POLL_MS = 1000;

/**
 * Waits until something needs the user that the cursor does not remember.
 *
 * @returns the items, none on timeout, and the cursor for the next wait: it remembers these items and earlier ones.
 * @throws {UserError} where `since` is not a cursor.
 * @throws the reason of `signal` when it fired.
 */
export async function waitForUser(
  profile: Profile,
  { asksOnly = false, since = EMPTY_CURSOR, timeoutMs, signal }: WaitForUserInput = {},
): Promise<{ items: AttentionItem[]; cursor: string }> {
  const watch = new Watch([profile.paths.asks]);
  const found = await poll(profile.clock, async () => {
    const all = asksOnly
      ? (await listDemands(profile)).filter((item) => item.ask !== undefined)
      : await listAttention(profile);
    const items = await unseen(all, since);
    return items.length === 0 ? null : { items, cursor: await remember(since, all, items) };
  }, { everyMs: USER_POLL_MS, watch, timeoutMs, signal });
  if (!found) signal?.throwIfAborted();
  return found ?? { items: [], cursor: since };
}
