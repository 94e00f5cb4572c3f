import { join } from "@std/path";
import { type ComposedSensor, composeSensor } from "../catalogue/render.ts";
import { pickRunner } from "../decide/decide.ts";
import { readTextIfPresent } from "../os/read.ts";
import { findProgram } from "../os/run_tool.ts";
import { seededSetupGoal } from "../profile/ensure.ts";
import type { Profile } from "../profile/profile.ts";
import type { Config } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import { isJsonObject, type JsonObject } from "../schema/json.ts";
import type { Goal } from "../schema/world.ts";
import { workersNetwork } from "./checks.ts";
import { hasAny, type Today } from "./current.ts";
import { planGoals } from "./goals.ts";
import { addPlaybookLines } from "./playbook.ts";
import { type Answers, SAME } from "./questions.ts";

/**
 * Works out which files these answers make of today's; writes nothing.
 *
 * Starter files and sensors come first and the config last: whoever is cut off in between is asked for less the next time.
 *
 * @throws {UserError} where a sensor of that name is there already with other settings, or an answer cannot be used.
 */
export async function planSetup(
  profile: Profile,
  answers: Answers,
  today: Today,
): Promise<SetupPlan> {
  const { paths, configPath } = profile;
  const config = { ...profile.config, runner: answers.runner };
  const picked = pickRunner({ ...profile, config });
  const noRunner = picked.runner === null ? picked.why : null;
  const sensors = answers.sensors.map((order) => ({ order, composed: composeSensor(order) }));
  const setup = join(paths.goals, "setup.md");
  // Of the starter files, too, nothing is written that was not shown.
  const files = new Map([...today.seeds].filter(([path]) => path !== setup));
  for (const { composed } of sensors) {
    await checkPlace(profile, composed, today, files);
    files.set(join(paths.sensors, composed.file), composed.text);
  }
  const watched = sensors.map(({ order: { name, as = name }, composed: { values } }) => ({
    name,
    as,
    values,
  }));
  const goals = await planGoals(answers.goals, watched, today, noRunner !== null);
  for (const [id, text] of goals) files.set(join(paths.goals, `${id}.md`), text);
  const playbook = addPlaybookLines(today.playbook, answers);
  if (playbook !== today.playbook) files.set(paths.playbook, playbook);
  const network = workersNetwork(profile, answers);
  const configAfter = configText(today.configData, answers, network);
  if (today.configText === null || !sameJson(today.configText, configAfter)) {
    files.set(configPath, configAfter);
  }
  const changes: FileChange[] = [];
  for (const [path, after] of files) {
    const before = await readTextIfPresent(path);
    if (before === after) continue;
    changes.push({
      name: path === configPath ? path : path.slice(paths.dataDir.length + 1),
      ...{ path, before, after },
      expected: today.seeds.get(path) ?? before,
      mode: path.startsWith(`${paths.sensors}/`) ? 0o700 : 0o600,
    });
  }
  return {
    changes,
    archives: hasAny(answers, today)
      ? today.goals.find(({ id, goal }) => id === "setup" && goal === seededSetupGoal()) ?? null
      : null,
    needs: await Promise.all(
      sensors.map(({ order, composed }) => needsOf(profile, order.name, composed)),
    ),
    noRunner,
  };
}

/** Programs that catalogue sensors run. */
const PROGRAMS: Readonly<Record<string, string>> = { git: "git", github: "gh" };

function needsOf(
  { env }: Profile,
  name: string,
  { file, env: variables }: ComposedSensor,
): SensorNeeds {
  const program = PROGRAMS[name] ?? null;
  const found = program === null ? null : findProgram(program, env("PATH") ?? "");
  return {
    file,
    // Shell sensors name what they take if it is there.
    variables: file.endsWith(".ts") ? variables : [],
    missing: found === null ? program : null,
  };
}

/** One that is there with these very settings is fine: whoever runs the same again changes nothing. */
async function checkPlace(
  { paths }: Profile,
  { file, text }: ComposedSensor,
  { sensors }: Today,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const name = file.replace(/\.[^.]*$/, "");
  const path = join(paths.sensors, file);
  const there = sensors.get(name);
  if (there === undefined) {
    if (!files.has(path)) return;
    throw new UserError(`cannot add two sensors ${name}: call one otherwise, with as=NAME`);
  }
  if (there === file && await readTextIfPresent(path) === text) return;
  throw new UserError(
    `cannot add the sensor ${name}: sensors/${there} is there, and is kept; call this one otherwise, with as=NAME, ` +
      `or change that one with looop sensor add --force`,
  );
}

function sameJson(a: string, b: string): boolean {
  return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
}

/** A file that setting up writes. */
export interface FileChange {
  /** How it is called where it is shown. */
  name: string;
  /** Absolute. */
  path: string;
  /** What is there now; `null`: nothing. */
  before: string | null;
  /** What stands there when it is written: what was there, or by then the starter file; `null`: nothing. */
  expected: string | null;
  after: string;
  /** Permission bits. */
  mode: number;
}

/** What a sensor needs where looop runs. */
export interface SensorNeeds {
  file: string;
  /** Environment variables. */
  variables: string[];
  /** A program that is not on PATH; `null`: none is missing. */
  missing: string | null;
}

/** All that setting up does once the person has said yes. */
export interface SetupPlan {
  /** In the order in which they are written. */
  changes: FileChange[];
  /** The starter goal that asked for all this goes to the archive; `null`: it is not there. */
  archives: Goal | null;
  /** What the sensors need that looop does not bring along. */
  needs: SensorNeeds[];
  /** Nobody would decide but the goals' own rules: why. */
  noRunner: string | null;
}

/** What of the answers stands in the config. */
export type ConfigAnswers = Pick<Answers, "runner" | "workerRunner" | "usdPerDay" | "sandbox">;

/** What the config says today, defaults included. */
export function configAnswers(data: JsonObject, config: Config): ConfigAnswers {
  const { runner, sandbox, budget } = config;
  const own = data.worker_runner;
  const workerRunner = typeof own === "string" ? own : SAME;
  return { runner, workerRunner, usdPerDay: budget.usd_per_day ?? null, sandbox };
}

/**
 * Writes the config with these answers: what the person has of other keys stays, and so does the order. What is the
 * default, and was not said before, is not said now, but for the runner.
 *
 * @param data today's
 * @param network name of the runner whose workers need the network in the sandbox, where that is to be said
 */
export function configText(data: JsonObject, answers: ConfigAnswers, network?: string): string {
  const { runner, workerRunner, usdPerDay, sandbox } = answers;
  const next: JsonObject = { ...data, runner };
  if (workerRunner === SAME) delete next.worker_runner;
  else next.worker_runner = workerRunner;
  const { usd_per_day: _, ...budget } = objectIn(data.budget);
  if (usdPerDay !== null) next.budget = { ...objectIn(data.budget), usd_per_day: usdPerDay };
  else if (Object.keys(budget).length > 0) next.budget = budget;
  else delete next.budget;
  if (sandbox !== "none" || data.sandbox !== undefined) next.sandbox = sandbox;
  if (network !== undefined) {
    const runners = objectIn(data.runners);
    next.runners = { ...runners, [network]: { ...objectIn(runners[network]), network: true } };
  }
  return `${JSON.stringify(next, null, 2)}\n`;
}

function objectIn(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
