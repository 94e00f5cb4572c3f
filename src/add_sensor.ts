import { join } from "@std/path";
import type { ComposedSensor } from "./compose_sensor.ts";
import { readTextIfThere } from "./host/read_text.ts";
import { createFile, replaceFile } from "./host/replace_file.ts";
import { whatIsAt } from "./host/what_is_at.ts";
import { makeEdit } from "./make_edit.ts";
import { UserError } from "./model/user_error.ts";
import type { Profile } from "./profile/profile.ts";
import { refuseTwin } from "./refuse_twin.ts";

/**
 * Writes a sensor into `sensors/` for the person, as {@linkcode makeEdit} does. The next tick runs it.
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
  const target = join(profile.paths.sensors, file);
  const edit = await makeEdit(profile, async () => {
    const there = await isThere(profile, file, target);
    if (there && await readTextIfThere(target) === text) return null;
    if (there && !force) {
      throw new UserError(
        `cannot add sensors/${file}: it is there already; call this one otherwise with --as, or replace it with --force`,
      );
    }
    const done = there ? "replaced" as const : "added" as const;
    return {
      done,
      what: `${done} sensors/${file} from the catalogue`,
      event: { event: "sensor", file, done },
      write: () =>
        there ? replaceFile(target, text, { mode: 0o700 }) : createFile(target, text, 0o700),
    };
  }, signal);
  return edit?.done ?? "unchanged";
}

async function isThere({ paths }: Profile, file: string, target: string): Promise<boolean> {
  await refuseTwin(paths.sensors, file, "add", "call this one otherwise with --as");
  const found = whatIsAt(target);
  if (found === "nothing" || found === "file") return found === "file";
  throw new UserError(`cannot add sensors/${file}: there is ${found}; move it away`);
}
