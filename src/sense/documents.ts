import { join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { read, readBytes } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { isId } from "../schema/schema.ts";
import { decodeUtf8 } from "../schema/text.ts";
import type { GoalFile, TextFile } from "../schema/world.ts";

/**
 * Reads `goals/*.md`, by id, without parsing them. An unreadable goal is included with its `error` and no text; a file
 * whose name or kind is not a goal's, or that has a goal's front matter but not `.md`, only causes a warning. Hidden files
 * and `archive/` are left out.
 */
export async function readGoals({ paths, mask, warn }: Profile): Promise<GoalFile[]> {
  const goals: GoalFile[] = [];
  for (const { name } of listDir(paths.goals)) {
    if (name.startsWith(".")) continue;
    if (!name.endsWith(".md")) {
      const right = rightName(paths.goals, name);
      if (right !== null) {
        warn(`goals/${name} is not a goal, though it begins like one: rename it to ${right}`);
      }
      continue;
    }
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
      const goal = found === "file" ? await readGoal(id, path) : unreadable(id, `it is ${found}`);
      const text = mask(goal.text);
      goals.push(text === goal.text ? goal : { ...goal, text, exact: goal.text });
    }
  }
  return goals;
}

/** Returns the name that a file with front matter should have, if its extension alone is wrong; else `null`. */
function rightName(dir: string, file: string): string | null {
  const [, stem] = /^([^.]+)(?:\.[A-Za-z0-9]{1,16})?$/.exec(file) ?? [];
  if (stem === undefined || !isId(stem)) return null;
  try {
    const start = kindAt(join(dir, file)) === "file"
      ? read(join(dir, file), { maxBytes: 8 })
      : null;
    return /^---\s*$/m.test(new TextDecoder().decode(start ?? new Uint8Array()).split("\n")[0])
      ? `${stem}.md`
      : null;
  } catch {
    return null; // it cannot be read
  }
}

async function readGoal(id: string, path: string): Promise<GoalFile> {
  try {
    const bytes = readBytes(path);
    const digest = await sha256Hex(bytes);
    const text = decodeUtf8(bytes);
    return text === null
      ? { ...unreadable(id, "it is not valid UTF-8"), digest }
      : { id, text, digest };
  } catch (error) {
    return unreadable(id, messageOf(error));
  }
}

function unreadable(id: string, why: string): GoalFile {
  return { id, text: "", digest: "", error: `goals/${id}.md cannot be read: ${why}` };
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
      `cannot read ${playbook}: it does not exist. Restore it with "git -C ${dataDir} checkout PLAYBOOK.md", ` +
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
