import { join } from "@std/path";
import { listFolder } from "../host/list_folder.ts";
import { fileSize } from "../host/read_from.ts";
import { readPart } from "../host/read_part.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { isId } from "../model/id.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { TranscriptScreen } from "./transcript_screen.ts";
import { workerFiles, workerFilesIn } from "./worker_files.ts";

/** How much of the end of a transcript is rendered, in bytes. */
export const MAX_RENDERED = 8 * 1024 * 1024;
const CHUNK = 256 * 1024;

/**
 * Renders what a worker printed as plain text, as its terminal would show it, masked: of a long transcript the end.
 *
 * @throws {UserError} where there is no such worker.
 */
export async function readTranscript(profile: Profile, id: string): Promise<string> {
  const path = transcriptPath(profile, id);
  const screen = await TranscriptScreen.open();
  const size = fileSize(path);
  for await (const chunk of readChunks(path, Math.max(0, size - MAX_RENDERED), size)) {
    await screen.write(chunk);
  }
  return profile.mask(screen.lines().map((line) => line + "\n").join(""));
}

/**
 * Reads what a worker printed, as it is.
 *
 * @throws {UserError} where there is no such worker.
 */
export async function* readRawTranscript(
  profile: Profile,
  id: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const path = transcriptPath(profile, id);
  yield* readChunks(path, 0, fileSize(path));
}

/**
 * Finds the transcript of a worker; of those that ended, the last that had this id.
 *
 * @throws {UserError} where there is none.
 */
export function transcriptPath({ paths }: Profile, id: string): string {
  const files = workerFiles(paths, id);
  if (isId(id) && whatIsAt(files.record) === "file") return files.transcript;
  const ended = listFolder(paths.workersEnded).findLast(({ name }) => name.startsWith(`${id}.`));
  if (ended) return workerFilesIn(join(paths.workersEnded, ended.name)).transcript;
  throw new UserError(`there is no worker ${id}: looop ls --all lists them, ended ones too`);
}

/** Reads a file from `from` to `to`, in bytes; what is missing at the end is left out. */
export async function* readChunks(
  path: string,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = from; at < to;) {
    const chunk = await readPart(path, at, Math.min(CHUNK, to - at));
    if (!chunk || chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}
