import { basename, join } from "@std/path";
import { read, readBytes } from "../os/read.ts";
import { kindAt, stat } from "../os/stat.ts";
import { listUpTo } from "../os/untrusted_dirs.ts";
import type { Profile } from "../profile/profile.ts";
import type { ScheduleFile } from "../schema/schedule.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { isId } from "../schema/schema.ts";
import { decodeUtf8, quoteWord } from "../schema/text.ts";
import type { GoalFile, TextFile } from "../schema/world.ts";

/** More goals, schedules or sensors than anyone has: a worker without a sandbox could write any number. */
const MAX_FILES = 500;

/** Lists what a directory of documents has; of more than {@linkcode MAX_FILES} files, so many. */
export async function namesIn({ environment, warn }: Profile, dir: string): Promise<string[]> {
  const { names, more } = await listUpTo(dir, MAX_FILES, environment);
  if (more) {
    warn(`${basename(dir)}/ has more than ${MAX_FILES} files, of which ${MAX_FILES} are read`);
  }
  return names;
}

/**
 * Reads `goals/*.md`, by id, without parsing them. An unreadable goal is included with its `error` and no text; a file
 * whose name or kind is not a goal's, or that has a goal's front matter but not `.md`, only causes a warning. Hidden files
 * and `archive/` are left out.
 */
export async function readGoals(profile: Profile): Promise<GoalFile[]> {
  const { paths, mask, warn } = profile;
  const goals: GoalFile[] = [];
  for (const name of await namesIn(profile, paths.goals)) {
    if (isOther(profile, paths.goals, name, GOAL)) continue;
    const id = name.slice(0, -".md".length);
    const path = join(paths.goals, name);
    const found = kindAt(path);
    if (found === "nothing") continue;
    if (!isId(id)) {
      const shown = JSON.stringify(name).slice(1, -1);
      warn(`goals/${shown} is not a goal: its name must be 1 to 64 of a-z, 0-9, _ and -`);
    } else if (found === "a directory" || found === "something that is not a file") {
      warn(`goals/${name} is not a goal: it is ${found}`);
    } else {
      const goal = found === "file" ? await readText(id, path) : unreadable(id, `it is ${found}`);
      const text = mask(goal.text);
      goals.push(text === goal.text ? goal : { ...goal, text, exact: goal.text });
    }
  }
  return goals;
}

/**
 * Reads `schedules/*.yaml`, by name, without parsing them. An unreadable one is included with its `error` and no text; a
 * file whose name or kind is not a schedule's, or that begins like one but has not its extension, only causes a warning.
 */
export async function readSchedules(profile: Profile): Promise<ScheduleFile[]> {
  const { paths, mask, warn } = profile;
  const schedules: ScheduleFile[] = [];
  for (const file of await namesIn(profile, paths.schedules)) {
    if (isOther(profile, paths.schedules, file, SCHEDULE)) continue;
    const path = join(paths.schedules, file);
    const found = kindAt(path);
    if (found === "nothing") continue;
    const name = file.slice(0, -".yaml".length);
    if (!isId(name) || found === "a directory" || found === "something that is not a file") {
      const shown = JSON.stringify(file).slice(1, -1);
      const why = isId(name) ? `it is ${found}` : "it must be NAME.yaml, with a-z, 0-9, _ and -";
      warn(`schedules/${shown} is not a schedule: ${why}`);
      continue;
    }
    const { id: _, ...read } = found === "file"
      ? await readText(name, path, "schedules", ".yaml")
      : unreadable(name, `it is ${found}`, "schedules", ".yaml");
    const text = mask(read.text);
    const modifiedMs = stat(path)?.mtime?.getTime() ?? null;
    const exact = text === read.text ? {} : { exact: read.text };
    schedules.push({ name, ...read, text, ...exact, modifiedMs });
  }
  return schedules;
}

/** By what a file is known for a document, whose extension alone may be wrong. */
interface DocumentKind {
  what: string;
  extension: string;
  begins: RegExp;
}

const GOAL: DocumentKind = { what: "goal", extension: ".md", begins: /^---\s*(\n|$)/ };
const SCHEDULE: DocumentKind = {
  what: "schedule",
  extension: ".yaml",
  begins: /^(cron|at|every)\s*:/m,
};

/** Reports whether a file is none of these documents by its name; warns if its extension alone is wrong. */
function isOther({ warn }: Profile, dir: string, file: string, kind: DocumentKind): boolean {
  const { what, extension } = kind;
  if (file.startsWith(".")) return true;
  if (file.endsWith(extension)) return false;
  const right = rightName(dir, file, kind);
  const path = `${basename(dir)}/${file}`;
  if (right) warn(`${path} is not a ${what}, though it begins like one: rename it to ${right}`);
  return true;
}

/** The name that it should have if its extension alone is wrong; `null` for the rest, such as what editors leave behind. */
function rightName(dir: string, file: string, { extension, begins }: DocumentKind): string | null {
  // Some editors add an extension of their own to the one that was typed.
  const typed = file.replace(/(?<=\.(?:md|yaml))\.(?:txt|text|md|markdown|yml|yaml)$/i, "");
  const stem = /^([^.]+)(?:\.[A-Za-z0-9]{1,16})?$/.exec(typed)?.[1].toLowerCase();
  if (stem === undefined || !isId(stem)) return null;
  try {
    const path = join(dir, file);
    if (kindAt(path) !== "file") return null;
    const start = new TextDecoder().decode(read(path, { maxBytes: 4096 }) ?? new Uint8Array());
    return begins.test(start) ? `${stem}${extension}` : null;
  } catch {
    return null; // it cannot be read
  }
}

async function readText(
  id: string,
  path: string,
  dir = "goals",
  extension = ".md",
): Promise<GoalFile> {
  try {
    const bytes = readBytes(path);
    const digest = await sha256Hex(bytes);
    const text = decodeUtf8(bytes);
    return text === null
      ? { ...unreadable(id, "it is not valid UTF-8", dir, extension), digest }
      : { id, text, digest };
  } catch (error) {
    return unreadable(id, messageOf(error), dir, extension);
  }
}

function unreadable(id: string, why: string, dir = "goals", extension = ".md"): GoalFile {
  return { id, text: "", digest: "", error: `${dir}/${id}${extension} cannot be read: ${why}` };
}

/**
 * Reads PLAYBOOK.md, masked.
 *
 * @throws {UserError} if it is missing or not a text: without the user's judgment nothing is decided.
 */
export async function readPlaybook({ paths, mask }: Profile): Promise<TextFile> {
  const { playbook, dataDir } = paths;
  const found = kindAt(playbook);
  if (found === "nothing") {
    throw new UserError(
      `cannot read ${playbook}: it does not exist. Restore it with "git -C ${
        quoteWord(dataDir)
      } checkout HEAD -- PLAYBOOK.md", ` +
        "or write a new one with your priorities and rules.",
    );
  }
  if (found !== "file") {
    throw new UserError(`cannot read ${playbook}: it is ${found}. Replace it with a text file.`);
  }
  const bytes = readBytes(playbook);
  const text = decodeUtf8(bytes);
  if (text === null) {
    throw new UserError(`cannot read ${playbook}: it is not valid UTF-8. Save it as UTF-8.`);
  }
  return { text: mask(text), digest: await sha256Hex(bytes) };
}
