import { extname, join } from "@std/path";
import type { ComposedSensor } from "../catalogue/render.ts";
import { removeFile } from "../os/dirs.ts";
import { read, readTextIfPresent } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import { createFile, replaceFile, syncDir } from "../os/write.ts";
import { hasRepository } from "../profile/git.ts";
import { bytesAt, resolveCommit } from "../profile/history.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { type HeaderResult, readHeader } from "../sense/header.ts";
import { listSensors, type Sensor, sensorNamed } from "../sense/list.ts";
import { readSnapshots } from "../sense/snapshot.ts";
import { makeEdit, refuseDuplicate } from "./edit.ts";

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
    const there = await isPresent(profile, file, target);
    if (there && await readTextIfPresent(target) === text) return null;
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

async function isPresent({ paths }: Profile, file: string, target: string): Promise<boolean> {
  await refuseDuplicate(paths.sensors, file, "add", "call this one otherwise with --as");
  const found = kindAt(target);
  if (found === "nothing" || found === "file") return found === "file";
  throw new UserError(`cannot add sensors/${file}: there is ${found}; move it away`);
}

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
        await syncDir(paths.sensors);
      },
    };
  }, signal);
  const { path } = edit!;
  return { path, back: await wayBack(profile, path) };
}

async function wayBack(profile: Profile, path: string): Promise<string | null> {
  if (!hasRepository(profile)) return null;
  const before = await resolveCommit(profile, "HEAD^").catch(() => null);
  if (before === null || await bytesAt(profile, before.commit, path) === null) return null;
  return `git -C ${profile.paths.dataDir} show ${before.rev}:${path}`;
}

/** As much of a script as its header may take. */
const HEADER_BYTES = 16_384;

/** A sensor for a person to look over. */
export interface SensorSummary {
  name: string;
  /** Its file in `sensors/`; empty where its name cannot be a sensor's. */
  file: string;
  /** Strangers cannot write what it reads. */
  trusted: boolean;
  /** Seconds for which a good reading is kept; 0: none is; `null`: its header cannot be read. */
  interval_s: number | null;
  /** Whether its last reading was good; `null`: no tick has run it. */
  ok: boolean | null;
  /** Why it was not, or why it cannot be run at all. */
  error: string | null;
  /** When it last ran, ISO 8601 in UTC. */
  at: string | null;
}

/** Lists the sensors with what the last tick saw of them; runs none. */
export async function surveySensors(profile: Profile): Promise<SensorSummary[]> {
  const { paths, mask } = profile;
  const last = new Map((await readSnapshots(paths.snapshots)).map((one) => [one.name, one]));
  return (await listSensors(paths.sensors)).map((sensor) => {
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

function headerOf({ path, file, problem }: Sensor): HeaderResult {
  if (problem !== undefined) return { ok: false, error: problem };
  try {
    const bytes = read(path, { maxBytes: HEADER_BYTES }) ?? new Uint8Array();
    return readHeader(new TextDecoder().decode(bytes), extname(file) === ".ts" ? "ts" : "any");
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}
