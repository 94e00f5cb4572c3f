import { basename, extname, join } from "@std/path";
import { maskJson } from "../mask/mask.ts";
import { ensureDir, listDir, movePath, removeStaleTemporaries } from "../os/dirs.ts";
import { fileSize, readTail, readTextIfPresent } from "../os/read.ts";
import { isPresent, stat } from "../os/stat.ts";
import { appendLine, rotateFile, truncateFile } from "../os/write.ts";
import { messageOf } from "../schema/errors.ts";
import type { Json } from "../schema/json.ts";
import { cut, localDay, localTime } from "../schema/text.ts";
import { dirsOf } from "./paths.ts";
import type { Profile } from "./profile.ts";

/** Max. characters of a journal line in the subject of its commit. */
export const MAX_SUBJECT = 200;

/** Precedes the text of a line that untrusted input may have influenced. */
const MARK = "~";
const MARKED = new RegExp(`^- \\S+ \\S+ ${MARK}`);

/**
 * Writes a journal line, in the host's local time: `- 2026-11-23 09:30 text`. Line breaks and control
 * characters become spaces, so that any text stays one line.
 *
 * @param tainted untrusted input may have influenced it: then `~` precedes the text
 */
export function journalLine(at: Date, text: string, tainted = false): string {
  return `- ${localDay(at)} ${localTime(at)} ${oneLine(tainted ? `${MARK} ${text}` : text)}`;
}

/** Returns a journal line without text that untrusted input may have influenced: any that begins with `~`. */
export function withoutUntrusted(line: string): string {
  const head = MARKED.exec(line)?.[0];
  return head === undefined ? line : `${head} withheld`;
}

/** Turns any text into one line of at most 1,000 characters, without control or direction-changing characters. */
export function oneLine(text: string): string {
  // Half a surrogate pair would not be read back as it was written.
  const line = text.toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
  return cut(line, 1000);
}

/**
 * Words something that lasted and is over, for a journal line or a message: `works again: it failed from 2026-11-23 20:01 to
 * 2026-11-23 21:01: 529`.
 *
 * @param what the words before the times; `at`: its end
 */
export function lastedText(
  what: string,
  { since, why, at: last }: { since?: string; why: string; at?: string },
  at: Date,
): string {
  const from = new Date(since ?? last ?? NaN);
  return `${what}${span(from, at)}: ${cut(why, MAX_REASON)}`;
}

const MAX_REASON = 300;

function span(from: Date, to: Date): string {
  const shown = (at: Date) => `${localDay(at)} ${localTime(at)}`;
  return Number.isNaN(from.getTime()) ? "" : ` from ${shown(from)} to ${shown(to)}`;
}

/** Appends a line to `journal.md`; durable. */
export async function appendJournal({ paths, warn }: Profile, line: string): Promise<void> {
  await appendLine(paths.journal, line, { onTorn: warn });
}

/** The journal's last lines, at most `count`, oldest first. */
export async function journalTail({ paths }: Profile, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (const path of [paths.journal, ...archivedLines(paths, paths.journal)]) {
    const text = await readTail(path, count * 1100);
    lines.unshift(...text.split("\n").filter((line) => line.startsWith("- ")));
    if (lines.length >= count) break;
  }
  return lines.slice(-count);
}

/** One line of the journal. */
export interface JournalEntry {
  /** ISO 8601 in UTC, to the minute. */
  at: string;
  text: string;
  /** Untrusted input may have influenced it. */
  tainted: boolean;
}

const ENTRY = /^- (\d{4}-\d\d-\d\d) (\d\d:\d\d) (~ )?(.*)$/;

/**
 * Reads the journal's lines since a time, oldest first, also those in the archive. Lines in other forms, such as a
 * user's notes, are left out.
 */
export async function readJournal({ paths }: Profile, since: Date): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (const path of [paths.journal, ...archivedLines(paths, paths.journal)]) {
    const found = (await readTextIfPresent(path) ?? "").split("\n").flatMap(parseEntry);
    entries.unshift(...found);
    if (found.length > 0 && Date.parse(found[0].at) < since.getTime()) break;
  }
  return entries.filter(({ at }) => Date.parse(at) >= since.getTime());
}

