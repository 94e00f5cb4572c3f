import { join } from "@std/path";
import { fileAge } from "../host/file_age.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile } from "../host/replace_file.ts";
import { isId } from "../model/id.ts";
import { messageOf, UserError } from "../model/user_error.ts";
import type { Flag } from "../model/worker.ts";
import { parseFile } from "../profile/parse_file.ts";
import type { Profile } from "../profile/profile.ts";

/**
 * Reads the flag of a worker, masked; `null` when it is down. One that cannot be read is up all the same, with the
 * reason as its note: whoever raised it waits.
 */
export async function readFlag(profile: Profile, worker: string): Promise<Flag | null> {
  const path = pathOf(profile, worker);
  const age = fileAge(path, 0);
  if (age === null) return null;
  const { flagSchema } = await import("../model/worker_schema.ts");
  try {
    const flag = await parseFile(path, flagSchema, `looop unflag ${worker} removes it.`);
    return flag && { ...flag, note: profile.mask(flag.note) };
  } catch (error) {
    return { note: profile.mask(messageOf(error)), at: new Date(-age).toISOString() };
  }
}

/**
 * Writes the flag of a worker, masked; durable. The caller holds the asks lock.
 *
 * @throws {UserError} where there is no such worker.
 */
export async function writeFlag(profile: Profile, worker: string, flag: Flag): Promise<void> {
  checkWorker(profile, worker);
  const masked = { ...flag, note: profile.mask(flag.note) };
  await replaceFile(pathOf(profile, worker), JSON.stringify(masked, null, 2) + "\n");
}

/** Takes the flag of a worker down; one that is not up is no error. The caller holds the asks lock. */
export async function removeFlag(profile: Profile, worker: string): Promise<void> {
  await removeFile(pathOf(profile, worker));
}

/** Refuses the id of a worker that is not there. */
export function checkWorker({ paths }: Profile, worker: string): void {
  const record = join(paths.workers, worker, "worker.json");
  if (isId(worker) && whatIsAt(record) === "file") return;
  throw new UserError(`there is no worker ${worker}: looop ls lists them`);
}

function pathOf({ paths }: Profile, worker: string): string {
  if (!isId(worker)) throw new UserError(`there is no worker ${worker}: looop ls lists them`);
  return join(paths.workers, worker, "flag.json");
}
