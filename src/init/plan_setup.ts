import { join } from "@std/path";
import { type ComposedSensor, composeSensor } from "../compose_sensor.ts";
import { pickRunner } from "../decide/pick_runner.ts";
import { findProgram } from "../host/find_program.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { seededSetupGoal } from "../profile/seed_profile.ts";
import type { Answers } from "./answers.ts";
import { configText } from "./config_text.ts";
import type { Today } from "./find_today.ts";
import { hasAny } from "./has_any.ts";
import { planGoals } from "./plan_goals.ts";
import { addPlaybookLines } from "./playbook_lines.ts";
import type { FileChange, SensorNeeds, SetupPlan } from "./setup_plan.ts";
import { workersNetwork } from "./workers_network.ts";

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
  const picked = await pickRunner({ ...profile, config });
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
    const before = await readTextIfThere(path);
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
  if (there === file && await readTextIfThere(path) === text) return;
  throw new UserError(
    `cannot add the sensor ${name}: sensors/${there} is there, and is kept; call this one otherwise, with as=NAME, ` +
      `or change that one with looop sensor add --force`,
  );
}

function sameJson(a: string, b: string): boolean {
  return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
}
