import { Watch } from "../host/watch.ts";
import type { AttentionItem } from "../model/attention.ts";
import type { Profile } from "../profile/profile.ts";
import { EMPTY_CURSOR, remember, unseen } from "./cursor.ts";
import { listAttention, listCalls } from "./list_attention.ts";
import { nextLook } from "./next_look.ts";
import { TimeLimit } from "./time_limit.ts";

/** What {@linkcode waitForHuman} takes; all of it is optional. */
export interface WaitForHumanInput {
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

/** Flags lie in folders of their own, and a pulse that is killed changes no file. */
const POLL_MS = 1000;

/**
 * Waits until something needs a human that the cursor does not remember.
 *
 * @throws {UserError} where `since` is no cursor.
 * @throws the reason of `signal` when it fired.
 */
export async function waitForHuman(
  profile: Profile,
  { asksOnly = false, since = EMPTY_CURSOR, timeoutMs, signal }: WaitForHumanInput = {},
): Promise<NewAttention> {
  using limit = new TimeLimit(profile.clock, timeoutMs, signal);
  const watch = new Watch([profile.paths.asks]);
  for (;;) {
    const all = asksOnly
      ? (await listCalls(profile)).filter((item) => item.ask !== undefined)
      : await listAttention(profile);
    const items = await unseen(all, since);
    if (items.length > 0) return { items, cursor: await remember(since, all, items) };
    signal?.throwIfAborted();
    if (limit.signal.aborted) return { items, cursor: since };
    await nextLook(profile.clock, watch, POLL_MS, limit.signal);
  }
}
