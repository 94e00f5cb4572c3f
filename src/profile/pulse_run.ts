import { readTextIfThere } from "../host/read_text.ts";
import { replaceFile } from "../host/replace_file.ts";
import type { Profile } from "./profile.ts";

/** Notes that a pulse begins, so that its end can be told from that of an earlier one. */
export async function notePulseRun({ paths }: Profile): Promise<void> {
  await replaceFile(paths.pulseRun, crypto.randomUUID() + "\n", { durable: false });
}

/** Names the last pulse that began; `null` when there was none. */
export async function readPulseRun({ paths }: Profile): Promise<string | null> {
  return (await readTextIfThere(paths.pulseRun))?.trim() ?? null;
}
