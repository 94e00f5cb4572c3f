import type { Notices } from "../host/notices.ts";
import { Watch } from "../host/watch.ts";
import type { Profile } from "../profile/profile.ts";
import { findAsk } from "./ask_files.ts";
import { nextLook } from "./next_look.ts";
import { TimeLimit } from "./time_limit.ts";

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
const POLL_MS = 2000;
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
    const pollMs = notices?.come ? NOTICED_POLL_MS : POLL_MS;
    await nextLook(profile.clock, watch, pollMs, limit.signal);
  }
}
