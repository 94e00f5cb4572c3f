/**
 * Changes of PLAYBOOK, goals, schedules and sensors that the user makes by commands.
 *
 * - `edit.ts` locks, checks, writes, journals and commits a change; `editor.ts` opens `$EDITOR`
 * - `goals.ts`, `schedules.ts`, `sensors.ts` and `playbook.ts` have the commands of each kind of file
 * - `propose.ts` requests approval of a change; `undo.ts` reverts the last move
 *
 * @module
 */

import { timingSafeEqual } from "@std/crypto";
import { join } from "@std/path";
import { checkGoal } from "../decide/rules.ts";
import { unknownNames } from "../goals/names.ts";
import { commitUserEdits, lockMoves } from "../log/recover.ts";
import { MASKED } from "../mask/mask.ts";
import { readBytes } from "../os/read.ts";
import { kindAt, stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { parseGoal } from "../profile/goal_file.ts";
import {
  appendEvent,
  appendJournal,
  journalLine,
  type LoopEvent,
  oneLine,
} from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { scheduleProblem } from "../profile/schedule_file.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { scriptProblem } from "../sense/header.ts";
import { listSensors } from "../sense/list.ts";

/** One change of PLAYBOOK, goals, schedules or sensors. */
export interface Edit {
  /** In one line, for journal and commit: `wrote goals/tea.md`. */
  what: string;
  /** The user's reason, for journal and commit. */
  note?: string;
  /** Untrusted input may have influenced that line. Default `false`. */
  tainted?: boolean;
  event: LoopEvent;
  /** Writes it; after an error nothing is journaled or committed. */
  write(): Promise<void>;
}

/**
 * Applies a user's change: under the move lock, journaled, and committed as a user's edit. One that is interrupted before
 * its commit is committed with the other edits before the next move.
 *
 * @param prepare called with the lock held and interrupted moves completed; `null`: there is nothing to change
 * @returns the result of `prepare`.
 * @throws the reason of `signal` if it fires before the lock is acquired.
 */
export async function makeEdit<E extends Edit>(
  profile: Profile,
  prepare: () => Promise<E | null>,
  signal?: AbortSignal,
): Promise<E | null> {
  const { clock, mask } = profile;
  using _ = await lockMoves(profile, signal);
  const edit = await prepare();
  if (edit === null) return null;
  await commitUserEdits(profile);
  await edit.write();
  const { note } = edit;
  const what = oneLine(mask(note === undefined ? edit.what : `${edit.what}: ${note}`));
  await appendJournal(profile, journalLine(clock.now(), what, edit.tainted));
  await commitUserEdits(profile, what);
  await appendEvent(profile, note === undefined ? edit.event : { ...edit.event, note });
  return edit;
}

/** A text to write to a file. */
export interface TextWrite {
  kind: BodyKind;
  /** Relative to the data directory. */
  path: string;
  body: string;
  /**
   * SHA-256 of the text that the user edited, `null`: the file did not exist. If the file has another content, it is not
   * replaced. Default: it is always replaced.
   */
  base?: string | null;
  /** For journal and commit. Default: `wrote <path>`. */
  what?: string;
  /** The user's reason, after it. */
  note?: string;
  signal?: AbortSignal;
}

/**
 * Writes PLAYBOOK, a goal, a schedule or a sensor with {@linkcode makeEdit}.
 *
 * @throws {UserError} if the text is invalid, the file was changed meanwhile, or its path is not a file.
 */
export async function writeText(
  profile: Profile,
  write: TextWrite,
): Promise<"added" | "replaced" | "unchanged"> {
  const { kind, path, body, base, what = `wrote ${path}`, note, signal } = write;
  const target = join(profile.paths.dataDir, path);
  const edit = await makeEdit(profile, async () => {
    const before = currentBytes(profile, path);
    const digest = before && await sha256Hex(before);
    if (base !== undefined && digest !== base) {
      const found = before === null ? "was removed" : "was changed";
      throw new UserError(`cannot write ${path}: it ${found} meanwhile; nothing is written`);
    }
    if (digest === await sha256Hex(body)) return null;
    const text = before && new TextDecoder().decode(before);
    const fault = await bodyFault(kind, path, body, text, profile);
    if (fault !== null) throw new UserError(`cannot write ${fault}`);
    if (kind === "sensor") {
      refuseDuplicate(profile.paths.sensors, path.slice("sensors/".length));
    }
    return {
      ...{ what, note },
      event: { event: "edit", path, what },
      done: before === null ? "added" as const : "replaced" as const,
      write: () => replaceFile(target, body, { mode: kind === "sensor" ? 0o700 : 0o600 }),
    };
  }, signal);
  return edit?.done ?? "unchanged";
}

/**
 * Reads a file that the user is about to write; `null` if it does not exist.
 *
 * @throws {UserError} if it is not a file, or a symlink, which writing would replace.
 */
export function currentBytes(
  { paths }: Profile,
  path: string,
): Uint8Array<ArrayBuffer> | null {
  const target = join(paths.dataDir, path);
  if (stat(target)?.isSymlink) {
    throw new UserError(`cannot write ${path}: it is a symlink; edit its target instead`);
  }
  const found = kindAt(target);
  if (found === "nothing") return null;
  if (found === "file") return readBytes(target);
  throw new UserError(`cannot write ${path}: there is ${found}; move it away`);
}

const MAX_BODY = 1_000_000;

/** The kinds of files that users write. */
export type BodyKind = "goal" | "playbook" | "schedule" | "sensor";

/**
 * Checks a text before it is written, as a move is checked and as a tick would read it.
 *
 * @param path relative to the data directory
 * @param before the file's content; `null`: it does not exist
 * @returns what is wrong, and where, after the path; `null`: nothing.
 */
export async function bodyFault(
  kind: BodyKind,
  path: string,
  body: string,
  before: string | null,
  profile: Profile,
): Promise<string | null> {
  const file = path.replace(/^.*\//, "");
  const wrong = textFault(body, before) ?? await faultOf(kind, file, body, profile);
  // A goal's errors name the file themselves.
  return wrong === null || wrong.startsWith(`${path}: `) ? wrong : `${path}: ${wrong}`;
}

function textFault(body: string, before: string | null): string | null {
  if (body.trim() === "") return "the text is empty";
  if (body.length > MAX_BODY) return `it has more than ${MAX_BODY} characters`;
  if (body.includes("\0")) return "it contains a NUL character, so it is not a text";
  if (body.includes("\ufffd") && !before?.includes("\ufffd")) {
    return "it is not valid UTF-8, or contains U+FFFD, which replaces invalid bytes";
  }
  const mark = MASKED.exec(body)?.[0];
  return mark !== undefined && !before?.includes(mark)
    ? `it contains ${mark}, with which looop hides a secret in its output; replace it`
    : null;
}

async function faultOf(
  kind: BodyKind,
  file: string,
  body: string,
  profile: Profile,
): Promise<string | null> {
  if (kind === "sensor") return scriptProblem(file, body);
  if (kind === "playbook") return null;
  if (kind === "schedule") return scheduleProblem(file.slice(0, -".yaml".length), body);
  const goal = parseGoal(file.slice(0, -".md".length), body, await sha256Hex(body));
  return await checkGoal(goal) ?? ((await unknownNames(profile, goal)).join("\n") || null);
}

/** Rejects a sensor whose name another file has: a tick could run neither. */
function refuseDuplicate(dir: string, file: string): void {
  const name = file.replace(/\.[^.]*$/, "");
  const twin = listSensors(dir).find((other) => other.name === name && other.file !== file);
  if (twin === undefined) return;
  throw new UserError(
    `cannot write sensors/${file}: sensors/${twin.file} has the same name; remove it, or use another name`,
  );
}

/**
 * Reports whether two contents are equal; `null`: there is none. For contents of the same length, in a time that does not
 * depend on them.
 */
export function equalBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && timingSafeEqual(a, b);
}
