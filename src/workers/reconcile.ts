import { closeWorkerAsks } from "../inbox/asks.ts";
import { OutputTail } from "../mask/stream.ts";
import { removeFile } from "../os/dirs.ts";
import { tryLock } from "../os/lock.ts";
import { runProgram } from "../os/run_program.ts";
import { stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { childEnv } from "../profile/child_env.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { messageOf } from "../schema/errors.ts";
import type { Verification, Worker, WorkerRecord } from "../schema/worker.ts";
import { reapClaims } from "./claims.ts";
import { enforceWorkerBudget } from "./enforce.ts";
import { hasWorkers, type WorkerFiles, writeEnd } from "./files.ts";
import { listWorkers, type Observed, observeFleet } from "./list.ts";
import { meterWorker } from "./meter.ts";
import { pruneWorkers, RETENTION_DAYS } from "./replace.ts";
import { verifyArgv } from "./sandbox.ts";
import { lostEnd } from "./state.ts";
import { endTree } from "./stop.ts";

/**
 * Looks at the workers, stops those that cost too much, and does what follows the end of one, once: its `verify`
 * runs, its spend goes into the ledger, its open asks and claims end with it, and those archived for three days are
 * removed.
 *
 * A fleet that cannot be listed is told, and counts as unseen: nobody is lost for that.
 *
 * @param receive applies what an ended worker has still sent
 * @returns the workers that are not archived, by id.
 */
export async function reconcileWorkers(
  profile: Profile,
  asks: readonly Ask[],
  signal?: AbortSignal,
  receive?: (worker: string) => Promise<void>,
): Promise<Worker[]> {
  if (!hasWorkers(profile.paths)) return [];
  try {
    await enforceWorkerBudget(profile);
    const settled = new Set(await finalizeWorkers(profile, signal, receive));
    const workers = await listWorkers(profile, { asks });
    for (const worker of workers) {
      if (worker.alive) continue;
      await closeWorkerAsks(profile, worker.id, worker.generation);
      // Not only those settled just now: a crash may have come in between, and it is done once.
      await meterWorker(profile, worker);
    }
    await reapClaims(profile, new Map(workers.map(({ id, state }) => [id, state])));
    if (settled.size > 0) {
      await pruneWorkers(profile, { olderThanDays: RETENTION_DAYS });
    }
    return workers;
  } catch (error) {
    if (signal?.aborted) throw error;
    profile.warn(`the workers cannot be seen: ${messageOf(error)}`);
    return [];
  }
}

/**
 * Does once what follows the end of a worker: writes how it ended, ends what it left running and its session,
 * and runs its `verify`. Safe to do twice, and in two looops at a time.
 *
 * @param signal stops `verify`, which has then not passed
 * @param receive applies what an ended worker has still sent
 * @returns ids of the workers that it did this for.
 * @throws {UserError} where nobody knows who lives.
 */
export async function finalizeWorkers(
  profile: Profile,
  signal?: AbortSignal,
  receive?: (worker: string) => Promise<void>,
): Promise<string[]> {
  const fleet = unsettled(await observeFleet(profile));
  if (fleet.length === 0) return [];
  const ids = new Set(fleet.map(({ facts }) => facts.record.id));
  // Only now do sessions and leftovers of those matter whose files told all.
  const looked = (await observeFleet(profile, { thorough: true }))
    .filter((worker) => ids.has(worker.facts.record.id) && hasEnded(worker));
  const settled = await Promise.all(
    looked.map((worker) => settle(profile, worker, signal, receive)),
  );
  return settled.flatMap((id) => id ?? []);
}

function unsettled(fleet: Observed[]): Observed[] {
  return fleet.filter((worker) => hasEnded(worker) && stat(worker.files.settled) === null);
}

/** Without an end, but with neither session nor process, it is lost. */
function hasEnded({ end, session, process }: Observed): boolean {
  return end !== null || (!process && (session === null || session.dead));
}

async function settle(
  profile: Profile,
  { files, facts, end, session, process }: Observed,
  signal?: AbortSignal,
  receive?: (worker: string) => Promise<void>,
): Promise<string | null> {
  const { id, generation } = facts.record;
  try {
    await writeEnd(files, end ?? lostEnd(facts));
    await removeFile(files.killing);
    if (process || session) {
      const left = await endTree(profile, { files, generation, session });
      if (left.length > 0) {
        profile.warn(`worker ${id} ended, but left what does not die: ${left.join(", ")}`);
      }
    }
    // Its asks, its cost: afterwards they would come too late.
    await receive?.(id);
    if (!await verifyWorker(profile, facts.record, files, signal)) return null;
    await replaceFile(files.settled, "");
    await appendEvent(profile, { event: "worker_end", worker: id });
    return id;
  } catch (error) {
    profile.warn(`cannot settle worker ${id}, will try again: ${messageOf(error)}`);
    return null;
  }
}

/** What is to be known of a worker for its `verify`. */
type Verifiable = Pick<WorkerRecord, "id" | "verify" | "verify_access" | "sandbox">;

/** Seconds after which `verify` is killed. */
const TIMEOUT_S = 60;
/** The status of what cannot be started, as a shell has it. */
const NOT_STARTED = 126;
/** How many characters of its output are kept. */
const TAIL = 2048;

/**
 * Runs the `verify` command of a worker that ended, unless that was done before, and keeps its result. It never
 * runs twice: where looop died meanwhile, the result is that it did not pass.
 *
 * @returns `false` where another looop is just running it.
 */
export async function verifyWorker(
  profile: Profile,
  record: Verifiable,
  files: WorkerFiles,
  signal?: AbortSignal,
): Promise<boolean> {
  const { verify } = record;
  if (verify === null || stat(files.verification) !== null) return true;
  using lock = await tryLock(files.verifyLock);
  if (!lock) return false;
  if (stat(files.verification) !== null) return true;
  const begun = stat(files.verifying) !== null;
  if (!begun) await replaceFile(files.verifying, "");
  const result = begun
    ? failed(137, "looop was stopped while this ran; it is not run again")
    : await runVerify(profile, { ...record, verify }, files, signal);
  await replaceFile(files.verification, JSON.stringify(result) + "\n");
  return true;
}

async function runVerify(
  profile: Profile,
  record: Verifiable & { verify: string },
  files: WorkerFiles,
  signal?: AbortSignal,
): Promise<Verification> {
  const { id, verify, verify_access: access, sandbox } = record;
  const kept = new OutputTail(profile.mask, TAIL);
  let argv: string[];
  try {
    argv = await verifyArgv(profile, record, files, ["bash", "-c", verify]);
  } catch (error) {
    return failed(NOT_STARTED, messageOf(error));
  }
  const { status, ending } = await runProgram({
    argv,
    cwd: profile.paths.dataDir,
    env: {
      ...childEnv(profile, access.env),
      ...{ LOOOP_SESSION_ID: id, TERM: "dumb", NO_COLOR: "1" },
      ...(sandbox === "none" ? {} : { LOOOP_WORKTREE: files.worktree }),
    },
    deadlineMs: TIMEOUT_S * 1000,
    signal,
    onStdout: kept.stream(),
    onStderr: kept.stream(),
  });
  const output = kept.text();
  if (ending === "deadline") return failed(status, `${output}\nwas killed after ${TIMEOUT_S} s`);
  if (ending === "killed") return failed(status, `${output}\nwas stopped with looop`);
  return { passed: status === 0, exit_code: status, output_tail: output };
}

function failed(exit_code: number, output: string): Verification {
  return { passed: false, exit_code, output_tail: output.trim().slice(-TAIL) };
}

/** What looking after workers needs, to be loaded in one go once there are some. */
