import { removeFile } from "./host/remove_file.ts";
import { syncFolder } from "./host/replace_file.ts";
import { makeEdit } from "./make_edit.ts";
import { UserError } from "./model/user_error.ts";
import { bytesAt, resolveCommit } from "./profile/file_history.ts";
import { hasMemory } from "./profile/has_memory.ts";
import type { Profile } from "./profile/profile.ts";
import { sensorNamed } from "./sense/sensor_named.ts";

/** A sensor that was removed. */
export interface RemovedSensor {
  /** Relative to the data directory. */
  path: string;
  /** The command that shows what it was; `null`: history does not have it. */
  back: string | null;
}

/**
 * Removes a sensor for the person, as {@linkcode makeEdit} does: its last state is committed before.
 *
 * @throws {UserError} where there is none of this name.
 */
export async function removeSensor(
  profile: Profile,
  name: string,
  signal?: AbortSignal,
): Promise<RemovedSensor> {
  const { paths } = profile;
  const edit = await makeEdit(profile, async () => {
    const { file, path: target } = await sensorNamed(profile, name);
    if (file === "") throw new UserError(`cannot remove ${target} by that name: rm it`);
    const path = `sensors/${file}`;
    const what = `removed ${path}`;
    return {
      ...{ what, path, event: { event: "edit", path, what } },
      async write() {
        await removeFile(target);
        await syncFolder(paths.sensors);
      },
    };
  }, signal);
  const { path } = edit!;
  return { path, back: await wayBack(profile, path) };
}

async function wayBack(profile: Profile, path: string): Promise<string | null> {
  if (!hasMemory(profile)) return null;
  const before = await resolveCommit(profile, "HEAD^").catch(() => null);
  if (before === null || await bytesAt(profile, before.commit, path) === null) return null;
  return `git -C ${profile.paths.dataDir} show ${before.rev}:${path}`;
}
