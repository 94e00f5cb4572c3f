import { lastedText } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import type { AttentionItem } from "../schema/ask.ts";
import { failingOf } from "../schema/failing.ts";
import type { Deliveries, NotifyKind } from "../schema/notify.ts";
import { INITIAL_STATE, lastTickSchema, type Parked, type State } from "../schema/state.ts";
import { localDay, localTime } from "../schema/text.ts";
import type { Worker } from "../schema/worker.ts";

/** Milliseconds: what has passed within this is not reported, since most outages are shorter. */
export const PATIENCE_MS = 15 * 60_000;

/** The state of the loop as something that needs the user. */
export function parkedItem({ parked, failure }: State): AttentionItem | null {
  if (!parked) return null;
  const { kind, why, config } = parked;
  // Each attempt that fails parks anew, which is the same to the user.
  const key = `parked:${kind}:${config}:${failure?.since ?? failure?.at ?? ""}`;
  return { key, kind: "parked", from: "looop", text: why };
}

/** What is wrong with the loop, and what is to be remembered of it. */
export interface Condition {
  items: AttentionItem[];
  trouble: Deliveries["trouble"];
}

/**
 * Returns what to report about the loop: that it is parked, that decisions, a rule or ticks have been failing for 15
 * minutes, and once that was reported, that it is over. A limit of the provider counts as parked if it lasts as long.
 *
 * @param before the failure that was reported; `null` if there is none
 */
export async function conditionOf(
  profile: Profile,
  before: Deliveries["trouble"],
): Promise<Condition> {
  const ofTicks = await tickError(profile);
  // A state that cannot be read stops every tick.
  const state = await readState(profile).catch(() => ofTicks ? INITIAL_STATE : null);
  if (!state) return { items: [], trouble: before };
  const now = profile.clock.now();
  const { parked, failure } = state;
  const [failing = null] = [ofTicks, failingOf(state)].filter((found) => found !== null)
    .sort((a, b) => a.since < b.since ? -1 : 1);
  const item = parkedItem(state);
  // A later decision ends the failure of a decision; a rule, and a tick, can succeed without one.
  const decided_at = failure || parked ? state.decided_at : "";
  if (parked && item && isReported(parked, failing?.since, now)) {
    const since = before?.since ?? failing?.since ?? now.toISOString();
    const until = parked.until === undefined ? "" : ` until ${dayTime(parked.until)}`;
    const text = `nothing is decided${until}: ${parked.why}`;
    return { items: [{ ...item, text }], trouble: { since, why: parked.why, decided_at } };
  }
  if (failing) {
    const { since, why } = failing;
    if (!before && now.getTime() - Date.parse(since) < PATIENCE_MS) {
      return { items: [], trouble: null };
    }
    const items = before ? [] : [failingItem(failing)];
    return { items, trouble: { since: before?.since ?? since, why, decided_at } };
  }
  // After `looop resume`, the next decision shows whether it is over.
  const isOver = before && !parked && before.decided_at !== state.decided_at;
  if (!isOver) return { items: [], trouble: before };
  const { since, why } = before;
  const text = lastedText("works again: it failed", { since, why }, now);
  return {
    items: [{
      key: `recovered:${since}`,
      kind: "recovered",
      from: "looop",
      text,
      at: now.toISOString(),
    }],
    trouble: null,
  };
}

/** What fails, as something that the user is to know. */
export function failingItem({ since, why }: { since: string; why: string }): AttentionItem {
  const text = `failing since ${dayTime(since)}: ${why}; looop tries again by itself`;
  return { key: `failing:${since}`, kind: "failing", from: "looop", text, at: since };
}

/** Why the ticks of a pulse do not end, such as a config that cannot be read; `null` if the last one did. */
async function tickError({ paths }: Profile): Promise<{ why: string; since: string } | null> {
  const last = await parseFile(paths.lastTick, lastTickSchema, "").catch(() => null);
  return last?.error ? { why: last.error.why, since: last.error.since } : null;
}

function isReported({ kind, until }: Parked, since: string | undefined, now: Date): boolean {
  if (kind !== "rate_limit" || until === undefined) return true;
  return Date.parse(until) - Date.parse(since ?? now.toISOString()) >= PATIENCE_MS;
}

/** A time in the host's time zone, such as `2026-11-23 09:30`. */
function dayTime(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : `${localDay(at)} ${localTime(at)}`;
}

/** What to report about a worker, by its state. */
const OF_WORKER: Partial<
  Record<string, { kind: NotifyKind; describe(worker: Worker): string }>
> = {
  failed: {
    kind: "worker_failed",
    describe: ({ why, exit_code }) => why ?? `it ended with exit status ${exit_code}`,
  },
  lost: {
    kind: "worker_failed",
    describe: () => "it ended unexpectedly (crash or reboot)",
  },
  stuck: {
    kind: "worker_stuck",
    describe: () => "it has printed nothing for 15 minutes and asked nothing",
  },
  limited: {
    kind: "worker_limited",
    describe: ({ why }) => why ?? "a usage limit of its provider is reached",
  },
};

/** Returns what to report about a worker: that it failed, is stuck or limited; `null` for nothing. */
export function workerItem(worker: Worker): AttentionItem | null {
  const { id, generation, since, verification, killed } = worker;
  const unverified = worker.state === "done" && verification?.passed === false;
  const found = OF_WORKER[unverified ? "failed" : worker.state];
  // The user knows.
  if (!found || killed) return null;
  const { kind, describe } = found;
  const text = unverified
    ? `its verify failed with exit status ${verification.exit_code}`
    : describe(worker);
  // The end of a worker is one event, whenever it was noticed.
  const key = `${kind}:${id}:${generation}:${kind === "worker_failed" ? "" : since}`;
  return { key, kind, from: "looop", text: `worker ${id}: ${text}`, worker: id, at: since };
}
