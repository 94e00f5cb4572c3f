import type { AttentionItem } from "../model/attention.ts";
import { sha256Hex } from "../model/sha256.ts";
import { UserError } from "../model/user_error.ts";

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
