import { join, resolve } from "@std/path";
import { bodyFault, type BodyKind, currentBytes, writeText } from "../documents/edit.ts";
import { type Draft, dropDraft, editAgain, editText, saveDraft } from "../documents/editor.ts";
import { refuseInsideWorker } from "../inbox/caller.ts";
import { canPrompt, openPrompter, PromptStopped } from "../os/prompter.ts";
import { readBytes, readTextIfPresent } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import type { Terminal } from "../os/terminal.ts";
import { ensureProfile } from "../profile/ensure.ts";
import { parseGoal } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { CommandContext } from "./command.ts";
import { safeText } from "./output/text.ts";

/** The most bytes that are read from stdin. */
const MAX_INPUT = 4_000_000;

/** A file that a person writes, and where its text comes from. */
export interface BodySource {
  kind: BodyKind;
  /** Relative to the data directory. */
  path: string;
  /** A file, or `-` for stdin; absent: an editor. */
  from?: string;
  /** What the editor begins with where there is no file yet. */
  starter: string;
}

/** A text that a person gave. */
export interface Body {
  text: string;
  /** SHA-256 of what the editor began with, `null`: of nothing; `undefined`: no editor showed them what is there. */
  base?: string | null;
  /** Keeps what was typed, where nobody else does; gives the path. */
  keep(): Promise<string | null>;
  /** It is written: a copy of it is of no more use. */
  drop(): Promise<void>;
}

/**
 * Reads a body from stdin, a file or the person's editor; `null` where they left there what was there.
 *
 * @throws {UserError} where there is none.
 */
export async function readBody(
  profile: Profile,
  source: BodySource,
  context: Pick<CommandContext, "terminal" | "signal">,
): Promise<Body | null> {
  const { path, from } = source;
  if (from === undefined) return await editBody(profile, source, context);
  if (from === "-") {
    const { terminal, signal } = context;
    const text = await terminal.input(MAX_INPUT, signal);
    signal.throwIfAborted();
    const keep = async () =>
      text.trim() === "" ? null : await saveDraft(profile, nameOf(path), text);
    return { text, keep, drop: () => Promise.resolve() };
  }
  const text = await readTextIfPresent(from, { pipe: true });
  if (text === null) throw new UserError(`cannot write ${path}: there is no file ${from}`);
  // It may be what was kept the last time, and is mended now.
  const drop = () => dropDraft(profile, resolve(from));
  return { text, keep: () => Promise.resolve(null), drop };
}

async function editBody(
  profile: Profile,
  { kind, path, starter }: BodySource,
  context: Pick<CommandContext, "terminal" | "signal">,
): Promise<Body | null> {
  const bytes = currentBytes(profile, path);
  const before = bytes && new TextDecoder().decode(bytes);
  let draft = await editText(profile, nameOf(path), bytes ?? starter);
  if (draft === null) return null;
  for (;;) {
    const fault = await bodyFault(kind, path, draft.text, before);
    // Where nobody can be asked, whoever writes it refuses it.
    if (fault === null || context.signal.aborted || !canPrompt()) break;
    if (!await wantsToMend(fault, context)) {
      throw new UserError(`${path} is not written; what you typed is in ${draft.path}`);
    }
    draft = await editAgain(profile, draft);
  }
  const { path: kept, text }: Draft = draft;
  return {
    text,
    base: bytes && await sha256Hex(bytes),
    keep: () => Promise.resolve(kept),
    drop: () => dropDraft(profile, kept),
  };
}

async function wantsToMend(
  fault: string,
  { terminal, signal }: Pick<CommandContext, "terminal" | "signal">,
): Promise<boolean> {
  terminal.err(`looop: ${safeText(fault)}\n`);
  try {
    return await (await openPrompter(signal)).confirm("Open the editor again?", true);
  } catch (error) {
    if (error instanceof PromptStopped) return false;
    throw error;
  }
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, "");
}

/**
 * Writes a file of the person's from stdin, a file or their editor, and tells them so. What they typed and looop
 * cannot take is kept in a file, which the error names.
 *
 * @returns the new text; `null` where nothing was written, since nothing is changed by it.
 */
export async function writeBody(
  profile: Profile,
  source: BodySource,
  { terminal, signal }: Pick<CommandContext, "terminal" | "signal">,
): Promise<string | null> {
  const { kind, path } = source;
  const body = await readBody(profile, source, { terminal, signal });
  if (body === null) {
    terminal.out(`you changed nothing: ${path} is left as it is\n`);
    return null;
  }
  try {
    const done = await writeText(profile, { kind, path, body: body.text, base: body.base, signal });
    await body.drop();
    terminal.out(
      {
        new: `wrote ${path}, a new file\n`,
        replaced: `wrote ${path}\n`,
        unchanged: `${path} holds that text already\n`,
      }[done],
    );
    return done === "unchanged" ? null : body.text;
  } catch (error) {
    const kept = await keptBy(body);
    if (kept === null) throw error;
    if (signal.aborted) terminal.err(`looop: ${path} is not written; ${kept}\n`);
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${messageOf(error)}\n${kept}`, { cause: error });
  }
}

async function keptBy(body: Body): Promise<string | null> {
  try {
    const path = await body.keep();
    return path && `what you typed is in ${path}: mend it there, and give that file`;
  } catch {
    // Why it could not be written matters more, and most likely is the reason here, too.
    return null;
  }
}

/**
 * Opens the profile for a change that is the person's alone to make, and makes it where it is not there yet.
 *
 * @param doing such as `write PLAYBOOK.md`
 * @throws {UserError} inside a worker.
 */
export async function openToWrite(open: CommandContext["open"], doing: string): Promise<Profile> {
  const profile = await open();
  await refuseInsideWorker(profile, doing);
  await ensureProfile(profile);
  return profile;
}

/** Tells whether a goal bears the mark that outside text could have shaped it. */
export function wasMarked({ paths }: Profile, id: string): boolean {
  const path = join(paths.goals, `${id}.md`);
  if (kindAt(path) !== "file") return false;
  return isMarked(id, new TextDecoder().decode(readBytes(path)));
}

/** Says what became of a goal's mark: a person who removes it trusts all of the goal, also what they did not write. */
export function reportUntrustedMark(
  terminal: Terminal,
  { id, marked, text }: { id: string; marked: boolean; text: string },
): void {
  const still = isMarked(id, text);
  if (still) {
    terminal.out(
      `it is marked untrusted, so its rules ask you first: remove that line once you trust all of it\n`,
    );
  } else if (marked) {
    terminal.out(
      "it was marked untrusted; your text is not, so its rules are trusted from now on\n",
    );
  }
}

function isMarked(id: string, text: string): boolean {
  const { untrusted, error } = parseGoal(id, text, "");
  return untrusted && error === undefined;
}
