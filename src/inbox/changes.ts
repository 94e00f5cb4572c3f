import { join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { fileSize, readTail, readTextIfPresent } from "../os/read.ts";
import { archivedLines, type JournalEntry, parseEntry } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { sha256Hex } from "../schema/json.ts";

/** A new journal line, or a goal that changed. */
export interface ChangeItem {
  /** Identifies it. */
  key: string;
  kind: "journal" | "goal_change";
  /** The journal line's text, or what happened to the goal. */
  text: string;
  /** Of a journal line, ISO 8601 in UTC. */
  at?: string;
  /** Of a journal line: untrusted input may have influenced it. */
  tainted?: boolean;
  /** Id of the goal; absent if a file is gone that has never been seen. */
  goal?: string;
  /** What happened to it. */
  change?: "added" | "changed" | "archived" | "removed";
}

/** What {@linkcode changesSince} looks for. */
export interface ChangesQuery {
  journal?: boolean;
  goals?: boolean;
}

/** Where a caller has read to; a part that is absent has not been read. */
export interface Position {
  /** Bytes of the journal, with its archived parts. */
  journal?: number;
  /** Of each goal {@linkcode DIGITS} hex digits of its id, and as many of its content. */
  goals?: string;
}

const DIGITS = 6;

/**
 * Finds the journal lines and changes of goals since a position.
 *
 * @param since what it lacks begins now
 * @returns the changes, and the position after them.
 */
export async function changesSince(
  profile: Profile,
  { journal, goals }: ChangesQuery,
  since: Position,
): Promise<{ items: ChangeItem[]; position: Position }> {
  const position: Position = { ...since };
  const items: ChangeItem[] = [];
  if (journal) {
    position.journal = journalSize(profile);
    items.push(...await linesSince(profile, since.journal ?? position.journal, position.journal));
  }
  if (goals) {
    const now = await goalMarks(profile.paths.goals);
    position.goals = [...now.keys()].join("");
    if (since.goals !== undefined) items.push(...await goalChanges(profile, since.goals, now));
  }
  return { items, position };
}

/** Archiving moves lines from one file to another, so the sum only grows. */
function journalSize({ paths }: Profile): number {
  return [paths.journal, ...archivedLines(paths, paths.journal)]
    .reduce((sum, path) => sum + fileSize(path), 0);
}

async function linesSince({ paths }: Profile, from: number, to: number): Promise<ChangeItem[]> {
  let left = Math.max(to - from, 0);
  let text = "";
  for (const path of [paths.journal, ...archivedLines(paths, paths.journal)]) {
    if (left === 0) break;
    const size = Math.min(fileSize(path), left);
    text = await readTail(path, size) + text;
    left -= size;
  }
  return text.split("\n").flatMap(parseEntry).map((entry: JournalEntry, i): ChangeItem => {
    return { key: `journal:${from}:${i}`, kind: "journal", ...entry };
  });
}

/** The goals of a directory: mark → id. */
async function goalMarks(dir: string): Promise<Map<string, string>> {
  const marks = new Map<string, string>();
  for (const id of idsIn(dir)) {
    const text = await readTextIfPresent(join(dir, `${id}.md`)).catch(() => null) ?? "";
    marks.set(`${await markOf(id)}${await markOf(text)}`, id);
  }
  return marks;
}

async function markOf(text: string): Promise<string> {
  return (await sha256Hex(text)).slice(0, DIGITS);
}

function idsIn(dir: string): string[] {
  return listDir(dir).flatMap(({ name }) => /^([^.].*)\.md$/.exec(name)?.[1] ?? []).sort();
}

async function goalChanges(
  { paths }: Profile,
  since: string,
  now: ReadonlyMap<string, string>,
): Promise<ChangeItem[]> {
  const before: string[] = since.match(new RegExp(`.{${2 * DIGITS}}`, "g")) ?? [];
  const known = new Set(before.map((mark) => mark.slice(0, DIGITS)));
  const item = (goal: string | undefined, change: ChangeItem["change"], mark: string) => {
    const text = `goal ${goal ?? "with an unknown id"} ${change}`;
    return { key: `goal:${mark}`, kind: "goal_change" as const, text, goal, change };
  };
  const items: ChangeItem[] = [...now].filter(([mark]) => !before.includes(mark))
    .map(([mark, id]) => item(id, known.has(mark.slice(0, DIGITS)) ? "changed" : "added", mark));
  const present = new Set([...now.keys()].map((mark) => mark.slice(0, DIGITS)));
  const gone = before.filter((mark) => !present.has(mark.slice(0, DIGITS)));
  if (gone.length === 0) return items;
  const archived = new Map<string, string>();
  for (const id of idsIn(paths.goalsArchive)) archived.set(await markOf(id), id);
  for (const mark of gone) {
    const id = archived.get(mark.slice(0, DIGITS));
    items.push(item(id, id === undefined ? "removed" : "archived", mark));
  }
  return items;
}
