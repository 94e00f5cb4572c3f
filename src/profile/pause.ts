import { fileAge } from "../host/file_age.ts";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile } from "../host/replace_file.ts";
import type { Profile } from "./profile.ts";

/** Tells whether a person paused the loop. */
export function isPaused({ paths }: Profile): boolean {
  return fileAge(paths.paused, 0) !== null;
}

/** Pauses the loop: no tick looks, decides or moves until {@linkcode resume}. */
export async function pause({ paths, clock }: Profile): Promise<void> {
  await replaceFile(paths.paused, `${clock.now().toISOString()}\n`);
}

/** Ends a pause, and has a pulse look at once: also one that has not come to see the pause. */
export async function resume({ paths, clock }: Profile): Promise<void> {
  await replaceFile(paths.resumed, `${clock.now().toISOString()}\n`);
  await removeFile(paths.paused);
}
