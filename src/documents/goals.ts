import { join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { readBytes } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import { parseGoals } from "../profile/goal_file.ts";
import { explainedHistory, requireRepository, type Revision } from "../profile/history.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import { type GoalRecord, type GoalRecords, percentOf } from "../schema/progress.ts";
import type { GoalStatus } from "../schema/status.ts";
import { INITIAL_STATE } from "../schema/state.ts";
import type { Goal } from "../schema/world.ts";
import { readGoals } from "../sense/documents.ts";

/**
 * Finds a goal by its id, also in `goals/archive/`.
 *
 * @returns its file, with the path relative to the data directory.
 * @throws {UserError} listing the goals, if there is none of this id.
 */
export function findGoal({ paths }: Profile, id: string) {
  for (const dir of isId(id) ? ["goals", "goals/archive"] : []) {
    const path = `${dir}/${id}.md`;
    const full = join(paths.dataDir, path);
    if (kindAt(full) === "nothing") continue;
    return { path, bytes: readBytes(full), archived: dir !== "goals" };
  }
  const open = goalIds(paths.goals).join(", ") || "none";
  const archived = goalIds(paths.goalsArchive).join(", ") || "none";
  throw new UserError(`there is no goal ${id}\n  goals: ${open}\n  archived: ${archived}`);
}

/**
 * Lists the commits that changed a goal, also in the archive, newest first.
 *
 * @throws {UserError} if there is no history, or the goal is not in it.
 */
export async function goalHistory(profile: Profile, id: string): Promise<Revision[]> {
  requireRepository(profile, `list the history of goal ${id}`);
  // Another archived goal may have had the name.
  const archived = `goals/archive/${id}`;
  const revisions = isId(id)
    ? await explainedHistory(profile, [`goals/${id}.md`, `${archived}.md`, `${archived}-[0-9]*.md`])
    : [];
  if (revisions.length === 0) findGoal(profile, id);
  return revisions;
}

/** Lists the ids of the goals in a directory. */
export function goalIds(dir: string): string[] {
  return listDir(dir).flatMap(({ name }) => /^([^.].*)\.md$/.exec(name)?.[1] ?? []);
}

/** One line of `looop goal ls`. */
export interface GoalSummary extends GoalStatus {
  untrusted: boolean;
  /** The number of its rules. */
  rules: number;
  archived: boolean;
}

/** Lists the goals in the order of a tick, with `all` followed by those in `goals/archive/`. */
export async function listGoals(profile: Profile, all: boolean): Promise<GoalSummary[]> {
  // An unreadable state is reported by the next tick.
  const { goals } = await readState(profile).catch(() => INITIAL_STATE);
  const open = await goalsIn(profile, "goals", goals);
  return all ? [...open, ...await goalsIn(profile, "goals/archive", {})] : open;
}

async function goalsIn(
  profile: Profile,
  dir: "goals" | "goals/archive",
  records: GoalRecords,
): Promise<GoalSummary[]> {
  const archived = dir === "goals/archive";
  const goals = archived ? profile.paths.goalsArchive : profile.paths.goals;
  const files = await readGoals({ ...profile, paths: { ...profile.paths, goals } });
  // The list has a column for errors.
  const parsed = parseGoals({ ...profile, warn: () => undefined }, files);
  return parsed.map((one) => {
    const { id, priority, goal, rules, untrusted, error } = one;
    return {
      ...{ id, priority, goal, rules: rules.filter(({ ends }) => !ends).length, archived },
      // A broken goal counts as untrusted, but here only its error matters.
      untrusted: error === undefined && untrusted,
      error: error?.replace(`goals/${id}.md: `, "") ?? null,
      ...progressOf(one, records[id]),
    };
  });
}

function progressOf(
  { metric, due, budget_usd }: Goal,
  record: GoalRecord | undefined,
): Partial<GoalStatus> {
  const { from, to } = metric ?? {};
  const last = record?.metric;
  return {
    ...(metric && {
      metric: {
        ...{ value: last?.value ?? null, at: last?.at ?? null, from: from ?? null, to: to ?? null },
        percent: last ? percentOf(last.value, { from, to }) : null,
      },
    }),
    ...(due !== undefined && { due, ...(record?.due === due && { overdue: true }) }),
    ...(record?.stalled !== undefined && { stalled_since: record.stalled }),
    ...(record?.holds !== undefined && { done_since: record.holds }),
    ...(budget_usd !== undefined && { budget_usd }),
  };
}
