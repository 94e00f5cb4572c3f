import type { Goal } from "./model/goal.ts";
import { parseGoals } from "./profile/parse_goals.ts";
import type { Profile } from "./profile/profile.ts";
import { readGoals } from "./sense/read_goals.ts";

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
  folder: "goals" | "goals/archive",
): Promise<GoalSummary[]> {
  const archived = folder === "goals/archive";
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
