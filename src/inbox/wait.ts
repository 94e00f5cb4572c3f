import { lockHolder } from "../os/lock.ts";
import { poll } from "../os/clock.ts";
import { type Notices, Watch } from "../os/watch.ts";
import type { Profile } from "../profile/profile.ts";
import type { AttentionItem } from "../schema/ask.ts";
import { findAsk } from "./asks.ts";
import { type ChangeItem, changesSince, type Position } from "./changes.ts";
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
  /** Only questions and approvals, and what `journal` and `goals` add. Default `false`. */
  asksOnly?: boolean;
  /** Only new journal lines, and what the others add; not those before the first wait. Default `false`. */
  journal?: boolean;
  /** Only changes of goals, and what the others add; not those before the first wait. Default `false`. */
  goals?: boolean;
  /** The cursor of an earlier wait. Default: nothing has been seen. */
  since?: string;
}

/** Flags are in directories of their own, and a pulse that is killed changes no file. */
const USER_POLL_MS = 1000;

/** What happened, as {@linkcode waitForUser} returns it. */
export interface Waited {
  items: (AttentionItem | ChangeItem)[];
  /** For the next wait: it remembers these items and earlier ones. */
  cursor: string;
  /** Whether a pulse runs: without one, nothing is decided. */
  pulse_running: boolean;
}

/**
 * Waits until something needs the user, or changed, that the cursor does not remember. Without a pulse it does not wait for
 * changes, since none would come.
 *
 * @returns the items, none on timeout.
 * @throws {UserError} where `since` is not a cursor.
 * @throws the reason of `signal` when it fired.
 */
export async function waitForUser(
  profile: Profile,
  { asksOnly = false, journal, goals, since = EMPTY_CURSOR, timeoutMs, signal }: WaitForUserInput =
    {},
): Promise<Waited> {
  const { paths, clock } = profile;
  const watch = new Watch([paths.asks, ...goals ? [paths.goals] : []]);
  const changes = { journal, goals };
  const forChanges = journal === true || goals === true;
  const [seen, begin] = readCursor(since);
  let { position } = await changesSince(profile, changes, begin);
  position = { ...position, ...begin };
  const found = await poll(clock, async (): Promise<Waited | null> => {
    const changed = await changesSince(profile, changes, position);
    const all = asksOnly
      ? (await listDemands(profile)).filter((item) => item.ask !== undefined)
      : forChanges
      ? []
      : await listAttention(profile);
    const demands = await unseen(all, seen);
    const items = [...demands, ...changed.items];
    const pulse_running = await lockHolder(paths.pulseLock) !== null;
    if (items.length === 0 && (pulse_running || !forChanges)) return null;
    const marks = demands.length === 0 ? seen : await remember(seen, all, demands);
    return { items, cursor: writeCursor(marks, changed.position), pulse_running };
  }, { everyMs: USER_POLL_MS, watch, timeoutMs, signal });
  if (!found) signal?.throwIfAborted();
  const pulse_running = await lockHolder(paths.pulseLock) !== null;
  return found ?? { items: [], cursor: writeCursor(seen, position), pulse_running };
}

/** The marks of what needs the user, then where changes were read to. */
const CURSOR = /^(1\.[0-9a-f]*)(?:\.j(\d{1,15}))?(?:\.g((?:[0-9a-f]{12})*))?$/;

/** Any other text is left to {@linkcode unseen}, which refuses it. */
function readCursor(cursor: string): [marks: string, position: Position] {
  const [, marks, bytes, goals] = CURSOR.exec(cursor) ?? [];
  if (marks === undefined) return [cursor, {}];
  return [marks, {
    ...bytes ? { journal: Number(bytes) } : {},
    ...goals === undefined ? {} : { goals },
  }];
}

function writeCursor(marks: string, { journal, goals }: Position): string {
  return `${marks}${journal === undefined ? "" : `.j${journal}`}${
    goals === undefined ? "" : `.g${goals}`
  }`;
}
