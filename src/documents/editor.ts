import { dirname, join } from "@std/path";
import { ensureDir, removeDir } from "../os/dirs.ts";
import { readBytes } from "../os/read.ts";
import { runInTerminal } from "../os/run_tool.ts";
import { kindAt } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { UsageError, UserError } from "../schema/errors.ts";
import { equalBytes } from "../schema/json.ts";

/** A file that holds what a person typed, until that is written where it belongs. */
export interface Draft {
  /** Absolute. */
  path: string;
  text: string;
}

/**
 * Keeps a text of the person's in a directory of its own, where nothing but {@linkcode dropDraft} removes it.
 *
 * @param name the file's, whose extension tells an editor what it is
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

/** Removes what was kept; what lies elsewhere stays. */
export async function dropDraft({ paths }: Profile, path: string): Promise<void> {
  if (dirname(dirname(path)) === paths.edits) await removeDir(dirname(path));
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
  const editor = editorOf(profile);
  const path = await saveDraft(profile, name, before);
  const original = typeof before === "string" ? new TextEncoder().encode(before) : before;
  return await edit(profile, editor, path, original);
}

/** Opens what the person has typed once more, on the very same copy; throws as {@linkcode editText} does. */
export async function editAgain(profile: Profile, { path }: Draft): Promise<Draft> {
  return (await edit(profile, editorOf(profile), path, null))!;
}

/** @param original what counts as nothing typed; `null`: nothing does */
async function edit(
  profile: Profile,
  editor: string,
  path: string,
  original: Uint8Array | null,
): Promise<Draft | null> {
  // As git does: the variable may hold arguments, too.
  const code = await runInTerminal(
    ["sh", "-c", `${editor} "$@"`, editor, path],
    profile.environment,
  );
  const after = kindAt(path) === "file" ? readBytes(path) : null;
  const nothing = after === null || (original !== null && equalBytes(after, original));
  if (nothing) await dropDraft(profile, path);
  const kept = nothing ? "" : `\nwhat you typed is in ${path}`;
  if (code !== 0) {
    throw new UserError(
      `the editor ${editor} ended with status ${code}: nothing is written${kept}`,
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
    "no text is given, and neither VISUAL nor EDITOR names an editor: set one, or give a file, or - for stdin",
  );
}
