import { join } from "@std/path";
import type { ComposedSensor } from "./compose_sensor.ts";
import { lock } from "./host/lock.ts";
import { readTextIfThere } from "./host/read_text.ts";
import { createFile, replaceFile } from "./host/replace_file.ts";
import { whatIsAt } from "./host/what_is_at.ts";
import { messageOf, UserError } from "./model/user_error.ts";
import { appendEvent } from "./profile/events.ts";
import { commitEdits, hasMemory } from "./profile/git_memory.ts";
import { appendJournal, journalLine } from "./profile/journal.ts";
import type { Profile } from "./profile/profile.ts";
import { recoverMove } from "./recover_move.ts";
import { listSensors } from "./sense/list_sensors.ts";

/** What the loop itself commits with its moves. */
const OF_THE_LOOP = ["state.json", "cost.jsonl"];

/**
 * Writes a sensor into `sensors/` for the person: journaled and committed as an edit of theirs, under the lock
 * that moves are made under. The next tick runs it.
 *
 * @param force replace a file of that name
 * @returns `unchanged` where the file has that content already: then nothing is written.
 * @throws {UserError} where a sensor of that name is there.
 */
export async function addSensor(
  profile: Profile,
  { file, text }: ComposedSensor,
  { force = false, signal }: { force?: boolean; signal?: AbortSignal } = {},
): Promise<"added" | "replaced" | "unchanged"> {
  const { paths, clock } = profile;
  using _ = await lock(paths.moveLock, signal);
  // A move that a crash cut off is written down first: its intent counts the journal's bytes.
  await recoverMove(profile, { locked: true });
  const target = join(paths.sensors, file);
  const there = await findThere(profile, file, target);
  if (there !== null && await readTextIfThere(target) === text) return "unchanged";
  if (there !== null && !force) {
    throw new UserError(
      `cannot add sensors/${file}: it is there already; call this one otherwise with --as, or replace it with --force`,
    );
  }
  const memory = await hasMemory(profile);
  if (memory) await commit(profile, "Edits since the last move");
  if (there === null) await createFile(target, text, 0o700);
  else await replaceFile(target, text, { mode: 0o700 });
  const done = there === null ? "added" : "replaced";
  const what = `${done} sensors/${file} from the catalogue`;
  await appendJournal(profile, journalLine(clock.now(), what));
  if (memory) await commit(profile, what);
  await appendEvent(profile, { event: "sensor", file, done });
  return done;
}

/** What git cannot take now, the commit before the next move will. */
async function commit(profile: Profile, message: string): Promise<void> {
  await commitEdits(profile, OF_THE_LOOP, message).catch((error) => profile.warn(messageOf(error)));
}

/** What stands at the file's place; a sensor of the same name in another file is in the way of any. */
async function findThere({ paths }: Profile, file: string, target: string): Promise<string | null> {
  const name = file.replace(/\.[^.]*$/, "");
  const twin = (await listSensors(paths.sensors)).find((other) =>
    other.name === name && other.file !== file
  );
  if (twin) {
    throw new UserError(
      `cannot add sensors/${file}: sensors/${twin.file} has the same name; remove it, or call this one otherwise with --as`,
    );
  }
  const found = await whatIsAt(target);
  if (found === "nothing") return null;
  if (found === "file") return found;
  throw new UserError(`cannot add sensors/${file}: there is ${found}; move it away`);
}
