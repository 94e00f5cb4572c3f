import { join } from "@std/path";
import { archiveGoal } from "../act/files.ts";
import { listDir } from "../os/dirs.ts";
import { readBytes } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import { parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { isId } from "../schema/primitives.ts";
import type { Goal } from "../schema/world.ts";
import { readGoals } from "../sense/documents.ts";
import { makeEdit } from "./edit.ts";

/**
 * Moves a goal to `goals/archive/` for the person, as {@linkcode makeEdit} does.
 *
 * @returns the goal's path, and where it lies now.
 * @throws {UserError} where there is no such goal, or it lies there already.
 */
export async function archiveGoalFile(
  profile: Profile,
  id: string,
  signal?: AbortSignal,
): Promise<string> {
  let told = "";
  await makeEdit(profile, async () => {
    const { path, bytes, archived } = findGoal(profile, id);
    if (archived) throw new UserError(`goal ${id} is archived already: ${path}`);
    const digests = { [path]: await sha256Hex(bytes) };
    const what = `archived ${path}`;
    return {
      what,
      event: { event: "edit", path, what },
      async write() {
        const { status, summary, paths } = await archiveGoal(profile, id, digests);
        if (status === "failed") throw new UserError(summary);
        told = paths.join(", now ");
      },
    };
  }, signal);
  return told;
}

/** The file of a goal. */
export interface FoundGoal {
  /** Relative to the data directory. */
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
  archived: boolean;
}

/**
 * Finds a goal by its id, also in `goals/archive/`.
 *
 * @throws {UserError} listing the goals, where there is none of this id.
 */
export function findGoal({ paths }: Profile, id: string): FoundGoal {
  for (const dir of isId(id) ? ["goals", "goals/archive"] : []) {
    const path = `${dir}/${id}.md`;
    const full = join(paths.dataDir, path);
    if (kindAt(full) === "nothing") continue;
    return { path, bytes: readBytes(full), archived: dir !== "goals" };
  }
  const ids = (dir: string) =>
    listDir(dir).filter(({ name }) => name.endsWith(".md")).map(({ name }) => name.slice(0, -3));
  const open = ids(paths.goals).join(", ") || "none";
  const archived = ids(paths.goalsArchive).join(", ") || "none";
  throw new UserError(`there is no goal ${id}\n  goals: ${open}\n  archived: ${archived}`);
}

/** A goal for a person to look over. */
export interface GoalSummary {
  id: string;
  priority: number;
  /** Its aim in one line; the id where its front matter is broken. */
  goal: string;
  /** How many rules it has. */
  rules: number;
  /** Its rules ask before they run anything, since outside text could have shaped it. */
  untrusted: boolean;
  archived: boolean;
  /** What is wrong with it: its rules do not run; `null`: nothing. */
  error: string | null;
}

/** Lists the goals, as a tick puts them in order; with `all` those in `goals/archive/` after them. */
export async function listGoals(profile: Profile, all: boolean): Promise<GoalSummary[]> {
  const open = await goalsIn(profile, "goals");
  return all ? [...open, ...await goalsIn(profile, "goals/archive")] : open;
}

async function goalsIn(
  profile: Profile,
  dir: "goals" | "goals/archive",
): Promise<GoalSummary[]> {
  const archived = dir === "goals/archive";
  const { goalsArchive } = profile.paths;
  const paths = archived ? { ...profile.paths, goals: goalsArchive } : profile.paths;
  const files = await readGoals({ ...profile, paths });
  // What is broken stands in the list.
  const goals = parseGoals({ ...profile, warn: () => undefined }, files);
  return goals.map((goal) => summaryOf(goal, archived));
}

function summaryOf(
  { id, priority, goal, rules, untrusted, error }: Goal,
  archived: boolean,
): GoalSummary {
  const wrong = error?.replace(`goals/${id}.md: `, "") ?? null;
  // That nobody can read it is what the error says.
  return {
    ...{ id, priority, goal, rules: rules.length },
    untrusted: wrong === null && untrusted,
    archived,
    error: wrong,
  };
}
