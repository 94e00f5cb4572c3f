import { extname, join } from "@std/path";
import { listAsks } from "../inbox/asks.ts";
import type { Profile } from "../profile/profile.ts";
import { hasWorkers } from "../profile/paths.ts";
import { isExpired } from "../schema/ask.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import type { CodeSensor, GoalFile, World } from "../schema/world.ts";
import { namesIn, readGoals, readPlaybook, readSchedules } from "./documents.ts";
import { DEFAULT_GRACE, readLimits } from "./header.ts";
import { surveyDir } from "./list.ts";
import { runCodeSensor, runSensor, SensorBatch, type SensorRun } from "./run_sensor.ts";
import { removeVanished, withGrace, writeSnapshot } from "./snapshot.ts";

/** Options of {@linkcode sense}. */
export interface SenseOptions {
  /** Sensors in code, by name. */
  sensors?: Record<string, CodeSensor>;
  /** Applies messages of sandboxed workers; `worker`: of this one alone. Default: messages stay unread. */
  receive?(worker?: string): Promise<void>;
  /** Leave lost workers as they are. Default `false`: they are continued. */
  dryRun?: boolean;
  /** Kills all sensors when fired. */
  signal?: AbortSignal;
}

/**
 * Observes the world: PLAYBOOK, goals, schedules, asks, workers, and a reading of every sensor, `sensors_at_once` at a time.
 * Claims wake no decision, and are read when one is due. Writes the readings to `snapshots/`. An invalid sensor, goal or ask
 * does not hide the others.
 *
 * @throws {UserError} if there is no PLAYBOOK, a limit in the environment or the name of a sensor in code is invalid, or
 * the configured sandbox is missing.
 * @throws the reason of `signal` once it has fired, since a partial world must not be decided on.
 */
export async function sense(
  profile: Profile,
  options: SenseOptions = {},
): Promise<World<GoalFile>> {
  const { clock, config } = profile;
  if (config.sandbox !== "none") {
    const { sandboxProblem } = await import("../profile/sandbox.ts");
    const problem = sandboxProblem(profile);
    if (problem !== null) throw problem;
  }
  const at = clock.now().toISOString();
  const playbook = await readPlaybook(profile);
  await options.receive?.();
  const runs = await runSensors(profile, options);
  options.signal?.throwIfAborted();
  await leaveSnapshots(profile, runs);
  // Sensors may take a minute; edits and messages that arrive meanwhile belong to this tick.
  await options.receive?.();
  const goals = await readGoals(profile);
  const schedules = await readSchedules(profile);
  const { asks, broken } = await listAsks(profile);
  for (const problem of broken) profile.warn(problem);
  const now = clock.now().toISOString();
  const live = asks.filter((ask) => !isExpired(ask, now));
  const workers = hasWorkers(profile.paths)
    ? await (await import("../workers/reconcile.ts"))
      .reconcileWorkers(profile, live, { ...options, resume: !options.dryRun })
    : [];
  const readings = runs.map((run) => run.reading);
  // A decider must not see whether the user lifts a budget.
  const asked = live.filter((ask) => !ask.hold);
  return { at, playbook, goals, readings, asks: asked, workers, claims: [], schedules };
}

/** Runs all sensors that are due: programs under one supervisor, beside those in code and `.ts` ones. Sorted by name. */
async function runSensors(
  profile: Profile,
  { sensors: inCode = {}, signal }: SenseOptions,
): Promise<SensorRun[]> {
  const limits = readLimits(profile.env);
  const { sensors: files, ignored } = surveyDir(
    profile.paths.sensors,
    await namesIn(profile, profile.paths.sensors),
  );
  for (const { why, fix, meant } of ignored) if (meant) profile.warn(`${why}; ${fix}`);
  const codes = Object.entries(inCode);
  for (const [name] of codes) {
    if (!isId(name)) {
      throw new UserError(`cannot use a sensor in code named ${JSON.stringify(name)}`);
    }
    const twin = files.find((file) => file.name === name);
    if (twin) {
      twin.problem = `${twin.file} and a sensor in code have the same name; rename one`;
    }
  }
  const ofTs = files.filter(({ file }) => extname(file) === ".ts");
  // Each by itself: a .ts sensor may take seconds to list its modules, and its Deno costs far more than a supervisor.
  const apart = [
    ...codes.map(([name, sensor]) => async (): Promise<SensorRun> => ({
      reading: await withGrace(
        profile,
        await runCodeSensor(profile, name, sensor, limits, signal),
        DEFAULT_GRACE,
      ),
      kept: false,
    })),
    ...ofTs.map((sensor) => () => runSensor(profile, sensor, { limits, signal })),
  ];
  const batch = new SensorBatch();
  const begun = await Promise.all(
    files.filter((sensor) => !ofTs.includes(sensor))
      .map((sensor) =>
        batch.begin((capture) => runSensor(profile, sensor, { limits, signal, capture }))
      ),
  );
  const atOnce = profile.config.sensors_at_once;
  const apartAtOnce = Math.min(apart.length, Math.max(1, atOnce >> 1));
  const ranApart = inPool(apart, apartAtOnce, (run) => run());
  // With one at a time the programs wait for the others.
  if (atOnce === apartAtOnce) await ranApart;
  const [ofApart] = await Promise.all([
    ranApart,
    batch.run(profile, atOnce - apartAtOnce || 1, signal),
  ]);
  const ofPrograms = await Promise.all(begun.map(({ result }) => result));
  // A file loses to a sensor in code of the same name, and is reported by its problem.
  const byName = new Map([...ofApart, ...ofPrograms].map((run) => [run.reading.name, run]));
  return [...byName.values()].sort((a, b) => (a.reading.name < b.reading.name ? -1 : 1));
}

async function leaveSnapshots(profile: Profile, runs: SensorRun[]): Promise<void> {
  const { paths, clock, warn } = profile;
  const names = new Set(runs.map(({ reading }) => `${reading.name}.json`));
  try {
    for (const { reading, kept } of runs) if (!kept) await writeSnapshot(profile, reading);
    for (const dir of [paths.snapshots, join(paths.own, "modules")]) {
      await removeVanished(dir, names, clock.now());
    }
  } catch (error) {
    warn(`the snapshots of sensors are not all up to date: ${messageOf(error)}`);
  }
}

/** Does `work` for each item, at most `limit` at the same time; results in the order of the items. */
export async function inPool<T, R>(
  items: T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const lane = async () => {
    // The lanes share one iterator: a free lane takes the next item.
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
