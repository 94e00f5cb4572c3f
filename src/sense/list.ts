import { extname, join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { read } from "../os/read.ts";
import { isExecutable, kindAt } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { isId } from "../schema/schema.ts";
import { type HeaderResult, languageOf, readHeader } from "./header.ts";

/** Files that editors leave beside the edited one. */
const LEFTOVER = /(~|\.swp|\.swo|\.bak|\.tmp|\.orig)$/;
/** The allowed extensions: file names occur in messages that the decider reads. */
const EXTENSION = /^(\.[A-Za-z0-9]{1,16})?$/;
/** Notes and data beside the sensors; if executable, even these are sensors. */
const DATA = /\.(md|txt|json|jsonc|toml|ya?ml|csv)$/i;

/**
 * Lists the sensors of a directory by name: its executables and `.ts` files. Hidden files, editors' leftovers,
 * directories, and notes and data that are not executable are not sensors. A file that looks like a sensor but cannot be
 * one is listed with its problem, under a safe name.
 */
export async function listSensors(dir: string): Promise<Sensor[]> {
  const byName = new Map<string, Sensor>();
  for (const { name: file } of listDir(dir)) {
    if (file.startsWith(".") || LEFTOVER.test(file)) continue;
    const sensor = await inspect(file, join(dir, file));
    if (sensor === null) continue;
    const twin = byName.get(sensor.name);
    if (twin !== undefined) {
      sensor.problem = `${twin.file} and ${file} have the same sensor name; rename or remove one`;
    }
    byName.set(sensor.name, sensor);
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function inspect(file: string, path: string): Promise<Sensor | null> {
  const name = file.slice(0, file.length - extname(file).length);
  const found = kindAt(path);
  if (found === "a directory" || found === "nothing") return null;
  const executable = isExecutable(path);
  if (!executable && DATA.test(file)) return null;
  if (!isId(name) || !EXTENSION.test(extname(file))) return await misnamed(file, path);
  const sensor: Sensor = { name, file, path };
  if (found !== "file") sensor.problem = `sensors/${file} is ${found}`;
  else if (!executable && extname(file) !== ".ts") {
    sensor.problem = `sensors/${file} is not executable; run chmod 700 on it`;
  }
  return sensor;
}

async function misnamed(file: string, path: string): Promise<Sensor> {
  const stem = file.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  const name = `${stem || "sensor"}-${(await sha256Hex(file)).slice(0, 8)}`;
  const problem =
    "its file name is not a sensor's: use a-z, 0-9, - and _, begin with a letter or digit, " +
    "at most 64 characters before the extension";
  return { name, file: "", path, problem };
}

/** One sensor of the `sensors/` directory. */
export interface Sensor {
  /** The file name without its extension. */
  name: string;
  /** The file's name; empty if it is not a valid one. */
  file: string;
  /** The file's absolute path. */
  path: string;
  /** Why it cannot be run: its reading is this error. */
  problem?: string;
}

/**
 * Finds a sensor by its name, or that of its file.
 *
 * @throws {UserError} listing the sensors, if there is none of this name.
 */
export async function sensorNamed({ paths }: Profile, name: string): Promise<Sensor> {
  const sensors = await listSensors(paths.sensors);
  const found = sensors.find((sensor) => sensor.file === name) ??
    sensors.find((sensor) => sensor.name === name);
  if (found) return found;
  const names = sensors.map((sensor) => sensor.name).join(", ");
  throw new UserError(`there is no sensor ${name}\n  sensors: ${names || "none"}`);
}

/** How much of a script is read for its header, in bytes. */
const HEADER_BYTES = 16_384;

/** Reads the header of a sensor's file. */
export function headerOf({ path, file, problem }: Sensor): HeaderResult {
  if (problem !== undefined) return { ok: false, error: problem };
  try {
    const bytes = read(path, { maxBytes: HEADER_BYTES }) ?? new Uint8Array();
    return readHeader(new TextDecoder().decode(bytes), languageOf(file));
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}
