import { removeFile } from "../os/dirs.ts";
import { replaceFile, syncDir } from "../os/write.ts";
import { type Intent, intentSchema } from "../schema/intent.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";

/** Writes the intent of a move before the move is applied; durable. */
export async function writeIntent({ paths }: Profile, intent: Intent): Promise<void> {
  await replaceFile(paths.intent, JSON.stringify(intent));
}

/** Reads the intent of an unfinished move; `null` if there is none. */
export async function readIntent({ paths }: Profile): Promise<Intent | null> {
  const remedy = `Check in journal.md whether that move was applied, then delete ${paths.intent}.`;
  return await parseFile(paths.intent, intentSchema, remedy);
}

/** Removes the intent once the move is applied and recorded; durable. */
export async function clearIntent({ paths }: Profile): Promise<void> {
  await removeFile(paths.intent);
  await syncDir(paths.own);
}
