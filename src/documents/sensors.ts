import { replaceOrRemove } from "../act/files.ts";
import type { ComposedSensor } from "../catalogue/render.ts";
import { hasRepository } from "../profile/git.ts";
import { bytesAt, resolveCommit } from "../profile/history.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { headerOf, listSensors, sensorNamed } from "../sense/list.ts";
import { readSnapshots } from "../sense/snapshot.ts";
import { currentBytes, makeEdit, writeText } from "./edit.ts";
import { quoteWords } from "../schema/text.ts";

/**
 * Writes a sensor of the catalogue to `sensors/` with {@linkcode writeText}. The next tick runs it.
 *
 * @param force replace a file of that name
 * @returns `unchanged` if the file has that content already.
 * @throws {UserError} if there is a sensor of that name.
 */
export async function addSensor(
  profile: Profile,
  { file, text }: ComposedSensor,
  { force = false, note, signal }: { force?: boolean; note?: string; signal?: AbortSignal } = {},
): Promise<"added" | "replaced" | "unchanged"> {
  const path = `sensors/${file}`;
  const before = currentBytes(profile, path);
  if (before !== null && !force && new TextDecoder().decode(before) !== text) {
    throw new UserError(
      `cannot add ${path}: it exists; name this one with --as, or replace it with --force`,
    );
  }
  const what = `${before === null ? "added" : "replaced"} ${path} from the catalogue`;
  const base = force ? undefined : before && await sha256Hex(before);
  return await writeText(profile, { kind: "sensor", path, body: text, base, what, note, signal });
}

/**
 * Removes a sensor with {@linkcode makeEdit}, which commits its last version first.
 *
 * @returns its path, relative to the data directory, and the command that restores it; `null`: git does not
 * have it.
 * @throws {UserError} if there is none of this name.
 */
export async function removeSensor(
  profile: Profile,
  name: string,
  { note, signal }: { note?: string; signal?: AbortSignal } = {},
): Promise<{ path: string; back: string | null }> {
  const edit = await makeEdit(profile, () => {
    const { file, path: target } = sensorNamed(profile, name);
    const path = `sensors/${file}`;
    const what = `removed ${path}`;
    return Promise.resolve({
      ...{ what, note, path, event: { event: "edit", path, what } },
      write: () => replaceOrRemove(target, null),
    });
  }, signal);
  const { path } = edit!;
  return { path, back: await wayBack(profile, path) };
}

async function wayBack(profile: Profile, path: string): Promise<string | null> {
  if (!hasRepository(profile)) return null;
  const before = await resolveCommit(profile, "HEAD^").catch(() => null);
  if (before === null || await bytesAt(profile, before.commit, path) === null) return null;
  return quoteWords("git", "-C", profile.paths.dataDir, "checkout", before.rev, "--", path);
}

/** One line of `looop sensor ls`. */
export interface SensorSummary {
  name: string;
  /** Its file in `sensors/`. */
  file: string;
  /** `false`: its output is untrusted input. */
  trusted: boolean;
  /** Seconds for which a successful reading is reused; `null`: its header is invalid. */
  interval_s: number | null;
  /** Whether its last reading succeeded; `null`: no tick has run it. */
  ok: boolean | null;
  /** Why the last reading failed, or why it cannot run. */
  error: string | null;
  /** When it last ran, ISO 8601 in UTC. */
  at: string | null;
}

/** Lists the sensors with their last readings; runs none. */
export async function surveySensors(profile: Profile): Promise<SensorSummary[]> {
  const { paths, mask } = profile;
  const last = new Map((await readSnapshots(paths.snapshots)).map((one) => [one.name, one]));
  return listSensors(paths.sensors).map((sensor) => {
    const header = headerOf(sensor);
    const reading = last.get(sensor.name);
    const { name, file } = sensor;
    const failed = reading?.result.ok === false ? reading.result.error : null;
    const error = header.ok ? failed : header.error;
    return {
      ...{ name, file },
      trusted: header.ok && header.header.trusted,
      interval_s: header.ok ? header.header.interval : null,
      ok: error === null ? reading?.result.ok ?? null : false,
      error: error === null ? null : mask(error),
      at: reading?.at ?? null,
    };
  });
}
