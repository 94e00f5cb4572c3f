import { checkGoal } from "../decide/check_goal.ts";
import { compileExpression } from "../expr/compile_expression.ts";
import { ruleValues } from "../expr/rule_values.ts";
import { GOAL_VARIABLES } from "../expr/variables.ts";
import { messageOf } from "../model/user_error.ts";
import type { Goal } from "../model/goal.ts";
import { signalOf } from "../model/reading.ts";
import { parseGoal } from "../profile/parse_goal.ts";
import type { Profile } from "../profile/profile.ts";
import { readGoals } from "../sense/read_goals.ts";
import { readPlaybook } from "../sense/read_playbook.ts";
import { readSnapshots } from "../sense/snapshot.ts";
import type { Check } from "./check.ts";
import { fail, type Finding, fromMessage, ok, warn } from "./finding.ts";

/** Looks at PLAYBOOK.md, the goals and their rules: also at what these say to what the last tick saw. */
export const checkGoals: Check = {
  name: "goals",
  needsProfile: true,
  async run({ profile }) {
    const playbook = await readPlaybook(profile).then(
      () => [ok("playbook", profile.paths.playbook)],
      (error) => [fromMessage("fail", "playbook", messageOf(error))],
    );
    const goals = await parsed(profile);
    const values = await valuesOf(profile, goals);
    const findings = await Promise.all(goals.map((goal) => look(profile, goal, values)));
    const rules = goals.reduce((sum, goal) => sum + goal.rules.length, 0);
    const wrong = findings.flat();
    const all = `${goals.length}, with ${rules} ${rules === 1 ? "rule" : "rules"}`;
    return [...playbook, ...(wrong.length > 0 ? wrong : [ok("goals", all)])];
  },
};

async function parsed(profile: Profile): Promise<Goal[]> {
  return (await readGoals(profile)).map(({ id, text, exact = text, digest, error }) =>
    error === undefined
      ? parseGoal(id, exact, digest)
      : { ...{ id, text, digest, error, goal: id, priority: 0, rules: [] }, untrusted: true }
  );
}

/** @param values what its rules would read; `null`: nobody knows yet */
async function look(
  profile: Profile,
  goal: Goal,
  values: Record<string, unknown> | null,
): Promise<Finding[]> {
  const path = `${profile.paths.goals}/${goal.id}.md`;
  const wrong = await checkGoal(goal);
  if (wrong !== null) {
    const found = profile.mask(wrong);
    return [fail("goals", found, `edit ${path}; looop help goals`)];
  }
  if (values === null) return [];
  const findings: Finding[] = [];
  for (const { name, when } of goal.rules) {
    const compiled = await compileExpression(when, GOAL_VARIABLES);
    // Workers come and go: what a rule says of one that is not there just now is no fault.
    if (!compiled.ok || compiled.expression.reads.some((read) => read.startsWith("worker:"))) {
      continue;
    }
    const evaluation = compiled.expression.evaluate(values);
    if (evaluation.ok) continue;
    const found = `goals/${goal.id}.md: rule ${name} does not match, since on what the last tick ` +
      `saw it cannot be evaluated: ${evaluation.error}`;
    findings.push(warn("goals", profile.mask(found), `edit ${path}; looop help goals`));
  }
  return findings;
}

/** What a rule would read now; `null` before the first tick, when every sensor is unknown. */
async function valuesOf(
  { paths, clock }: Profile,
  goals: Goal[],
): Promise<Record<string, unknown> | null> {
  const readings = await readSnapshots(paths.snapshots);
  if (readings.length === 0) return null;
  return ruleValues({
    ...{ goals, workers: [], changed: [], tainted: false, runner: "none" },
    wakes: Object.fromEntries(readings.map((one) => [`sensor:${one.name}`, signalOf(one)])),
    now: clock.now(),
  });
}
