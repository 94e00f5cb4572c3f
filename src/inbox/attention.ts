import { join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { lockHolder } from "../os/lock.ts";
import { kindAt } from "../os/stat.ts";
import { readPulseRun } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { type Ask, type AttentionItem, isExpired } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { isId } from "../schema/primitives.ts";
import { listAsks } from "./asks.ts";
import { readFlag } from "./flags.ts";

/** Lists what workers and the loop ask of a human: the open asks, oldest first, then the other flags. */
export async function listDemands(profile: Profile): Promise<AttentionItem[]> {
  const now = profile.clock.now().toISOString();
  const open = (await listAsks(profile)).asks.filter((ask) => !ask.answer && !isExpired(ask, now));
  return [...open.map(itemOf), ...await flagItems(profile, open)];
}

/** Lists all that needs a human: {@linkcode listDemands}, a pulse that does not run, and a parked loop. */
export async function listAttention(profile: Profile): Promise<AttentionItem[]> {
  const items = await listDemands(profile);
  if (await lockHolder(profile.paths.pulseLock) === null) {
    const key = `pulse:${await readPulseRun(profile) ?? "never"}`;
    items.push({ key, kind: "pulse", text: "no pulse is running: looop" });
  }
  // A state that cannot be read stops every tick, and the pulse tells so.
  const state = await readState(profile).catch(() => null);
  if (state?.parked) {
    const { kind, why, world, config, until } = state.parked;
    const key = `parked:${kind}:${world}:${config}:${until ?? state.failure?.at ?? ""}`;
    items.push({ key, kind: "parked", text: why });
  }
  return items;
}

function itemOf({ id, kind, question, options, worker, asked_at }: Ask): AttentionItem {
  return { key: `ask:${id}`, kind, text: question, ask: id, worker, options, at: asked_at };
}

/** The flags that no open ask has raised, of workers that have not ended. */
async function flagItems(profile: Profile, open: Ask[]): Promise<AttentionItem[]> {
  const { workers } = profile.paths;
  const items: AttentionItem[] = [];
  for (const { name: worker, isDirectory } of listDir(workers)) {
    if (!isDirectory || !isId(worker)) continue;
    const flag = await readFlag(profile, worker);
    if (!flag || open.some((ask) => ask.id === flag.ask)) continue;
    if (kindAt(join(workers, worker, "exit.json")) !== "nothing") continue;
    // The time alone would not tell two flags apart on a clock that was set back.
    const key = `flag:${worker}:${flag.at}:${await sha256Hex(flag.note)}`;
    items.push({ key, kind: "flag", text: flag.note, worker, at: flag.at });
  }
  return items;
}

/** How many items a cursor can remember: it has at most 12,002 characters. */
export const MAX_REMEMBERED = 1000;
/** 12 hex digits each: among a thousand, one in 10^11 new items is taken for an old one. */
const DIGITS = 12;
const FORM = new RegExp(`^1\\.([0-9a-f]{${DIGITS}}){0,${MAX_REMEMBERED}}$`);

/** The cursor of somebody who has seen nothing. */
export const EMPTY_CURSOR = "1.";

/**
 * Picks the items that a cursor does not remember, at most {@linkcode MAX_REMEMBERED} at a time.
 *
 * @throws {UserError} where the cursor is none.
 */
export async function unseen(items: AttentionItem[], cursor: string): Promise<AttentionItem[]> {
  const seen = new Set(parse(cursor));
  const marks = await Promise.all(items.map(markOf));
  const isOld = (i: number) => seen.has(marks[i]);
  const room = MAX_REMEMBERED - marks.filter((_, i) => isOld(i)).length;
  return items.filter((_, i) => !isOld(i)).slice(0, Math.max(room, 0));
}

/**
 * Makes the cursor of somebody who has now seen some of the items. It forgets the oldest of those that are not
 * there any more, and of those alone.
 *
 * @param now all items that there are
 * @throws {UserError} where the cursor is none.
 */
export async function remember(
  cursor: string,
  now: AttentionItem[],
  seen: AttentionItem[],
): Promise<string> {
  const fresh = await Promise.all(seen.map(markOf));
  const marks = [...new Set([...parse(cursor), ...fresh])];
  const there = new Set(await Promise.all(now.map(markOf)));
  const current = marks.filter((mark) => there.has(mark));
  const past = marks.filter((mark) => !there.has(mark));
  const room = Math.max(MAX_REMEMBERED - current.length, 0);
  return `1.${[...past.slice(past.length - Math.min(room, past.length)), ...current].join("")}`;
}

function parse(cursor: string): string[] {
  if (!FORM.test(cursor)) {
    throw new UserError("cannot use that cursor: give the one that looop wait printed, or none");
  }
  return cursor.slice(2).match(new RegExp(`.{${DIGITS}}`, "g")) ?? [];
}

async function markOf({ key }: AttentionItem): Promise<string> {
  return (await sha256Hex(key)).slice(0, DIGITS);
}
