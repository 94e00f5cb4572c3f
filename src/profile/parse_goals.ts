import type { Goal, GoalFile } from "../model/goal.ts";
import { parseGoal } from "./parse_goal.ts";
import type { Profile } from "./profile.ts";

/** Parses goals, by priority (larger first), then by id; tells the person of those that are broken. */
export function parseGoals({ warn }: Profile, files: GoalFile[]): Goal[] {
  const goals = files.map((file) => file.error === undefined ? parse(file) : unreadable(file));
  for (const { error } of goals) if (error !== undefined) warn(error);
  return goals.sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
}

function parse({ id, text, exact = text, digest }: GoalFile): Goal {
  return { ...parseGoal(id, exact, digest), text };
}

/** What nobody can read may have been written by anyone. */
function unreadable(file: GoalFile): Goal {
  return { ...file, goal: file.id, priority: 0, rules: [], untrusted: true };
}
