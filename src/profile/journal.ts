import { readTail, readTextIfPresent } from "../os/read.ts";
import { appendLine, truncateFile } from "../os/write.ts";
import { cut } from "../schema/text.ts";
import { archivedLines } from "./archive.ts";
import type { Profile } from "./profile.ts";

/** Stands before the text of a line that outside text could have shaped. */
const MARK = "~";
const MARKED = new RegExp(`^- \\S+ \\S+ ${MARK}`);

/**
 * Writes a journal line, in the host's local time: `- 2026-11-23 09:30 text`. Line breaks and control
 * characters become spaces: whatever a model or a sensor says, it stays one line.
 *
 * @param tainted outside text could have shaped it: then `~` stands before the text
 */
export function journalLine(at: Date, text: string, tainted = false): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `- ${day} ${two(at.getHours())}:${two(at.getMinutes())} ${
    oneLine(tainted ? `${MARK} ${text}` : text)
  }`;
}

/**
 * A journal line without what outside text could have shaped of it. Any text that begins with `~` counts as such.
 */
export function withoutUntrusted(line: string): string {
  const head = MARKED.exec(line)?.[0];
  return head === undefined ? line : `${head} withheld`;
}

/** Makes any text one line of at most 1,000 characters, without control or direction-changing characters. */
export function oneLine(text: string): string {
  // Half a surrogate pair would not be read back as it was written.
  const line = text.toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
  return cut(line, 1000);
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

/**
 * Tells whether a line stands in the journal beyond its length before the move. Half of it, torn by a crash,
 * is taken away again.
 *
 * @param before length of the journal in bytes, as the intent noted it
 */
export async function alreadyJournaled(
  { paths }: Profile,
  before: number,
  line: string,
): Promise<boolean> {
  const since = await readTextIfPresent(paths.journal, { start: before }) ?? "";
  if (since.split("\n").includes(line)) return true;
  // What was torn may begin by ending an older torn line, and end within a character.
  const torn = since.replace(/^\n/, "").replace(/\ufffd$/, "");
  if (since !== "" && line.startsWith(torn)) await truncateFile(paths.journal, before);
  return false;
}
