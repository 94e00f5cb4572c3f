import { extname, join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { isExecutable, kindAt } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { isId } from "../schema/primitives.ts";

/** What editors leave beside the file they edit. */
const LEFTOVER = /(~|\.swp|\.swo|\.bak|\.tmp|\.orig)$/;
/** What a file name may end in: it stands in messages that the decider reads. */
const EXTENSION = /^(\.[A-Za-z0-9]{1,16})?$/;
/** Notes and data beside the sensors; executable, even these are sensors. */
const DATA = /\.(md|txt|json|jsonc|toml|ya?ml|csv)$/i;

/**
 * Lists the sensors of a directory by name: its executables and `.ts` files. Hidden files, what editors leave
 * behind, directories, and notes and data that are not executable are no sensors. What looks like a sensor but
 * cannot be one is listed with its problem, under a name that is safe to use.
 */
export async function listSensors(dir: string): Promise<Sensor[]> {
  const byName = new Map<string, Sensor>();
  for (const { name: file } of listDir(dir)) {
    if (file.startsWith(".") || LEFTOVER.test(file)) continue;
    const sensor = await inspect(file, join(dir, file));
    if (sensor === null) continue;
    const twin = byName.get(sensor.name);
    if (twin !== undefined) {
      sensor.problem =
        `there are two sensors of this name, ${twin.file} and ${file}: rename or remove one`;
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
    sensor.problem = `sensors/${file} is not executable: chmod 700 it`;
  }
  return sensor;
}

async function misnamed(file: string, path: string): Promise<Sensor> {
  const stem = file.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  const name = `${stem || "sensor"}-${(await sha256Hex(file)).slice(0, 8)}`;
  const problem = "its file name cannot be a sensor's: 1 to 64 of a-z, 0-9, _ and -, " +
    "beginning with a letter or digit, and an extension";
  return { name, file: "", path, problem };
}

/** One sensor of the `sensors/` directory. */
export interface Sensor {
  /** The file name without its extension. */
  name: string;
  /** The file's name; empty where that cannot be a sensor's. */
  file: string;
  /** The file's absolute path. */
  path: string;
  /** Why it cannot be run: its reading is this error. */
  problem?: string;
}

/**
 * Finds a sensor by its name, or that of its file.
 *
 * @throws {UserError} listing the sensors, where there is none of this name.
 */
export async function sensorNamed({ paths }: Profile, name: string): Promise<Sensor> {
  const sensors = await listSensors(paths.sensors);
  const found = sensors.find((sensor) => sensor.file === name) ??
    sensors.find((sensor) => sensor.name === name);
  if (found) return found;
  const names = sensors.map((sensor) => sensor.name).join(", ");
  throw new UserError(`there is no sensor ${name}\n  sensors: ${names || "none"}`);
}
