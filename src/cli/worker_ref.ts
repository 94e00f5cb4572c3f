import { join } from "@std/path";
import { kindAt } from "../os/stat.ts";
import { parseFile } from "../profile/json_file.ts";
import { unknownWorker } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import { type WorkerRecord, workerSchema } from "../schema/worker.ts";
import { workerFiles } from "../workers/files.ts";

const SESSION = /^looop-(?=.)/;

/** Resolves a worker id or the name of its tmux session: `looop-triage` is `triage`, unless it is itself an id. */
export function workerNamed({ paths }: Profile, word: string): string {
  if (!SESSION.test(word) || word.includes("/")) return word;
  const exact = kindAt(join(paths.workers, word, "worker.json")) === "file";
  return exact ? word : word.replace(SESSION, "");
}

/**
 * Reads the record of the worker that a word names.
 *
 * @throws {UserError} if the worker does not exist, or a newer worker has taken the caller's id.
 */
export async function recordOf(profile: Profile, word: string): Promise<WorkerRecord> {
  const id = workerNamed(profile, word);
  const { record: path } = workerFiles(profile.paths, id);
  const record = isId(id) ? await parseFile(path, workerSchema, "Repair it, or delete it.") : null;
  if (!record) throw unknownWorker(profile.paths, id);
  const caller = profile.env("LOOOP_GENERATION");
  // A leftover process of an ended worker must not act for its successor.
  if (profile.env("LOOOP_SESSION_ID") === id && caller && caller !== record.generation) {
    throw new UserError(
      `cannot act for worker ${id}: this process belongs to an earlier worker ${id}, which has ended`,
    );
  }
  return record;
}
