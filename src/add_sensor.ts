import { join } from "@std/path";
import type { ComposedSensor } from "./compose_sensor.ts";
import { readTextIfThere } from "./host/read_text.ts";
import { createFile, replaceFile } from "./host/replace_file.ts";
import { whatIsAt } from "./host/what_is_at.ts";
import { UserError } from "./model/user_error.ts";
import { appendEvent } from "./profile/events.ts";
import { lockForEdit, recordEdit } from "./person_edit.ts";
import type { Profile } from "./profile/profile.ts";
import { listSensors } from "./sense/list_sensors.ts";

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
  const { paths } = profile;
  using _ = await lockForEdit(profile, signal);
  const target = join(paths.sensors, file);
  const there = await findThere(profile, file, target);
  if (there !== null && await readTextIfThere(target) === text) return "unchanged";
  if (there !== null && !force) {
    throw new UserError(
      `cannot add sensors/${file}: it is there already; call this one otherwise with --as, or replace it with --force`,
    );
  }
  const done = there === null ? "added" : "replaced";
  await recordEdit(profile, `${done} sensors/${file} from the catalogue`, async () => {
    if (there === null) await createFile(target, text, 0o700);
    else await replaceFile(target, text, { mode: 0o700 });
  });
  await appendEvent(profile, { event: "sensor", file, done });
  return done;
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
