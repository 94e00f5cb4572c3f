import { join } from "@std/path";
import { removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { fileAge, kindAt } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/events.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/primitives.ts";
import { cut } from "../schema/text.ts";
import { type Flag, flagSchema } from "../schema/worker.ts";
import { listAsks } from "./asks.ts";

/**
 * Reads the flag of a worker, masked; `null` when it is down. One that cannot be read is up all the same, with the
 * reason as its note: whoever raised it waits.
 */
export async function readFlag(profile: Profile, worker: string): Promise<Flag | null> {
  const path = pathOf(profile, worker);
  const age = fileAge(path, 0);
  if (age === null) return null;
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
  if (isId(worker) && kindAt(record) === "file") return;
  throw new UserError(`there is no worker ${worker}: looop ls lists them`);
}

function pathOf({ paths }: Profile, worker: string): string {
  if (!isId(worker)) throw new UserError(`there is no worker ${worker}: looop ls lists them`);
  return join(paths.workers, worker, "flag.json");
}

/** How many characters of a question stand in the flag's note. */
const MAX_QUESTION_NOTE = 200;

/** Raises the flag of the worker that asks, unless this very ask has done so. The caller holds the asks lock. */
export async function flagForAsk(
  profile: Profile,
  { id, worker, question }: Ask,
): Promise<void> {
  if (worker === undefined || (await readFlag(profile, worker))?.ask === id) return;
  const at = profile.clock.now().toISOString();
  await writeFlag(profile, worker, { note: cut(question, MAX_QUESTION_NOTE), at, ask: id });
}

/**
 * Takes down the flag that an ask has raised, or leaves it up for another open ask of the same worker. The
 * caller holds the asks lock.
 */
export async function syncFlag(profile: Profile, { id, worker, run_id }: Ask): Promise<void> {
  if (worker === undefined || (await readFlag(profile, worker))?.ask !== id) return;
  const next = (await listAsks(profile)).asks.find((ask) =>
    ask.worker === worker && ask.run_id === run_id && ask.id !== id && !ask.answer
  );
  if (next) await flagForAsk(profile, next);
  else await removeFlag(profile, worker);
}

/** The most characters that a note can have. */
export const MAX_NOTE = 100_000;

/**
 * Raises the flag of a worker, or gives the one that is up another note.
 *
 * @throws {UserError} where there is no such worker, or the note is too long.
 */
export async function raiseFlag(profile: Profile, worker: string, note = ""): Promise<Flag> {
  if (note.length > MAX_NOTE) {
    throw new UserError(
      `cannot flag ${worker}: the note has ${note.length} characters, at most ${MAX_NOTE} are taken`,
    );
  }
  using _ = await lock(profile.paths.asksLock);
  // An ask that raised it before is still to take it down.
  const ask = (await readFlag(profile, worker))?.ask;
  const at = profile.clock.now().toISOString();
  const flag: Flag = { note, at, ...(ask === undefined ? {} : { ask }) };
  await writeFlag(profile, worker, flag);
  await appendEvent(profile, { event: "flag", worker });
  return flag;
}

/**
 * Takes the flag of a worker down; what it asked stays open.
 *
 * @returns whether it was up.
 * @throws {UserError} where there is no such worker.
 */
export async function clearFlag(profile: Profile, worker: string): Promise<boolean> {
  checkWorker(profile, worker);
  using _ = await lock(profile.paths.asksLock);
  if (await readFlag(profile, worker) === null) return false;
  await removeFlag(profile, worker);
  await appendEvent(profile, { event: "unflag", worker });
  return true;
}
