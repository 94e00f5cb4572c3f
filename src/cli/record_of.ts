import { isId } from "../model/id.ts";
import { UserError } from "../model/user_error.ts";
import type { WorkerRecord } from "../model/worker.ts";
import { workerSchema } from "../model/worker_schema.ts";
import { parseFile } from "../profile/parse_file.ts";
import type { Profile } from "../profile/profile.ts";
import { workerFiles } from "../workers/worker_files.ts";
import { workerNamed } from "./worker_named.ts";

/**
 * Reads the record of the worker that a word names.
 *
 * @throws {UserError} where there is no such worker, or a later one has taken the id of the one that calls.
 */
export async function recordOf(profile: Profile, word: string): Promise<WorkerRecord> {
  const id = workerNamed(profile, word);
  const { record: path } = workerFiles(profile.paths, id);
  const record = isId(id) ? await parseFile(path, workerSchema, "Mend it, or delete it.") : null;
  if (!record) throw new UserError(`there is no worker ${id}: looop ls lists them`);
  const caller = profile.env("LOOOP_GENERATION");
  // What an ended worker left running must not speak for its successor.
  if (profile.env("LOOOP_SESSION_ID") === id && caller && caller !== record.generation) {
    throw new UserError(`this is what is left of an earlier worker ${id}: it has ended`);
  }
  return record;
}
