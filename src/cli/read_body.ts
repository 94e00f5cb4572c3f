import { resolve } from "@std/path";
import { bodyFault, type BodyKind } from "../body_fault.ts";
import { type Draft, dropDraft, editAgain, editText, keepDraft } from "../edit_text.ts";
import { canPrompt, openPrompter, PromptStopped } from "../host/prompter.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { sha256Hex } from "../model/sha256.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { currentBytes } from "../write_text.ts";
import type { CommandContext } from "./command.ts";
import { safeText } from "./safe_text.ts";

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
      text.trim() === "" ? null : await keepDraft(profile, nameOf(path), text);
    return { text, keep, drop: () => Promise.resolve() };
  }
  const text = await readTextIfThere(from, { pipe: true });
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
