import type { Clock } from "../os/clock.ts";
import { type Notices, Watch } from "../os/watch.ts";
import type { Profile } from "../profile/profile.ts";
import type { AttentionItem } from "../schema/ask.ts";
import { findAsk } from "./asks.ts";
import { EMPTY_CURSOR, listAttention, listDemands, remember, unseen } from "./attention.ts";

/** What waiting for an answer came to; `closed`: none can come any more. */
export type AwaitedAnswer =
  | { kind: "answered"; text: string }
  | { kind: "closed"; why: string }
  | { kind: "timeout" };

/** What {@linkcode awaitAnswer} takes; all of it is optional. */
export interface AwaitAnswerInput {
  /** Milliseconds; default: as long as it takes. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Tells of changes to the asks. Default: it looks again and again, which takes three times the CPU. */
  notices?: Notices;
}

/** Two writes of one instant look like one: should a watch miss an answer, this is how soon it is seen. */
const ANSWER_POLL_MS = 2000;
/** The same where the kernel tells of each of them. */
const NOTICED_POLL_MS = 10_000;

/**
 * Waits until an ask is answered. It changes nothing, so whoever waits can be killed and wait again; once the
 * text has reached the worker, `deliverAnswer` closes the ask.
 *
 * @throws the reason of `signal` when it fired.
 */
export async function awaitAnswer(
  profile: Profile,
  id: string,
  { timeoutMs, signal, notices }: AwaitAnswerInput = {},
): Promise<AwaitedAnswer> {
  using limit = new TimeLimit(profile.clock, timeoutMs, signal);
  const watch = new Watch([profile.paths.asks], notices);
  for (;;) {
    const ask = await findAsk(profile, id);
    // Another process of the worker, left from a call that timed out, may have closed it.
    if (ask?.answer) return { kind: "answered", text: ask.answer.text };
    if (!ask) return { kind: "closed", why: `there is no ask ${id} any more` };
    if (ask.closed_by !== undefined) {
      return { kind: "closed", why: `${id} is closed without an answer: ${ask.closed_by}` };
    }
    signal?.throwIfAborted();
    if (limit.signal.aborted) return { kind: "timeout" };
    const pollMs = notices?.arrive ? NOTICED_POLL_MS : ANSWER_POLL_MS;
    await nextCheck(profile.clock, watch, pollMs, limit.signal);
  }
}

/** What {@linkcode waitForUser} takes; all of it is optional. */
export interface WaitForUserInput {
  /** Only questions and approvals. Default `false`. */
  asksOnly?: boolean;
  /** The cursor that an earlier wait gave. Default: nothing has been seen. */
  since?: string;
  /** Milliseconds; default: as long as it takes. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** What needs a human and did not when the cursor was made. */
export interface NewAttention {
  /** Empty when time was up. */
  items: AttentionItem[];
  /** For the next wait: it remembers these items and those before. */
  cursor: string;
}

/** Flags lie in directories of their own, and a pulse that is killed changes no file. */
const HUMAN_POLL_MS = 1000;

/**
 * Waits until something needs a human that the cursor does not remember.
 *
 * @throws {UserError} where `since` is no cursor.
 * @throws the reason of `signal` when it fired.
 */
export async function waitForUser(
  profile: Profile,
  { asksOnly = false, since = EMPTY_CURSOR, timeoutMs, signal }: WaitForUserInput = {},
): Promise<NewAttention> {
  using limit = new TimeLimit(profile.clock, timeoutMs, signal);
  const watch = new Watch([profile.paths.asks]);
  for (;;) {
    const all = asksOnly
      ? (await listDemands(profile)).filter((item) => item.ask !== undefined)
      : await listAttention(profile);
    const items = await unseen(all, since);
    if (items.length > 0) return { items, cursor: await remember(since, all, items) };
    signal?.throwIfAborted();
    if (limit.signal.aborted) return { items, cursor: since };
    await nextCheck(profile.clock, watch, HUMAN_POLL_MS, limit.signal);
  }
}

/** Resolves at the next change in the watched directories, after `ms` milliseconds, or when `signal` fires. */
export async function nextCheck(
  clock: Clock,
  watch: Watch,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const timer = clock.sleep(ms, stop).then(() => over.abort());
  await watch.changed(stop);
  over.abort();
  await timer;
}

/** A timer cannot count further than 2^31 ms: nobody waits longer than this. */
const MAX_MS = 20 * 86_400_000;

/** Fires its signal when time is up, or a given signal fires; `using` ends it. */
export class TimeLimit implements Disposable {
  readonly signal: AbortSignal;
  readonly #over = new AbortController();

  /** @param ms default: no limit of its own */
  constructor(clock: Clock, ms: number | undefined, signal?: AbortSignal) {
    this.signal = signal ? AbortSignal.any([signal, this.#over.signal]) : this.#over.signal;
    if (ms === undefined) return;
    void clock.sleep(Math.min(ms, MAX_MS), this.signal).then(() => this.#over.abort());
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}
