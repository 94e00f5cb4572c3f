import { removeFile } from "../host/remove_file.ts";
import { replaceFile, syncFolder } from "../host/replace_file.ts";
import { type Intent, intentSchema } from "../model/intent.ts";
import { parseFile } from "./parse_file.ts";
import type { Profile } from "./profile.ts";

/** Notes a move before it is made; durable. */
export async function writeIntent({ paths }: Profile, intent: Intent): Promise<void> {
  await replaceFile(paths.intent, JSON.stringify(intent));
}

/** The move that a crash interrupted; `null` when there is none. */
export async function readIntent({ paths }: Profile): Promise<Intent | null> {
  const mend = `Look at journal.md for whether that move was made, then delete ${paths.intent}.`;
  return await parseFile(paths.intent, intentSchema, mend);
}

/** Notes that the move is made and written down; durable. */
export async function clearIntent({ paths }: Profile): Promise<void> {
  await removeFile(paths.intent);
  await syncFolder(paths.own);
}
