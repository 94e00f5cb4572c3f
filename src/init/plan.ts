import { join } from "@std/path";
import { type ComposedSensor, composeSensor } from "../catalogue/render.ts";
import { pickRunner } from "../decide/runners/presets.ts";
import { readTextIfPresent } from "../os/read.ts";
import { dailySchedule, seededSetupGoal } from "../profile/ensure.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import type { Goal } from "../schema/world.ts";
import { type Answers, configText } from "./answers.ts";
import { workersNetwork } from "./checks.ts";
import { hasAny, type Today } from "./current.ts";
import { planGoals } from "./goals.ts";
import { addPlaybookLines } from "./playbook.ts";

/**
 * Computes the files to write for these answers. Read-only.
 *
 * Starter files and sensors come first and the config last, so that an interrupted setup asks for less the next time.
 *
 * @throws {UserError} if a sensor of that name exists with other settings, or an answer cannot be used.
 */
export async function planSetup(
  profile: Profile,
  answers: Answers,
  today: Today,
): Promise<SetupPlan> {
  const { paths, configPath } = profile;
  const picked = pickRunner(profile, answers.runner);
  const noRunner = picked.runner === null ? picked.why : null;
  const sensors = answers.sensors.map(composeSensor);
  const setup = join(paths.goals, "setup.md");
  // Starter files are shown before they are written, too.
  const files = new Map([...today.seeds].filter(([path]) => path !== setup));
  for (const sensor of sensors) {
    await checkPlace(profile, sensor, today, files);
    files.set(join(paths.sensors, sensor.file), sensor.text);
  }
  const goals = await planGoals(answers.goals, sensors, today, noRunner !== null);
  const daily = join(paths.schedules, "daily.yaml");
  // The rules read it.
  if (noRunner !== null && goals.size > 0 && await readTextIfPresent(daily) === null) {
    files.set(daily, dailySchedule());
  }
  for (const [id, text] of goals) files.set(join(paths.goals, `${id}.md`), text);
  const playbook = addPlaybookLines(today.playbook, answers);
  if (playbook !== today.playbook) files.set(paths.playbook, playbook);
  const network = workersNetwork(profile, answers);
  const configAfter = configText(today.configData, answers, network);
  const isSame = JSON.stringify(today.configData) === JSON.stringify(JSON.parse(configAfter));
  if (today.configText === null || !isSame) files.set(configPath, configAfter);
  const changes: FileChange[] = [];
  for (const [path, after] of files) {
    const before = await readTextIfPresent(path);
    if (before === after) continue;
    changes.push({
      name: path === configPath ? path : path.slice(paths.dataDir.length + 1),
      ...{ path, before, after },
      expected: today.seeds.get(path) ?? before,
    });
  }
  return {
    changes,
    archives: hasAny(answers, today)
      ? today.goals.find(({ id, goal }) => id === "setup" && goal === seededSetupGoal()) ?? null
      : null,
    sensors,
    noRunner,
  };
}

/** An identical sensor is fine, so that the same command can run again. */
async function checkPlace(
  { paths }: Profile,
  { file, text }: ComposedSensor,
  { sensors }: Today,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const name = file.replace(/\.[^.]*$/, "");
  const path = join(paths.sensors, file);
  const present = sensors.get(name);
  if (present === undefined) {
    if (!files.has(path)) return;
    throw new UserError(`cannot add two sensors ${name}; rename one with as=NAME`);
  }
  if (present === file && await readTextIfPresent(path) === text) return;
  throw new UserError(
    `cannot add the sensor ${name}: sensors/${present} exists; rename the new one with as=NAME, ` +
      `or change that one with looop sensor add --force`,
  );
}

/** A file to write. */
export interface FileChange {
  /** Name to show. */
  name: string;
  /** Absolute. */
  path: string;
  /** The current content; `null`: it does not exist. */
  before: string | null;
  /** The content right before the write, by when the starter files exist; `null`: it does not exist. */
  expected: string | null;
  after: string;
}

/** Everything that setting up does once the user confirms. */
export interface SetupPlan {
  /** In the order in which they are written. */
  changes: FileChange[];
  /** The starter goal `setup`, which is archived; `null`: there is none. */
  archives: Goal | null;
  /** The added sensors. */
  sensors: ComposedSensor[];
  /** Why only the goals' own rules would decide; `null`: a runner decides. */
  noRunner: string | null;
}
