import { basename, dirname, join, resolve } from "@std/path";
import {
  bodyFault,
  type BodyKind,
  currentBytes,
  equalBytes,
  writeText,
} from "../documents/edit.ts";
import { refuseInsideWorker } from "../inbox/caller.ts";
import { ensureDir, removeDir } from "../os/dirs.ts";
import { canPrompt, openPrompter, PromptStopped } from "../os/prompter.ts";
import { readBytes, readTextIfPresent } from "../os/read.ts";
import { runInTerminal } from "../os/run_tool.ts";
import { kindAt } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { ensureProfile } from "../profile/ensure.ts";
import { parseGoal } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UsageError, UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { ID_RULE, isId } from "../schema/schema.ts";
import type { CommandContext } from "./command.ts";
import { safeText } from "./output/text.ts";

/** Bytes. */
const MAX_INPUT = 4_000_000;

/** @throws {UsageError} if this cannot be the id of a goal or the name of a schedule. */
export function checkId(kind: "goal" | "schedule", id: string): void {
  if (isId(id)) return;
  throw new UsageError(
    `cannot write ${kind} ${id}: ${ID_RULE}`,
  );
}

/** A document that the user writes, and where its text comes from. */
export interface BodySource {
  kind: BodyKind;
  /** Relative to the data directory. */
  path: string;
  /** A file, or `-` for stdin; absent: the editor. */
  from?: string;
  /** The editor's initial text if the document does not exist. */
  starter: string;
  /** The user's reason, for journal and history. */
  note?: string;
}

interface Body {
  text: string;
  /** SHA-256 of the editor's initial text, `null` for none; `undefined`: no editor was used. */
  base?: string | null;
  /** The file that has the text: the user's, or a draft; absent: none has. */
  file?: string;
}

type Io = Pick<CommandContext, "terminal" | "signal">;

/** Reads a body from stdin, a file or the editor; `null` if the user left the text unchanged. */
async function readBody(profile: Profile, source: BodySource, io: Io): Promise<Body | null> {
  const { path, from } = source;
  if (from === undefined) return await editBody(profile, source, io);
  if (from === "-") {
    const text = await io.terminal.input(MAX_INPUT, io.signal);
    io.signal.throwIfAborted();
    return { text };
  }
  const text = await readTextIfPresent(from, { pipe: true });
  if (text === null) throw new UserError(`cannot write ${path}: there is no file ${from}`);
  return { text, file: resolve(from) };
}

async function editBody(
  profile: Profile,
  { kind, path, starter }: BodySource,
  io: Io,
): Promise<Body | null> {
  const bytes = currentBytes(profile, path);
  const before = bytes && new TextDecoder().decode(bytes);
  const edit = (again?: string) =>
    editText(profile, basename(path), bytes ?? new TextEncoder().encode(starter), again);
  let draft = await edit();
  while (draft !== null) {
    const fault = await bodyFault(kind, path, draft.text, before, profile);
    // Without a terminal, writing the text reports the fault.
    if (fault === null || io.signal.aborted || !canPrompt()) break;
    if (!await wantsToRetry(fault, io)) {
      throw new UserError(`${path} was not written; your text is in ${draft.path}`);
    }
    draft = await edit(draft.path);
  }
  if (draft === null) return null;
  return { text: draft.text, base: bytes && await sha256Hex(bytes), file: draft.path };
}

async function wantsToRetry(fault: string, { terminal, signal }: Io): Promise<boolean> {
  terminal.err(`looop: ${safeText(fault)}\n`);
  try {
    return await (await openPrompter(signal)).confirm("Open the editor again?", true);
  } catch (error) {
    if (error instanceof PromptStopped) return false;
    throw error;
  }
}

/**
 * Writes a document from stdin, a file or the editor, and reports it. A text that cannot be written is saved in a
 * file that the error names.
 *
 * @returns the new text; `null` if nothing changed.
 */
