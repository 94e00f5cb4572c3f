import { join } from "@std/path";
import { kindAt } from "../os/stat.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/primitives.ts";
import { type WorkerRecord, workerSchema } from "../schema/worker.ts";
import { workerFiles } from "../workers/files.ts";

const SESSION = /^looop-(?=.)/;

/**
 * The id of the worker that a word names, which may be that of its tmux session: `looop-triage` is `triage`, unless
 * there is a worker `looop-triage`.
 */
export function workerNamed({ paths }: Profile, word: string): string {
  if (!SESSION.test(word) || word.includes("/")) return word;
  const exact = kindAt(join(paths.workers, word, "worker.json")) === "file";
  return exact ? word : word.replace(SESSION, "");
}

/**
 * Reads the record of the worker that a word names.
 *
 * @throws {UserError} where there is no such worker, or a later one has taken the id of the one that calls.
 */
export async function recordOf(profile: Profile, word: string): Promise<WorkerRecord> {
  const id = workerNamed(profile, word);
  const { record: path } = workerFiles(profile.paths, id);
  const record = isId(id) ? await parseFile(path, workerSchema, "Fix it or delete it.") : null;
  if (!record) throw new UserError(`there is no worker ${id}: looop ls lists them`);
  const caller = profile.env("LOOOP_GENERATION");
  // What an ended worker left running must not speak for its successor.
  if (profile.env("LOOOP_SESSION_ID") === id && caller && caller !== record.generation) {
    throw new UserError(`this is what is left of an earlier worker ${id}: it has ended`);
  }
  return record;
}
