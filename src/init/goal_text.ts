import { stringify } from "@std/yaml";
import { checkGoal } from "../decide/check_goal.ts";
import { sha256Hex } from "../model/sha256.ts";
import { UserError } from "../model/user_error.ts";
import { parseGoal } from "../profile/parse_goal.ts";
import type { RuleText } from "./sensor_rules.ts";

/** A goal to be written. */
export interface GoalText {
  id: string;
  goal: string;
  priority?: number;
  rules?: RuleText[];
  /** Prose for whoever reads the file, and for a decider. */
  notes: string;
}

/**
 * Writes the file of a goal, read back as a tick would before anybody relies on it.
 *
 * @throws {UserError} where the aim cannot stand in a goal.
 */
export async function goalText(
  { id, goal, priority, rules = [], notes }: GoalText,
): Promise<string> {
  const front = stringify({
    goal,
    ...(priority === undefined ? {} : { priority }),
    ...(rules.length === 0 ? {} : { rules }),
  });
  const written = `---\n${front}---\n\n${notes.trim()}\n`;
  const parsed = parseGoal(id, written, await sha256Hex(written));
  const kept = parsed.rules.every(({ when }, i) => when === rules[i].when);
  const wrong = await checkGoal(parsed) ??
    (kept ? null : "a rule is not read back as it was written");
  if (wrong !== null) {
    throw new UserError(`cannot write the goal ${JSON.stringify(goal)}: ${wrong}`);
  }
  return written;
}
