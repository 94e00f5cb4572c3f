import { causeOf } from "../decide/cause.ts";
import { ruleInput } from "../decide/decide.ts";
import type { Situation } from "../decide/prompt/parts.ts";
import { closeAsk, findAsk } from "../inbox/asks.ts";
import { enqueue } from "../inbox/deliveries.ts";
import { lock } from "../os/lock.ts";
import { commitRun } from "../profile/commits.ts";
import { appendEvent, appendJournal, journalLine, journalTail } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { readState, writeState } from "../profile/state.ts";
import { type Ask, isExpired } from "../schema/ask.ts";
import type { State } from "../schema/state.ts";
import { cut, localDay, localTime } from "../schema/text.ts";
import { readsAny } from "../schema/world.ts";

/** Journal lines among which that of a withdrawal is looked for, after a crash. */
const TAIL_LINES = 50;

/** An ask whose cause has ended. */
interface Ended {
  ask: Ask;
  why: string;
  /** Changed entries that the rule reads. */
  keys: string[];
}

/**
 * Withdraws the open asks and approvals of rules whose cause has ended: the `when` is false, or the rule makes another
 * move now. Each gets a journal line with its times. Its rule is armed again, so it asks again once the `when` is true,
 * even if nothing was decided meanwhile. What a sensor that fails now would say is not known, so it ends nothing.
 *
 * @returns the state, and the asks that remain.
 */
export async function withdrawAsks(
  profile: Profile,
  situation: Pick<Situation, "world" | "comparison" | "tainted" | "state">,
): Promise<{ state: State; asks: Ask[] }> {
  const { world: { asks }, comparison, state } = situation;
  const input = ruleInput(profile, situation);
  const ended: Ended[] = [];
  for (const ask of asks.filter(({ rule, answer }) => rule !== undefined && !answer)) {
    const { holds, why = `${ask.rule} was true ${timesOf(profile, ask)}`, reads } = await causeOf(
      ask,
      input,
      profile.mask,
    );
    if (holds !== false) continue;
    const changed = comparison.changes.map(({ key }) => key);
    ended.push({ ask, why, keys: changed.filter((key) => readsAny(reads, new Set([key]))) });
  }
  if (ended.length === 0) return { state, asks };
  using _ = await lock(profile.paths.moveLock);
  const next = rearm(await readState(profile), ended);
  // First: otherwise a crash could leave a closed ask whose rule never asks again.
  await writeState(profile, next);
  const gone = new Set<string>();
  for (const { ask, why } of ended) {
    if (await withdraw(profile, ask, why)) gone.add(ask.id);
  }
  return { state: next, asks: asks.filter(({ id }) => !gone.has(id)) };
}

/** Forgets that the rules have fired, and that the values they read were decided on. */
function rearm(state: State, ended: Ended[]): State {
  const fired = { ...state.fired };
  const baseline = state.baseline && { ...state.baseline };
  for (const { ask, keys } of ended) {
    delete fired[ask.rule ?? ""];
    for (const key of keys) {
      // The old value stays, to describe the change.
      if (baseline && Object.hasOwn(baseline, key)) {
        baseline[key] = { ...baseline[key], sha256: "" };
      }
    }
  }
  return { ...state, fired, baseline };
}

/** Withdraws an ask, unless the user has answered it meanwhile. */
async function withdraw(profile: Profile, { id }: Ask, why: string): Promise<boolean> {
  const text = ({ approval, question }: Ask) =>
    `withdrew ${id}, ${cut(approval?.move.journal ?? question, MAX_WHAT)}: ${why}`;
  return await close(profile, id, { by: "withdrawn", mark: `withdrew ${id}, `, text, why });
}

/** Max. characters of what an ask is about. */
const MAX_WHAT = 200;

/**
 * Closes an open ask with a journal line. The caller holds the move lock.
 *
 * @param how `mark`: by what of its text a line from before a crash is known
 * @returns `false` if the user has answered it meanwhile
 */
