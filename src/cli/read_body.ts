import { dirname, resolve } from "@std/path";
import { editText, keepDraft } from "../edit_text.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { removeFolder } from "../host/remove_file.ts";
import { sha256Hex } from "../model/sha256.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { currentBytes } from "../write_text.ts";
import type { CommandContext } from "./command.ts";

/** The most bytes that are read from stdin. */
const MAX_INPUT = 4_000_000;

/** Where the text of a file comes from. */
export interface BodySource {
  /** Of the file that it is for, relative to the data directory. */
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
  { path, from, starter }: BodySource,
  { terminal, signal }: Pick<CommandContext, "terminal" | "signal">,
): Promise<Body | null> {
  const name = path.replace(/^.*\//, "");
  if (from === undefined) {
    const bytes = await currentBytes(profile, path);
    const base = bytes && await sha256Hex(bytes);
    const draft = await editText(profile, name, bytes ?? starter);
    return draft && { ...draft, base, keep: () => Promise.resolve(draft.path) };
  }
  if (from === "-") {
    const text = await terminal.input(MAX_INPUT, signal);
    signal.throwIfAborted();
    const keep = async () =>
      text.trim() === "" ? null : (await keepDraft(profile, name, text)).path;
    return { text, keep, drop: () => Promise.resolve() };
  }
  const text = await readTextIfThere(from, { pipe: true });
  if (text === null) throw new UserError(`cannot write ${path}: there is no file ${from}`);
  // What was kept the last time, and is mended now, need not be kept on.
  const folder = dirname(resolve(from));
  const kept = dirname(folder) === profile.paths.edits;
  return {
    text,
    keep: () => Promise.resolve(null),
    drop: () => kept ? removeFolder(folder) : Promise.resolve(),
  };
}
