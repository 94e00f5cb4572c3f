import { extname, join } from "@std/path";
import { checkGoal } from "../decide/rules.ts";
import { commitUserEdits, lockMoves } from "../log/move_lock.ts";
import { MASKED } from "../mask/mask.ts";
import { readBytes } from "../os/read.ts";
import { kindAt, stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent, type LoopEvent } from "../profile/events.ts";
import { parseGoal } from "../profile/goal_file.ts";
import { appendJournal, journalLine } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { readHeader } from "../sense/header.ts";
import { listSensors } from "../sense/list.ts";

/** A change of PLAYBOOK, goals or sensors that a person makes by a command. */
export interface Edit {
  /** In one line, for journal and commit: `wrote goals/tea.md`. */
  what: string;
  /** Outside text could have shaped that line. Default `false`. */
  tainted?: boolean;
  event: LoopEvent;
  /** Writes it; what it throws is told to the person, and neither journaled nor committed. */
  write(): Promise<void>;
}

/**
 * Makes a change for the person: under the lock that moves are made under, journaled, and committed as an edit of
 * theirs. One that is cut off before its commit is committed with the other edits, before the next move.
 *
 * @param prepare called with the lock held, and what a crash had cut off finished; `null`: there is nothing to change
 * @returns what `prepare` gave.
 * @throws the reason of `signal` when it fires before the lock is had.
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
  const what = mask(edit.what);
  await appendJournal(profile, journalLine(clock.now(), what, edit.tainted));
  await commitUserEdits(profile, what);
  await appendEvent(profile, edit.event);
  return edit;
}

/** A text that a person wants to stand in a file. */
export interface TextWrite {
  kind: BodyKind;
  /** Relative to the data directory. */
  path: string;
  body: string;
  /**
   * SHA-256 of what they began with, `null`: of nothing. If the file holds something else by now, it is left alone.
   * Default: whatever is there is replaced.
   */
  base?: string | null;
  /** For journal and commit. Default: `wrote <path>`. */
  what?: string;
  signal?: AbortSignal;
}

/** What writing came to: a new file, in another's place, or nothing since it was there already. */
export type Written = "new" | "replaced" | "unchanged";

/**
 * Writes PLAYBOOK, a goal or a sensor for the person, as {@linkcode makeEdit} does.
 *
 * @throws {UserError} where it is not valid, was changed meanwhile, or something that is no file is in the way.
 */
export async function writeText(profile: Profile, write: TextWrite): Promise<Written> {
  const { kind, path, body, base, what = `wrote ${path}`, signal } = write;
  const target = join(profile.paths.dataDir, path);
  const edit = await makeEdit(profile, async () => {
    const before = currentBytes(profile, path);
    const digest = before && await sha256Hex(before);
    if (base !== undefined && digest !== base) {
      const found = before === null ? "is gone" : "was changed";
      throw new UserError(`cannot write ${path}: it ${found} meanwhile, and is left alone`);
    }
    if (digest === await sha256Hex(body)) return null;
    const fault = await bodyFault(kind, path, body, before && new TextDecoder().decode(before));
    if (fault !== null) throw new UserError(`cannot write ${fault}`);
    if (kind === "sensor") {
      const file = path.slice("sensors/".length);
      await refuseDuplicate(profile.paths.sensors, file, "write", "call this one otherwise");
    }
    return {
      what,
      event: { event: "edit", path, what },
      done: before === null ? "new" as const : "replaced" as const,
      write: () => replaceFile(target, body, { mode: kind === "sensor" ? 0o700 : 0o600 }),
    };
  }, signal);
  return edit?.done ?? "unchanged";
}

/**
 * What a file that a person may write holds; `null` when there is none.
 *
 * @throws {UserError} where it is no file, or a link: to write it would take the link's place.
 */
export function currentBytes(
  { paths }: Profile,
  path: string,
): Uint8Array<ArrayBuffer> | null {
  const target = join(paths.dataDir, path);
  if (stat(target)?.isSymlink) {
    throw new UserError(`cannot write ${path}: it is a link; edit the file that it leads to`);
  }
  const found = kindAt(target);
  if (found === "nothing") return null;
  if (found === "file") return readBytes(target);
  throw new UserError(`cannot write ${path}: there is ${found}; move it away`);
}

/** What the loop would not understand, or misunderstand. */
const MAX_BODY = 1_000_000;

/** What kind of file a person writes. */
export type BodyKind = "goal" | "playbook" | "sensor";

/**
 * Finds what is wrong with a text that is to take a file's place: as moves are checked, and as a tick would read it.
 *
 * @param path relative to the data directory
 * @param before what the file holds; `null`: there is none
 * @returns what is wrong, and where, after the path; `null`: nothing.
 */
export async function bodyFault(
  kind: BodyKind,
  path: string,
  body: string,
  before: string | null,
): Promise<string | null> {
  const wrong = generalFault(body, before) ?? await faultOf(kind, path, body);
  // A goal's faults name the file themselves.
  return wrong === null || wrong.startsWith(`${path}: `) ? wrong : `${path}: ${wrong}`;
}

function generalFault(body: string, before: string | null): string | null {
  if (body.trim() === "") return "the text is empty";
  if (body.length > MAX_BODY) return `it has more than ${MAX_BODY} characters`;
  if (body.includes("\0")) return "it holds a NUL character, so it is no text";
  if (body.includes("\ufffd") && !before?.includes("\ufffd")) {
    return "it is not valid UTF-8, or holds U+FFFD, which stands for what is not";
  }
  const mark = MASKED.exec(body)?.[0];
  return mark !== undefined && !before?.includes(mark)
    ? `it holds ${mark}, by which looop hides a secret where it shows a text: write what belongs there`
    : null;
}

async function faultOf(kind: BodyKind, path: string, body: string): Promise<string | null> {
  if (kind === "playbook") return null;
  if (kind === "goal") {
    const id = path.replace(/^.*\/|\.md$/g, "");
    return await checkGoal(parseGoal(id, body, await sha256Hex(body)));
  }
  const ts = extname(path) === ".ts";
  if (!ts && !body.startsWith("#!")) {
    return "line 1: a sensor that is not .ts begins with a line such as #!/bin/sh";
  }
  const header = readHeader(body, ts ? "ts" : "any");
  return header.ok ? null : header.error;
}

/**
 * Refuses a sensor whose name another file has already: a tick could run neither.
 *
 * @param directory `sensors/`, absolute
 * @param or what may be done instead of removing the other one
 * @throws {UserError} naming the other file.
 */
export async function refuseDuplicate(
  dir: string,
  file: string,
  doing: "add" | "write",
  or: string,
): Promise<void> {
  const name = file.replace(/\.[^.]*$/, "");
  const twin = (await listSensors(dir)).find((other) => other.name === name && other.file !== file);
  if (twin === undefined) return;
  throw new UserError(
    `cannot ${doing} sensors/${file}: sensors/${twin.file} has the same name; remove it, or ${or}`,
  );
}
