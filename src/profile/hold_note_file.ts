import { removeFile } from "../host/remove_file.ts";
import { replaceFile, syncFolder } from "../host/replace_file.ts";
import { type HoldNote, holdNoteSchema } from "../model/hold_note.ts";
import { parseFile } from "./parse_file.ts";
import type { Profile } from "./profile.ts";

/** Notes a hold before it is written down; durable. */
export async function writeHoldNote({ paths }: Profile, note: HoldNote): Promise<void> {
  await replaceFile(paths.holdNote, JSON.stringify(note));
}

/** The hold whose writing a crash interrupted; `null` when there is none. */
export async function readHoldNote({ paths }: Profile): Promise<HoldNote | null> {
  return await parseFile(
    paths.holdNote,
    holdNoteSchema,
    "Delete it: the next held tick notes anew.",
  );
}

/** Notes that the hold is written down; durable. */
export async function clearHoldNote({ paths }: Profile): Promise<void> {
  await removeFile(paths.holdNote);
  await syncFolder(paths.own);
}
