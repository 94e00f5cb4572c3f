import { dirname, join } from "@std/path";
import { ensureFolder } from "./host/ensure_folder.ts";
import { readBytes } from "./host/read_bytes.ts";
import { removeFolder } from "./host/remove_file.ts";
import { replaceFile } from "./host/replace_file.ts";
import { runInTerminal } from "./host/run_in_terminal.ts";
import { whatIsAt } from "./host/what_is_at.ts";
import { UsageError, UserError } from "./model/user_error.ts";
import type { Profile } from "./profile/profile.ts";

/** A file that holds what a person typed, until that is written where it belongs. */
export interface Draft {
  /** Absolute. */
  path: string;
  text: string;
  /** Removes it. */
  drop(): Promise<void>;
}

/**
 * Keeps a text of the person's in a folder of its own, where nothing removes it.
 *
 * @param name the file's, whose extension tells an editor what it is
 */
export async function keepDraft(
  { paths }: Profile,
  name: string,
  text: string | Uint8Array,
): Promise<Draft> {
  const folder = join(paths.edits, crypto.randomUUID().slice(0, 8));
  await ensureFolder(folder);
  const path = join(folder, name);
  await replaceFile(path, text);
  return {
    path,
    text: typeof text === "string" ? text : new TextDecoder().decode(text),
    drop: () => removeFolder(dirname(path)),
  };
}

/**
 * Opens a text in the person's editor (`$VISUAL`, else `$EDITOR`), on a copy of it.
 *
 * @returns what they left there; `null` where they changed nothing.
 * @throws {UsageError} where no editor is named.
 * @throws {UserError} where it fails, or leaves no text; naming the copy where something was typed.
 */
export async function editText(
  profile: Profile,
  name: string,
  before: string | Uint8Array,
): Promise<Draft | null> {
  const { env, environment } = profile;
  const editor = env("VISUAL") ?? env("EDITOR");
  if (editor === undefined) {
    throw new UsageError(
      `no text is given, and neither VISUAL nor EDITOR names an editor: set one, or give a file, or - for stdin`,
    );
  }
  const draft = await keepDraft(profile, name, before);
  // As git does: the variable may hold arguments, too.
  const argv = ["sh", "-c", `${editor} "$@"`, editor, draft.path];
  const code = await runInTerminal(argv, environment);
  const after = await whatIsAt(draft.path) === "file" ? await readBytes(draft.path) : null;
  const original = typeof before === "string" ? new TextEncoder().encode(before) : before;
  const same = after === null || equalBytes(after, original);
  if (same) await draft.drop();
  if (code !== 0) {
    throw new UserError(
      `the editor ${editor} ended with status ${code}: nothing is written${keptAt(same, draft)}`,
    );
  }
  if (after === null) throw new UserError(`the editor ${editor} left no file: nothing is written`);
  if (same) return null;
  try {
    return { ...draft, text: new TextDecoder("utf-8", { fatal: true }).decode(after) };
  } catch (cause) {
    const why = "what the editor left is not valid UTF-8: nothing is written";
    throw new UserError(`${why}${keptAt(same, draft)}`, { cause });
  }
}

/** Tells whether two files hold the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function keptAt(same: boolean, { path }: Draft): string {
  return same ? "" : `\nwhat you typed is in ${path}`;
}
