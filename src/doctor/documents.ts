import { compileRule } from "../cel/compile.ts";
import { ruleValues } from "../cel/variables.ts";
import { checkGoal } from "../decide/rules.ts";
import { lastFlapping } from "../diff/diff.ts";
import { parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { parseSchedule, schedulePitfalls } from "../profile/schedule_file.ts";
import { nextSlots } from "../profile/slots.ts";
import { messageOf } from "../schema/errors.ts";
import { plural } from "../schema/text.ts";
import { type Goal, signalOf } from "../schema/world.ts";
import { readGoals, readPlaybook, readSchedules } from "../sense/documents.ts";
import { readLimits } from "../sense/header.ts";
import { type Sensor, surveyDir } from "../sense/list.ts";
import { inPool } from "../sense/sense.ts";
import { exactReadings } from "../sense/snapshot.ts";
import { testSensor } from "../sense/test_sensor.ts";
import { attempt, type Check, type CheckInput, fail, type Findings, ok, warn } from "./check.ts";

/** Checks PLAYBOOK.md, the goals and their rules, which it evaluates on the readings of the last tick. */
export const checkGoals: Check = {
  name: "goals",
  needsProfile: true,
  async *run({ profile }) {
    yield* attempt(async function* () {
      await readPlaybook(profile);
      yield ok(profile.paths.playbook, "playbook");
    }, "playbook");
    const misnamed: string[] = [];
    const files = await readGoals({ ...profile, warn: (text) => void misnamed.push(text) });
    for (const found of misnamed) yield warn(found, `ls ${profile.paths.goals}; looop help goals`);
    const goals = parseGoals({ ...profile, warn: () => undefined }, files);
    const values = await valuesOf(profile, goals);
    for (const goal of goals) yield* inspectGoal(profile, goal, values);
    const rules = goals.reduce((sum, goal) => sum + goal.rules.length, 0);
    return `${goals.length}, with ${plural(rules, "rule")}`;
  },
};

/** Checks the schedules. */
export const checkSchedules: Check = {
  name: "schedules",
  needsProfile: true,
  async *run({ profile }) {
    const misnamed: string[] = [];
    const schedules = await readSchedules({ ...profile, warn: (text) => void misnamed.push(text) });
    for (const found of misnamed) yield warn(found, `ls ${profile.paths.schedules}`);
    for (const { name, text, exact, error } of schedules) {
      const path = `schedules/${name}.yaml`;
      const parsed = error ?? parseSchedule(name, exact ?? text);
      const fix = `edit ${profile.paths.dataDir}/${path}; looop help schedules`;
      if (typeof parsed === "string") yield fail(profile.mask(error ?? `${path}: ${parsed}`), fix);
      else if (nextSlots(parsed, profile.clock.now(), 1).length === 0) {
        yield warn(`${path} has no slot any more`, `looop schedule rm ${name}`);
      }
      const pitfalls = error === undefined ? schedulePitfalls(exact ?? text) : [];
      for (const pitfall of pitfalls) yield warn(profile.mask(`${path}: ${pitfall}`), fix);
    }
    return `${schedules.length}`;
  },
};

/** @param values what its rules would read; `null`: unknown before the first tick */
async function* inspectGoal(
  profile: Profile,
  goal: Goal,
  values: Record<string, unknown> | null,
): Findings {
  const path = `${profile.paths.goals}/${goal.id}.md`;
  const wrong = await checkGoal(goal);
  const fix = `edit ${path}; looop help goals`;
  if (wrong !== null) yield fail(profile.mask(wrong), fix);
  if (wrong !== null || values === null) return;
  for (const rule of goal.rules) {
    const { name } = rule;
    const compiled = await compileRule(goal, rule);
    // A rule may refer to a worker that does not exist now, or a schedule that is not due.
    const isAbsent = (read: string) => /^(worker|schedule):/.test(read);
    if (!compiled.ok || compiled.expression.reads.some(isAbsent)) continue;
    const evaluation = compiled.expression.evaluate(values);
    if (evaluation.ok) continue;
    const found =
      `goals/${goal.id}.md: rule ${name} is ignored: on the readings of the last tick ` +
      `it cannot be evaluated: ${evaluation.error}`;
    yield warn(profile.mask(found), fix);
  }
}

/** The values that a rule would read now; `null` before the first tick, when every sensor is unknown. */
async function valuesOf(
  profile: Profile,
  goals: Goal[],
): Promise<Record<string, unknown> | null> {
  const readings = await exactReadings(profile);
  if (readings.length === 0) return null;
  return ruleValues({
    ...{ goals, workers: [], changed: [], tainted: false, runner: "none" },
    wakes: Object.fromEntries(
      readings.map((one) => [`sensor:${one.name}`, signalOf(one, { exact: true })]),
    ),
    now: profile.clock.now(),
  });
}

/** Runs every sensor as a tick would, regardless of its interval, and discards the readings. */
export const checkSensors: Check = {
  name: "sensors",
  needsProfile: true,
  needsConfig: true,
  // Each sensor has its own timeout.
  deadlineMs: null,
  async *run(input) {
    const { paths, config, env } = input.profile;
    try {
      readLimits(env);
    } catch (error) {
      return yield fail(messageOf(error), "change or unset it (looop help environment)");
    }
    const { sensors, ignored } = surveyDir(paths.sensors);
    for (const { why, fix } of ignored) yield warn(why, fix);
    if (sensors.length === 0) {
      const found = `there is none in ${paths.sensors}: the loop reads only goals and answers`;
      return yield warn(found, "looop sensor add");
    }
    const flapping = await lastFlapping(input.profile);
    const inspect = async (one: Sensor) => {
      const check = `sensor ${one.name}`;
      const part = () => inspectSensor(one, flapping.includes(one.name), input);
      const found = await Array.fromAsync(attempt(part));
      return found.map((finding) => ({ ...finding, check }));
    };
    yield* (await inPool(sensors, config.sensors_at_once, inspect)).flat();
  },
};

async function* inspectSensor(
  { name, file, path, problem }: Sensor,
  flaps: boolean,
  { profile, signal }: CheckInput,
): Findings {
  if (problem !== undefined) {
    return yield fail(problem, `ls -la ${path}`);
  }
  const { reading: { result, ms }, limits, missing, permissions } = await testSensor(
    profile,
    file,
    signal,
  );
  const refused = permissions?.refused ?? [];
  const words = refused.map((access) => `allow-${access.replace(" ", "=")}`).join(" ");
  const allow = `to allow it, write "// looop: ${words}" at the head of ${path}`;
  const why = `it was refused ${refused.join(", ")}`;
  if (!result.ok) {
    if (refused.length === 0) return yield fail(result.error, `looop sensor test ${name}`);
    // Some errors name the permission already.
    const isNamed = result.error.includes("allow-");
    return yield fail(isNamed ? result.error : `${result.error}; ${why}`, allow);
  }
  if (refused.length > 0) yield warn(why, allow);
  if (missing.length > 0) {
    const fix = missing.map((name) => `export ${name}=…`).join("; ");
    yield warn(`its header names variables that are not set: ${missing.join(", ")}`, fix);
  }
  const took = `${ms.toLocaleString("en")} ms of ${limits.timeoutMs / 1000} s`;
  const isSlow = ms > limits.timeoutMs / 2;
  if (isSlow) {
    const fix = `make it faster, or write "looop: timeout=S" in a comment at the head of ${path}`;
    yield warn(`slow: ${took}`, fix);
  }
  if (flaps) {
    const found = "its signal changed on each of the last 5 ticks, so alone it wakes the loop at " +
      "most every 10 minutes";
    yield warn(found, `print only what matters as its "signal": edit ${path}`);
  }
  if (refused.length > 0 || missing.length > 0 || isSlow || flaps) return;
  const own = Object.hasOwn(result.value, "signal");
  yield ok(own ? took : `${took}; it has no signal, so any change wakes the loop`);
}
