import { compileExpression } from "../cel/compile.ts";
import { GOAL_VARIABLES, ruleValues } from "../cel/variables.ts";
import { checkGoal } from "../decide/rules.ts";
import { lastFlapping } from "../diff/diff.ts";
import { parseGoal } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { type Goal, signalOf } from "../schema/world.ts";
import { readGoals, readPlaybook } from "../sense/documents.ts";
import { readLimits } from "../sense/header.ts";
import { listSensors, type Sensor } from "../sense/list.ts";
import { inPool } from "../sense/sense.ts";
import { readSnapshots } from "../sense/snapshot.ts";
import { type SensorTest, testSensor } from "../sense/test_sensor.ts";
import {
  attempt,
  type Check,
  type CheckInput,
  fail,
  type Finding,
  ok,
  plural,
  warn,
} from "./check.ts";

/** Checks PLAYBOOK.md, the goals and their rules, which it evaluates on the readings of the last tick. */
export const checkGoals: Check = {
  name: "goals",
  needsProfile: true,
  async run({ profile }) {
    const playbook = await attempt("playbook", async () => {
      await readPlaybook(profile);
      return [ok("playbook", profile.paths.playbook)];
    });
    const goals = await parsed(profile);
    const values = await valuesOf(profile, goals);
    const findings = await Promise.all(goals.map((goal) => inspectGoal(profile, goal, values)));
    const rules = goals.reduce((sum, goal) => sum + goal.rules.length, 0);
    const wrong = findings.flat();
    const all = `${goals.length}, with ${plural(rules, "rule")}`;
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

/** @param values what its rules would read; `null`: unknown before the first tick */
async function inspectGoal(
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
    // A rule may refer to a worker that does not exist now.
    if (!compiled.ok || compiled.expression.reads.some((read) => read.startsWith("worker:"))) {
      continue;
    }
    const evaluation = compiled.expression.evaluate(values);
    if (evaluation.ok) continue;
    const found =
      `goals/${goal.id}.md: rule ${name} is ignored: on the readings of the last tick ` +
      `it cannot be evaluated: ${evaluation.error}`;
    findings.push(warn("goals", profile.mask(found), `edit ${path}; looop help goals`));
  }
  return findings;
}

/** The values that a rule would read now; `null` before the first tick, when every sensor is unknown. */
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

/** Runs every sensor as a tick would, regardless of its interval, and discards the readings. */
export const checkSensors: Check = {
  name: "sensors",
  needsProfile: true,
  needsConfig: true,
  // Each sensor has its own timeout.
  deadlineMs: null,
  async run(input) {
    const { paths, config, env } = input.profile;
    try {
      readLimits(env);
    } catch (error) {
      const fix = "change or unset it (looop help environment)";
      return [fail("sensors", messageOf(error), fix)];
    }
    const sensors = await listSensors(paths.sensors);
    if (sensors.length === 0) {
      const found = `there is none in ${paths.sensors}: the loop reads only goals and answers`;
      return [warn("sensors", found, "looop sensor add")];
    }
    const flapping = await lastFlapping(input.profile);
    const inspect = (one: Sensor) => inspectSensor(one, flapping.includes(one.name), input);
    return (await inPool(sensors, config.sensors_at_once, inspect)).flat();
  },
};

async function inspectSensor(
  sensor: Sensor,
  flaps: boolean,
  { profile, signal }: CheckInput,
): Promise<Finding[]> {
  const check = `sensor ${sensor.name}`;
  if (sensor.problem !== undefined) {
    const mode = /not executable/.test(sensor.problem);
    const fix = mode ? `chmod 700 ${sensor.path}` : `ls -la ${sensor.path}`;
    return [fail(check, sensor.problem, fix)];
  }
  return await attempt(check, async () => {
    const test = await testSensor(profile, sensor.file, signal);
    return judge(check, sensor, test, flaps);
  });
}

function judge(check: string, { name, path }: Sensor, test: SensorTest, flaps: boolean): Finding[] {
  const { reading: { result, ms }, limits, missing, permissions } = test;
  const refused = permissions?.refused ?? [];
  const words = refused.map((access) => `allow-${access.replace(" ", "=")}`).join(" ");
  const allow = `to allow it, write "// looop: ${words}" at the head of ${path}`;
  const why = `it was refused ${refused.join(", ")}`;
  if (!result.ok) {
    if (refused.length === 0) return [fail(check, result.error, `looop sensor test ${name}`)];
    // Some errors name the permission already.
    const isNamed = result.error.includes("allow-");
    return [fail(check, isNamed ? result.error : `${result.error}; ${why}`, allow)];
  }
  const findings: Finding[] = [];
  if (refused.length > 0) findings.push(warn(check, why, allow));
  if (missing.length > 0) {
    const fix = missing.map((name) => `export ${name}=…`).join("; ");
    const found = `its header names variables that are not set: ${missing.join(", ")}`;
    findings.push(warn(check, found, fix));
  }
  const took = `${ms.toLocaleString("en")} ms of ${limits.timeoutMs / 1000} s`;
  if (ms > limits.timeoutMs / 2) {
    const fix = `make it faster, or write "looop: timeout=S" in a comment at the head of ${path}`;
    findings.push(warn(check, `slow: ${took}`, fix));
  }
  if (flaps) {
    const found = "its signal changed on each of the last 5 ticks, so alone it wakes the loop at " +
      "most every 10 minutes";
    findings.push(warn(check, found, `print only what matters as its "signal": edit ${path}`));
  }
  if (findings.length > 0) return findings;
  const own = Object.hasOwn(result.value, "signal");
  return [ok(check, own ? took : `${took}; it has no signal, so any change wakes the loop`)];
}
