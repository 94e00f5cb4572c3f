import { causeOf } from "../decide/cause.ts";
import { ruleInput } from "../decide/decide.ts";
import type { Situation } from "../decide/prompt/parts.ts";
import { closeAsk, findAsk } from "../inbox/asks.ts";
import { lock } from "../os/lock.ts";
import { commitRun } from "../profile/commits.ts";
import { appendEvent } from "../profile/events.ts";
import { appendJournal, journalLine, journalTail } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { readState, writeState } from "../profile/state.ts";
import type { Ask } from "../schema/ask.ts";
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

/** Closes an ask with a journal line, unless the user has answered it meanwhile. The caller holds the move lock. */
async function withdraw(profile: Profile, { id }: Ask, why: string): Promise<boolean> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (!ask || ask.answer || ask.closed_by !== undefined) return false;
  const text = `withdrew ${id}, ${cut(ask.approval?.move.journal ?? ask.question, 200)}: ${why}`;
  const line = journalLine(profile.clock.now(), profile.mask(text), ask.tainted);
  const tail = await journalTail(profile, TAIL_LINES);
  if (!tail.some((line) => line.includes(`withdrew ${id}, `))) await appendJournal(profile, line);
  await closeAsk(profile, ask, "withdrawn");
  const paths = [`asks/${id}.json`, `asks/closed/${id}.json`, "journal.md", "state.json"];
  await commitRun(profile, paths, line.slice(2), null);
  await appendEvent(profile, { event: "withdrawn", ask: id, why });
  return true;
}

/** Such as `16:20–16:24`, with the days if they differ. */
function timesOf({ clock }: Profile, { asked_at }: Ask): string {
  const [from, to] = [new Date(asked_at), clock.now()];
  const days = localDay(from) === localDay(to)
    ? ["", ""]
    : [`${localDay(from)} `, `${localDay(to)} `];
  return `${days[0]}${localTime(from)}–${days[1]}${localTime(to)}`;
}