export async function writeBody(
  profile: Profile,
  source: BodySource,
  { terminal, signal }: Io,
): Promise<string | null> {
  const { kind, path } = source;
  const body = await readBody(profile, source, { terminal, signal });
  if (body === null) {
    terminal.out(`no change: ${path} was not written\n`);
    return null;
  }
  const { text, base, file } = body;
  try {
    const { note } = source;
    const done = await writeText(profile, { kind, path, body: text, base, note, signal });
    // It may be a draft, also one that an earlier attempt saved.
    if (file !== undefined) await dropDraft(profile, file);
    terminal.out(
      {
        added: `wrote ${path} (new)\n`,
        replaced: `wrote ${path}\n`,
        unchanged: `no change: ${path} already has that text\n`,
      }[done],
    );
    return done === "unchanged" ? null : text;
  } catch (error) {
    // The user's own file keeps the text, and an empty one is not worth a file.
    if (source.from !== undefined && (file !== undefined || text.trim() === "")) throw error;
    // Why it could not be written matters more than why it could not be saved.
    const saved = file ?? await saveDraft(profile, basename(path), text).catch(() => null);
    if (saved === null) throw error;
    const where = `your text is in ${saved}: edit it there, and pass that file`;
    if (signal.aborted) terminal.err(`looop: ${path} was not written; ${where}\n`);
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${messageOf(error)}\n${where}`, { cause: error });
  }
}

/**
 * Opens the profile for a change that only the user may make, and creates it if necessary.
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

/** Describes the `untrusted` mark of a goal that was written: removing the mark makes the whole goal trusted. */
export function describeMark(id: string, before: Uint8Array | null, after: string): string {
  const isMarked = (text: string) => {
    const { untrusted, error } = parseGoal(id, text, "");
    return untrusted && error === undefined;
  };
  if (isMarked(after)) {
    return "this goal is marked untrusted, so its rules need your approval; remove the mark once you trust all of it\n";
  }
  return before && isMarked(new TextDecoder().decode(before))
    ? "the untrusted mark is removed; the rules of this goal are trusted from now on\n"
    : "";
}

/**
 * Saves a text in a directory of its own, where only {@linkcode dropDraft} removes it.
 *
 * @param name of the file; editors recognize its extension
 * @returns its path, absolute.
 */
export async function saveDraft(
  { paths }: Profile,
  name: string,
  text: string | Uint8Array,
): Promise<string> {
  const dir = join(paths.edits, crypto.randomUUID().slice(0, 8));
  ensureDir(dir);
  const path = join(dir, name);
  await replaceFile(path, text);
  return path;
}

/** Removes a draft; a file elsewhere stays. */
export async function dropDraft({ paths }: Profile, path: string): Promise<void> {
  if (dirname(dirname(path)) === paths.edits) await removeDir(dirname(path));
}

/**
 * Opens a copy of a text in the user's editor (`$VISUAL`, else `$EDITOR`).
 *
 * @param again the copy, to open it again; every text then counts as changed
 * @returns the edited text and the path of the copy, absolute; `null` if it was not changed.
 * @throws {UsageError} if no editor is set.
 * @throws {UserError} if it fails, or the result is not a text; names the copy if it was changed.
 */
export async function editText(
  profile: Profile,
  name: string,
  before: Uint8Array,
  again?: string,
): Promise<{ path: string; text: string } | null> {
  const editor = editorOf(profile);
  const path = again ?? await saveDraft(profile, name, before);
  // Like git: the variable may contain arguments.
  const code = await runInTerminal(
    ["sh", "-c", `${editor} "$@"`, editor, path],
    profile.environment,
  );
  const after = kindAt(path) === "file" ? readBytes(path) : null;
  const nothing = after === null || (again === undefined && equalBytes(after, before));
  if (nothing) await dropDraft(profile, path);
  const kept = nothing ? "" : `\nwhat you typed is in ${path}`;
  if (code !== 0) {
    throw new UserError(
      `the editor ${editor} exited with status ${code}: nothing is written${kept}`,
    );
  }
  if (after === null) throw new UserError(`the editor ${editor} left no file: nothing is written`);
  if (nothing) return null;
  try {
    return { path, text: new TextDecoder("utf-8", { fatal: true }).decode(after) };
  } catch (cause) {
    const why = "what the editor left is not valid UTF-8: nothing is written";
    throw new UserError(`${why}${kept}`, { cause });
  }
}

function editorOf({ env }: Profile): string {
  const editor = env("VISUAL") ?? env("EDITOR");
  if (editor !== undefined) return editor;
  throw new UsageError(
    "cannot open an editor: neither VISUAL nor EDITOR is set; set one, or name a file, or - for stdin",
  );
}
