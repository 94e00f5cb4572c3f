import { join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { listProcesses, type Process } from "../os/processes.ts";
import { readTextIfThere } from "../os/read.ts";
import { ownPid } from "../os/self.ts";
import { realPath } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { type WorkerRecord, workerSchema } from "../schema/worker.ts";

/** `ps` counts from the boot time, which moves when the clock is set right. */
const CLOCK_DRIFT_MS = 5000;

/**
 * Tells the worker of this profile that looop was called from, by its environment, by those of the processes
 * above it, or by a worker's wrapper among them; `null`: by none. What has cut itself off from all of these
 * is not found.
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

/** The worker among the processes that looop was called from, as far as they can be seen; `null`: none. */
async function ancestorWorker(profile: Profile): Promise<string | null> {
  const workers = await readRecords(profile);
  if (workers.length === 0) return null;
  let table: Map<number, Process>;
  try {
    table = await listProcesses(profile.environment);
  } catch (error) {
    profile.warn(`cannot tell whether this runs inside a worker: ${messageOf(error)}`);
    return null;
  }
  const line = lineage(ownPid(), table);
  return workers.find((worker) => line.some((process) => isOf(worker, process)))?.id ?? null;
}

/** A process and all above it. */
function lineage(pid: number, table: Map<number, Process>): (Process & { pid: number })[] {
  const line = new Map<number, Process & { pid: number }>();
  for (let at = pid; !line.has(at);) {
    const process = table.get(at);
    if (!process) break;
    line.set(at, { pid: at, ...process });
    at = process.parent;
  }
  return [...line.values()];
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
  const dirs = listDir(paths.workers).filter((entry) => entry.isDirectory);
  const records = dirs.map(({ name }) => readRecord(join(paths.workers, name, "worker.json")));
  return (await Promise.all(records)).filter((record) => record !== null);
}

async function readRecord(path: string): Promise<WorkerRecord | null> {
  try {
    const text = await readTextIfThere(path);
    if (text === null) return null;
    const parsed = workerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // a record that cannot be read names no process; listing the workers tells of it
  }
}

/**
 * Refuses what only the person may do.
 *
 * @param what such as `answer 1a2b3c`
 * @throws {UserError} where looop was called from inside a worker of this profile.
 */
export async function refuseInsideWorker(profile: Profile, what: string): Promise<void> {
  const worker = await callingWorker(profile);
  if (worker === null) return;
  throw new UserError(
    `cannot ${what} from inside worker ${worker}: that is for the person to do, in a terminal of their own`,
  );
}
