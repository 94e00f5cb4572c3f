import { join } from "@std/path";
import { listProcesses, type Process } from "../os/processes.ts";
import { ownPid } from "../os/env.ts";
import { realPath } from "../os/stat.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkerIds } from "../profile/paths.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { type WorkerRecord, workerSchema } from "../schema/worker.ts";

/** `ps` computes start times from the boot time, which moves when the clock is corrected. */
const CLOCK_DRIFT_MS = 5000;

/**
 * Finds the worker of this profile that looop was called from: by the environment of looop or of a process above it,
 * or by a worker's wrapper among those; `null` where there is none. A process detached from all of these is not found.
 */
export async function callingWorker(profile: Profile): Promise<string | null> {
  return await namedByEnvironment(profile) ?? await ancestorWorker(profile);
}

async function namedByEnvironment({ env, paths }: Profile): Promise<string | null> {
  const id = env("LOOOP_SESSION_ID");
  if (id === undefined) return null;
  const dataDir = env("LOOOP_DATA_DIR") ?? paths.dataDir;
  const same = dataDir === paths.dataDir ||
    await realPath(dataDir) === await realPath(paths.dataDir);
  return same ? id : null;
}

/** Finds a worker among the processes above looop, as far as they are visible; `null` where there is none. */
async function ancestorWorker(profile: Profile): Promise<string | null> {
  const workers = await readRecords(profile);
  if (workers.length === 0) return null;
  let table: Map<number, Process>;
  try {
    table = await listProcesses(profile.environment);
  } catch (error) {
    profile.warn(`cannot check whether this runs inside a worker: ${messageOf(error)}`);
    return null;
  }
  const line = lineage(ownPid(), table);
  return workers.find((worker) => line.some((process) => isOf(worker, process)))?.id ?? null;
}

/** A process and its ancestors. */
function lineage(pid: number, table: Map<number, Process>): (Process & { pid: number })[] {
  const process = table.get(pid);
  if (!process) return [];
  // Without it, a process that is its own ancestor does not repeat.
  table.delete(pid);
  return [{ pid, ...process }, ...lineage(process.parent, table)];
}

function isOf({ generation, wrapper }: WorkerRecord, process: Process & { pid: number }): boolean {
  const { pid, started, line } = process;
  return `${line} `.includes(` LOOOP_GENERATION=${generation} `) ||
    (wrapper?.pid === pid && isSameStart(wrapper.started, started));
}

function isSameStart(a: string, b: string): boolean {
  return a === b || Math.abs(Date.parse(a) - Date.parse(b)) <= CLOCK_DRIFT_MS;
}

async function readRecords({ paths }: Profile): Promise<WorkerRecord[]> {
  const read = (id: string) => parseFile(join(paths.workers, id, "worker.json"), workerSchema, "");
  // An invalid record names no process; `listWorkers` reports it.
  const records = listWorkerIds(paths).map((id) => read(id).catch(() => null));
  return (await Promise.all(records)).filter((record) => record !== null);
}

/**
 * Refuses what only the user may do.
 *
 * @param what such as `answer 1a2b3c`
 * @throws {UserError} where looop was called from inside a worker of this profile.
 */
export async function refuseInsideWorker(profile: Profile, what: string): Promise<void> {
  const worker = await callingWorker(profile);
  if (worker === null) return;
  throw new UserError(
    `cannot ${what} from inside worker ${worker}: only the user may do this, in a terminal outside the worker`,
  );
}
