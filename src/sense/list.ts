import { extname, join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { read, readBytes } from "../os/read.ts";
import { isExecutable, kindAt, statFile } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { fileNameProblem, type HeaderResult, languageOf, readHeader, textOf } from "./header.ts";

/**
 * Lists the sensors of a directory by name.
 *
 * A file is a sensor if it is a `.ts` file, or is executable and begins with `#!` and an interpreter or is a binary; its
 * name has to be one of {@linkcode fileNameProblem}. All else is ignored: notes, data, and what editors, file managers
 * and sync clients leave beside a sensor, such as an identical copy under a longer name. What would be a sensor but is a
 * FIFO, a dangling symlink or a second one of its name is listed with its problem.
 */
export function listSensors(dir: string): Sensor[] {
  return (surveyDir(dir)).sensors;
}

/** A file of `sensors/` that is ignored, though it has something of a sensor. */
export interface IgnoredFile {
  file: string;
  why: string;
  /** What to do if it should be a sensor. */
  fix: string;
  /** Its name is that of a sensor: it was probably meant as one. */
  meant: boolean;
}

/**
 * {@linkcode listSensors}, with what it ignores. Hidden files, directories, and data are in neither list.
 *
 * @param names the files to inspect. Default: all
 */
export function surveyDir(
  dir: string,
  names = listDir(dir).map(({ name }) => name),
): { sensors: Sensor[]; ignored: IgnoredFile[] } {
  const found: (Sensor | IgnoredFile)[] = [];
  for (const file of names) {
    if (file.startsWith(".")) continue;
    const one = inspect(file, join(dir, file));
    if (one !== null) found.push(one);
  }
  const ignored = found.filter((one) => "why" in one);
  const byName = new Map<string, Sensor>();
  for (const sensor of withoutCopies(found.filter((one) => "name" in one), ignored)) {
    const twin = byName.get(sensor.name);
    if (twin !== undefined) {
      sensor.problem =
        `${twin.file} and ${sensor.file} have the same sensor name; rename or remove one`;
    }
    byName.set(sensor.name, sensor);
  }
  const sensors = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { sensors, ignored };
}

function inspect(file: string, path: string): Sensor | IgnoredFile | null {
  const found = kindAt(path);
  if (found === "a directory" || found === "nothing") return null;
  const wrong = fileNameProblem(file);
  const extension = extname(file);
  const name = file.slice(0, file.length - extension.length);
  if (found !== "file") {
    const isNamed = wrong === null && extension !== "";
    return isNamed ? { name, file, path, problem: `sensors/${file} is ${found}` } : null;
  }
  const start = read(path, { maxBytes: 64 }) ?? new Uint8Array();
  const executable = isExecutable(path);
  const program = isProgram(start);
  const isTs = extension === ".ts";
  if (!isTs && !executable && !program) return null;
  const shown = JSON.stringify(file).slice(1, -1);
  const ignore = (why: string, fix: string): IgnoredFile => ({
    ...{ file, why: `sensors/${shown} is not a sensor: ${why}`, fix },
    meant: wrong === null && extension !== "",
  });
  if (wrong !== null) return ignore(wrong, `rename it, or move it out of sensors/`);
  if (isTs) return { name, file, path };
  if (!program) {
    const why = start[0] === 0xef && start[1] === 0xbb
      ? "it begins with a byte order mark instead of #!"
      : "its first line names no interpreter";
    return ignore(why, "begin it with a line such as #!/bin/sh");
  }
  return executable ? { name, file, path } : ignore("it is not executable", `chmod 700 ${path}`);
}

/** The first bytes of programs for Linux, macOS and, in WSL, Windows. */
const MAGIC = ["7f454c46", "feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe", "4d5a9000"];

/** Reports whether a file with these first bytes starts by itself, not because a shell takes it for a script. */
function isProgram(start: Uint8Array): boolean {
  if (MAGIC.includes(start.slice(0, 4).toHex())) return true;
  return /^#![ \t]*[^\s\0]/.test(new TextDecoder("utf-8", { ignoreBOM: true }).decode(start));
}

/**
 * Drops identical copies of a sensor: one without an extension beside one that has it, or one whose name only adds to the
 * other's, such as `mail-copy.sh`. Links are no copies.
 */
function withoutCopies(sensors: Sensor[], ignored: IgnoredFile[]): Sensor[] {
  // The shortest name is the original's.
  const byLength = sensors.toSorted((a, b) => a.file.length - b.file.length);
  return sensors.filter((sensor) => {
    const original = byLength.find((other) => mayBeCopy(sensor, other) && isSame(sensor, other));
    if (original === undefined) return true;
    ignored.push({
      file: sensor.file,
      why: `sensors/${sensor.file} is not a sensor: it is a copy of ${original.file}`,
      fix: `change it, or link it: ln -sf ${original.file} ${sensor.path}`,
      meant: false,
    });
    return false;
  });
}

function mayBeCopy(sensor: Sensor, other: Sensor): boolean {
  if (sensor.problem !== undefined || other.problem !== undefined) return false;
  if (extname(sensor.file) === "" && extname(other.file) !== "") return true;
  return extname(sensor.file) === extname(other.file) && /^[-_]/.test(
    sensor.name.startsWith(other.name) ? sensor.name.slice(other.name.length) : "",
  );
}

function isSame(a: Sensor, b: Sensor): boolean {
  try {
    const [one, two] = [statFile(a.path), statFile(b.path)];
    if (one?.size !== two?.size || (one?.ino === two?.ino && one?.dev === two?.dev)) return false;
    return indexOfDifference(readBytes(a.path), readBytes(b.path)) === -1;
  } catch {
    return false; // its reading says why
  }
}

function indexOfDifference(a: Uint8Array, b: Uint8Array): number {
  return a.length === b.length ? a.findIndex((byte, i) => byte !== b[i]) : 0;
}

/** One sensor of the `sensors/` directory. */
export interface Sensor {
  /** The file name without its extension. */
  name: string;
  /** The file's name. */
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
export function sensorNamed({ paths }: Profile, name: string): Sensor {
  const { sensors, ignored } = surveyDir(paths.sensors);
  const found = sensors.find((sensor) => sensor.file === name) ??
    sensors.find((sensor) => sensor.name === name);
  if (found) return found;
  const names = sensors.map((sensor) => sensor.name).join(", ");
  const passed = ignored.find(({ file }) =>
    file === name || file.slice(0, file.length - extname(file).length) === name
  );
  if (passed) throw new UserError(`${passed.why}; ${passed.fix}`);
  throw new UserError(`there is no sensor ${name}\n  sensors: ${names || "none"}`);
}

/** Reads the header of a sensor's file. */
export function headerOf({ path, file, problem }: Sensor): HeaderResult {
  if (problem !== undefined) return { ok: false, error: problem };
  try {
    const language = languageOf(file);
    return readHeader(textOf(readBytes(path), language), language);
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}
