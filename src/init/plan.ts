import { dirname, join, relative } from "@std/path";
import { archiveGoal } from "../act/files.ts";
import { type ComposedSensor, composeSensor } from "../catalogue/render.ts";
import { pickRunner } from "../decide/runners/runner.ts";
import { makeEdit } from "../documents/edit.ts";
import { closeAsk, listAsks } from "../inbox/asks.ts";
import { ensureDir } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { readBytes, readTextIfPresent } from "../os/read.ts";
import { realPath, stat } from "../os/stat.ts";
import { createFile, replaceFile } from "../os/write.ts";
import { dailySchedule, ensureProfile, seededSetupGoal } from "../profile/ensure.ts";
import { appendEvent } from "../profile/journal.ts";
import { type Profile, refreshConfig } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Goal } from "../schema/world.ts";
import { type Answers, configText, hasAny, type Today } from "./answers.ts";
import { workersNetwork } from "./checks.ts";
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

/**
 * Writes what the user confirmed, under the move lock, journaled and committed as an edit of the user. A new profile
 * gets its starter files first.
 *
 * @throws {UserError} if a file changed after it was shown: then nothing is written.
 */
export async function writeSetup(
  profile: Profile,
  { changes, archives }: SetupPlan,
  signal?: AbortSignal,
): Promise<void> {
  const { paths } = profile;
  await ensureProfile(profile);
  await makeEdit(profile, async () => {
    for (const { name, path, expected } of changes) {
      if (await readTextIfPresent(path) === expected) continue;
      throw new UserError(
        `cannot write ${name}: it changed after it was shown, and nothing was written; run looop init again`,
      );
    }
    const inside = changes.filter(({ expected, after }) => expected !== after)
      .map(({ path }) => relative(paths.dataDir, path)).filter((path) => !path.startsWith(".."));
    const files = [...inside, ...archives ? ["goals/setup.md"] : []];
    const event = { event: "init", files };
    const write = async () => {
      for (const change of changes) await writeFile(profile, change);
      if (archives === null) return;
      const digest = await sha256Hex(readBytes(join(paths.goals, "setup.md")));
      await archiveGoal(profile, "setup", { "goals/setup.md": digest });
      await closeSetupAsks(profile, archives);
    };
    if (files.length > 0) {
      return { what: `set up with looop init: ${files.join(", ")}`, event, write };
    }
    // The config is outside the profile, so it is not in its history.
    await write();
    await appendEvent(profile, event);
    return null;
  }, signal);
  // Keeps a copy of the config that was written.
  await refreshConfig(profile);
}

async function writeFile(
  { paths }: Profile,
  { path, expected, after }: FileChange,
): Promise<void> {
  if (expected === after) return;
  const mode = dirname(path) === paths.sensors ? 0o700 : 0o600;
  ensureDir(dirname(path));
  if (expected === null) return await createFile(path, after, mode);
  // A symlink stays one.
  const target = stat(path)?.isSymlink ? await realPath(path) ?? path : path;
  await replaceFile(target, after, { mode });
}

/** Closes open asks of the starter goal's rules, which the starter goal of 0.1.0 had. */
async function closeSetupAsks(profile: Profile, { rules }: Goal): Promise<void> {
  const questions = rules.flatMap(({ do: move }) => move.action === "ask" ? [move.question] : []);
  using _ = await lock(profile.paths.asksLock);
  const { asks } = await listAsks(profile);
  for (const ask of asks) {
    const isOfSetup = ask.worker === undefined && ask.kind === "question" &&
      questions.includes(ask.question);
    if (isOfSetup && !ask.answer) await closeAsk(profile, ask, "set_up");
  }
}