async function close(
  profile: Profile,
  id: string,
  { by, mark, text, why }: {
    by: "withdrawn" | "expired";
    mark: string;
    text(ask: Ask): string;
    why: string;
  },
): Promise<boolean> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (!ask || ask.answer || ask.closed_by !== undefined) return false;
  const line = journalLine(profile.clock.now(), profile.mask(text(ask)), ask.tainted);
  const tail = await journalTail(profile, TAIL_LINES);
  if (!tail.some((line) => line.includes(mark))) await appendJournal(profile, line);
  await closeAsk(profile, ask, by);
  const paths = [`asks/${id}.json`, `asks/closed/${id}.json`, "journal.md", "state.json"];
  await commitRun(profile, paths, line.slice(2), null);
  await appendEvent(profile, { event: by, ask: id, why });
  return true;
}

/**
 * Closes the approvals that have expired, each with a journal line and a notification, and has the world decided again:
 * the rule of one is armed again, and the slots of schedules that it is about are due again. A worker's proposal wakes no
 * decision.
 *
 * @param asks asks that are not closed
 */
export async function expireApprovals(profile: Profile, asks: readonly Ask[]): Promise<void> {
  const now = profile.clock.now().toISOString();
  const expired = asks.filter((ask) => isExpired(ask, now));
  if (expired.length === 0) return;
  using _ = await lock(profile.paths.moveLock);
  let state = rearm(await readState(profile), expired.map((ask) => ({ ask, why: "", keys: [] })));
  const due = new Set<Ask>();
  for (const ask of expired) {
    const next = withSlotsOf(ask, state);
    if (next !== null) due.add(ask);
    state = next ?? state;
  }
  const hasRunner = profile.config.runner !== "none";
  const own = expired.filter(({ worker }) => worker === undefined);
  // A slot wakes the loop by itself.
  const waking = own.filter((ask) => ask.rule !== undefined || (hasRunner && !due.has(ask)));
  const again = state.again || waking.length > 0;
  const tainted = state.tainted || (again && own.some(({ tainted }) => tainted));
  // First: otherwise a crash could leave a closed approval that nothing asks for again.
  await writeState(profile, { ...state, again, tainted });
  for (const ask of expired) {
    const { id, worker, approval, question } = ask;
    const what = cut(approval?.move.journal ?? question, MAX_WHAT);
    const isAgain = waking.includes(ask) || due.has(ask);
    const then = worker !== undefined
      ? ""
      : isAgain
      ? "; it is decided again"
      : "; nothing decides it again, since its cause is over";
    const text = `approval ${id} expired without an answer: ${what}${then}`;
    const mark = `approval ${id} expired `;
    const isClosed = await close(profile, id, { by: "expired", mark, text: () => text, why: what });
    if (!isClosed) continue;
    const item = { key: `expired:${id}`, kind: "expired", from: "looop", ask: id, worker } as const;
    await enqueue(profile, { ...item, text: profile.mask(text) });
  }
}

/** The state with the slots due again that an ask is about, unless later ones were handled since; `null`: there is none. */
function withSlotsOf({ event }: Ask, state: State): State | null {
  const schedules = { ...state.schedules };
  let isDue = false;
  for (const [name, slot] of Object.entries(event?.slots ?? {})) {
    const known = Object.hasOwn(schedules, name) ? schedules[name] : undefined;
    const before = new Date(Date.parse(slot) - 1).toISOString();
    // Also after a crash in between.
    if (!known || (known.handled !== slot && known.handled !== before)) continue;
    schedules[name] = { ...known, handled: before, next: slot };
    isDue = true;
  }
  if (!event || !isDue) return null;
  const fired = { ...state.fired };
  delete fired[event.source];
  return { ...state, schedules, fired };
}

/** Such as `16:20–16:24`, with the days if they differ. */
function timesOf({ clock }: Profile, { asked_at }: Ask): string {
  const [from, to] = [new Date(asked_at), clock.now()];
  const days = localDay(from) === localDay(to)
    ? ["", ""]
    : [`${localDay(from)} `, `${localDay(to)} `];
  return `${days[0]}${localTime(from)}–${days[1]}${localTime(to)}`;
}
