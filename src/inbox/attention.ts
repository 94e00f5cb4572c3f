import { join } from "@std/path";
import { lockHolder } from "../os/lock.ts";
import { kindAt } from "../os/stat.ts";
import { readPulseRun } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { listWorkerIds } from "../profile/paths.ts";
import { type Ask, askerOf, type AttentionItem } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { GoalRecords } from "../schema/progress.ts";
import { localDateTime } from "../schema/text.ts";
import { openAsks } from "./asks.ts";
import { parkedItem } from "./conditions.ts";
import { readFlag } from "./flags.ts";

/** Lists what asks the user: the open asks, the most urgent first, then the other flags, then goals that are due or stalled. */
export async function listDemands(profile: Profile): Promise<AttentionItem[]> {
  const { asks, snoozed } = await openAsks(profile);
  const flags = await flagItems(profile, [...asks, ...snoozed]);
  // An unreadable state stops every tick, which the pulse reports.
  const state = await readState(profile).catch(() => null);
  return [...asks.map(itemOf), ...flags, ...goalItems(profile, state?.goals ?? {})];
}

/** Lists all that needs the user: {@linkcode listDemands}, a pulse that is not running, and a parked loop. */
export async function listAttention(profile: Profile): Promise<AttentionItem[]> {
  const items = await listDemands(profile);
  if (await lockHolder(profile.paths.pulseLock) === null) {
    const key = `pulse:${await readPulseRun(profile) ?? "never"}`;
    items.push({ key, kind: "pulse", from: "looop", text: "no pulse is running: looop" });
  }
  const state = await readState(profile).catch(() => null);
  const parked = state && parkedItem(state);
  return parked ? [...items, parked] : items;
}

function itemOf(ask: Ask): AttentionItem {
  const { id, question, options, worker, setup, asked_at, snoozed_until } = ask;
  const kind = ask.hold ? "over_budget" : ask.kind;
  // Once the user's pause is over, it is announced again.
  const key = snoozed_until === undefined ? `ask:${id}` : `ask:${id}:${snoozed_until}`;
  const from = askerOf(ask);
  const more = setup && { setup };
  return { key, kind, from, text: question, ask: id, worker, options, at: asked_at, ...more };
}

/** The flags that no open ask has raised, of workers that have not ended. */
async function flagItems(profile: Profile, open: Ask[]): Promise<AttentionItem[]> {
  const { paths } = profile;
  const items: AttentionItem[] = [];
  for (const worker of listWorkerIds(paths)) {
    const raised = await readFlag(profile, worker);
    if (!raised || open.some((ask) => ask.id === raised.ask)) continue;
    // An answer is written before the flag of its ask is removed, both under the lock.
    if (raised.ask !== undefined && await lockHolder(paths.asksLock) !== null) continue;
    const flag = raised.ask === undefined ? raised : await readFlag(profile, worker);
    if (!flag) continue;
    if (kindAt(join(paths.workers, worker, "exit.json")) !== "nothing") continue;
    // Two flags can have the same time, if the clock was set back.
    const key = `flag:${worker}:${flag.at}:${await sha256Hex(flag.note)}`;
    items.push({
      key,
      kind: "flag",
      from: `worker ${worker}`,
      text: flag.note,
      worker,
      at: flag.at,
    });
  }
  return items;
}

/** Lists the goals that a tick has found to be due or stalled. */
export function goalItems({ paths }: Profile, records: GoalRecords): AttentionItem[] {
  return Object.entries(records).flatMap(([goal, { due, stalled }]): AttentionItem[] => {
    if (kindAt(join(paths.goals, `${goal}.md`)) === "nothing") return [];
    const item = (what: string, at: string, text: string): AttentionItem => ({
      ...{
        key: `goal:${goal}:${what}:${at}`,
        kind: "goal",
        from: "looop",
        goal,
        at,
        text: `goal ${goal} ${text}`,
      },
    });
    return [
      ...(due === undefined ? [] : [item("due", due, `was due ${localDateTime(due)}`)]),
      ...(stalled === undefined
        ? []
        : [item("stalled", stalled, `has stalled: no progress since ${localDateTime(stalled)}`)]),
    ];
  });
}

/** The maximum number of items in a cursor, which then has 12,002 characters. */
export const MAX_REMEMBERED = 1000;
/** Hex digits for each item: among a thousand items, one in 10^11 new ones is mistaken for an old one. */
const DIGITS = 12;
const FORM = new RegExp(`^1\\.([0-9a-f]{${DIGITS}}){0,${MAX_REMEMBERED}}$`);

/** The cursor of a caller that has seen nothing. */
export const EMPTY_CURSOR = "1.";

/**
 * Returns the items that are not in the cursor, at most {@linkcode MAX_REMEMBERED} at a time.
 *
 * @throws {UserError} where the cursor is invalid.
 */
export async function unseen(items: AttentionItem[], cursor: string): Promise<AttentionItem[]> {
  const seen = new Set(parse(cursor));
  const marks = await Promise.all(items.map(markOf));
  const fresh = items.filter((_, i) => !seen.has(marks[i]));
  const room = MAX_REMEMBERED - (items.length - fresh.length);
  return fresh.slice(0, Math.max(room, 0));
}

/**
 * Adds items to a cursor. When it is full, it forgets the oldest items that no longer exist, and only those.
 *
 * @param now all items that exist
 * @throws {UserError} where the cursor is invalid.
 */
export async function remember(
  cursor: string,
  now: AttentionItem[],
  seen: AttentionItem[],
): Promise<string> {
  const fresh = await Promise.all(seen.map(markOf));
  const marks = [...new Set([...parse(cursor), ...fresh])];
  const there = new Set(await Promise.all(now.map(markOf)));
  const { current = [], past = [] } = Object.groupBy(
    marks,
    (mark) => there.has(mark) ? "current" : "past",
  );
  const surplus = Math.max(marks.length - MAX_REMEMBERED, 0);
  return `1.${[...past.slice(surplus), ...current].join("")}`;
}

function parse(cursor: string): string[] {
  if (!FORM.test(cursor)) {
    throw new UserError("cannot use this cursor: pass the one that `looop wait` printed, or none");
  }
  return cursor.slice(2).match(new RegExp(`.{${DIGITS}}`, "g")) ?? [];
}

async function markOf({ key }: AttentionItem): Promise<string> {
  return (await sha256Hex(key)).slice(0, DIGITS);
}