/** Parses a line of the journal; none if it has another form. */
export function parseEntry(line: string): JournalEntry[] {
  const [, day, time, tainted, text] = ENTRY.exec(line) ?? [];
  const at = new Date(`${day}T${time}`);
  return Number.isNaN(at.getTime())
    ? []
    : [{ at: at.toISOString(), text, tainted: tainted !== undefined }];
}

/**
 * Reports whether a line was appended to the journal since the move began. Part of it, torn by a crash, is removed.
 *
 * @param before length of the journal in bytes, as in the intent
 */
export async function alreadyJournaled(
  { paths }: Profile,
  before: number,
  line: string,
): Promise<boolean> {
  const since = await readTextIfPresent(paths.journal, { start: before }) ?? "";
  if (since.split("\n").includes(line)) return true;
  // The torn part may begin with the end of an older torn line, and end within a character.
  const torn = since.replace(/^\n/, "").replace(/\ufffd$/, "");
  if (since !== "" && line.startsWith(torn)) await truncateFile(paths.journal, before);
  return false;
}

/** `events.jsonl` is rotated to `events.jsonl.1` when it reaches this many bytes. */
export const MAX_EVENT_BYTES = 5 * 1024 * 1024;

/** One line of the structured stream. */
export interface LoopEvent {
  /** `move`, `failure`, `answer`, `pulse`, `paused`, `resumed`, … */
  event: string;
  [detail: string]: Json;
}

/**
 * Appends an event with its time. Events are for live observation: without fsync, and one that cannot be written is
 * only warned of.
 */
export async function appendEvent(
  { paths, clock, env, mask, warn }: Profile,
  event: LoopEvent,
): Promise<void> {
  // In a sandbox the file is not writable; what matters goes through the mailbox.
  if (env("LOOOP_INBOX") !== undefined) return;
  const line = JSON.stringify({ ts: clock.now().toISOString(), ...maskJson(mask, event) });
  try {
    await rotateFile(paths.events, MAX_EVENT_BYTES);
    await appendLine(paths.events, line, { durable: false, onTorn: warn });
  } catch (error) {
    warn(`an event was lost: ${messageOf(error)}`);
  }
}

/**
 * A file of lines with more bytes is rotated. Each move commits journal and ledger, and git packs a whole file again for
 * one more line: that takes 3 ms for 128 KiB, 40 ms for the 3 MB of a busy year.
 */
export const MAX_LINES_BYTES = 131_072;

/**
 * Rotates the journal or the ledger if it is too long: in one step the file moves to the archive, named by the time, and
 * the next line begins a new one. A concurrent writer appends to the one or the other.
 *
 * @returns the new path of the lines; `null` if they were not moved.
 */
export async function rotateLines(
  { paths, clock }: Profile,
  path: string,
): Promise<string | null> {
  // A link is the user's own; its target is not looop's to move.
  if (!stat(path)?.isFile || fileSize(path) <= MAX_LINES_BYTES) return null;
  const extension = extname(path);
  const to = join(
    paths.archive,
    `${basename(path, extension)}-${stampOf(clock.now())}${extension}`,
  );
  ensureDir(paths.archive);
  // The clock was set back: the next move rotates.
  if (isPresent(to)) return null;
  await movePath(path, to);
  return to;
}

/** The files into which {@linkcode rotateLines} moved the lines of a path, newest first. */
export function archivedLines({ archive }: Profile["paths"], path: string): string[] {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  return listDir(archive)
    .filter(({ name, isFile }) => isFile && name.startsWith(prefix) && name.endsWith(extension))
    .map(({ name }) => join(archive, name)).reverse();
}

/** A time as archived files are named by it: sortable, without colons. */
export function stampOf(time: Date): string {
  return time.toISOString().replaceAll(":", "");
}

/**
 * Removes half-written files of crashes. Never throws: nothing reads them. Not called on each tick: listing all
 * directories takes longer than an idle tick may.
 */
export async function tidy({ paths, clock, warn }: Profile): Promise<void> {
  try {
    for (const dir of dirsOf(paths)) await removeStaleTemporaries(dir, clock.now());
  } catch (error) {
    warn(`cannot remove temporary files of crashes: ${messageOf(error)}`);
  }
}
