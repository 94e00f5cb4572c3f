import { dirname, join } from "@std/path";
import { ensureDir, removeDir } from "../os/dirs.ts";
import { readBytes } from "../os/read.ts";
import { runInTerminal } from "../os/run_tool.ts";
import { kindAt } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { UsageError, UserError } from "../schema/errors.ts";
import { equalBytes } from "./edit.ts";

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
