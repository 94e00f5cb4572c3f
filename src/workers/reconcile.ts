import { closeWorkerAsks } from "../inbox/answer.ts";
import { OutputTail } from "../mask/stream.ts";
import { tryLock } from "../os/lock.ts";
import { OutputLimit } from "../os/limits.ts";
import { runProgram } from "../os/run_program.ts";
import { isPresent } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { childEnv } from "../profile/child_env.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import {
  READ_MAX_BYTES,
  READ_TIMEOUT_S,
  type ReadStart,
  startRead,
} from "../profile/read_start.ts";
import type { Ask } from "../schema/ask.ts";
import { messageOf } from "../schema/errors.ts";
import type { Verification, Worker, WorkerRecord } from "../schema/worker.ts";
import { reapClaims } from "./claims.ts";
import { type WorkerFiles, workerFiles } from "./files.ts";
import { listWorkers, type Observed, observeFleet } from "./list.ts";
import { noteUndelivered } from "./messages.ts";
import { meterWorker } from "./meter.ts";
import { pruneWorkers } from "./replace.ts";
import { verifyArgv } from "./sandbox.ts";
import { enforceWorkerBudget } from "./spending.ts";
import { recordEnd } from "./stop.ts";

/**
 * Stops the workers that are over budget, and finalizes those that ended, once: runs `verify`, records the cost, closes the
 * asks and releases the claims. Removes the files of workers that ended some time ago, by the config.
 *
 * Where the workers cannot be listed, it warns and returns none; none of them counts as lost.
 *
 * @param receive applies the last messages of an ended worker
 * @returns the workers that are not archived, by id.
 */
export async function reconcileWorkers(
  profile: Profile,
  asks: readonly Ask[],
  signal?: AbortSignal,
  receive?: (worker: string) => Promise<void>,
): Promise<Worker[]> {
  try {
    await enforceWorkerBudget(profile);
    const tried = new Set<string>();
    const finalized = await finalizeWorkers(profile, signal, receive, tried);
    let workers = await listWorkers(profile, { asks });
    const isSettled = ({ id }: Worker) => isPresent(workerFiles(profile.paths, id).settled);
    // One that ends in between would wake a decision as it is, and another one once it is finalized.
    if (workers.some((worker) => !worker.alive && !tried.has(worker.id) && !isSettled(worker))) {
      finalized.push(...await finalizeWorkers(profile, signal, receive, tried));
      workers = await listWorkers(profile, { asks });
    }
    for (const worker of workers) {
      if (worker.alive) continue;
      await closeWorkerAsks(profile, worker.id, worker.generation);
      // Also those finalized earlier, in case of a crash in between; it records once.
      await meterWorker(profile, worker);
    }
    await reapClaims(profile, new Map(workers.map(({ id, state }) => [id, state])));
    if (finalized.length > 0) {
      await pruneWorkers(profile, { olderThanDays: profile.config.prune_after / 86_400 });
    }
    return workers;
  } catch (error) {
    if (signal?.aborted) throw error;
    profile.warn(`cannot list the workers: ${messageOf(error)}`);
    return [];
  }
}

/**
 * Finalizes workers that ended: records the end, kills remaining processes, closes the session and runs `verify`. Idempotent,
 * also in two looops at the same time.
 *
 * @param signal stops `verify`, which then counts as failed
 * @param receive applies the last messages of an ended worker
 * @param tried workers to leave alone; those that it tries to finalize are added
 * @returns ids of the workers that it finalized.
 * @throws {UserError} where the workers cannot be listed.
 */
export async function finalizeWorkers(
  profile: Profile,
  signal?: AbortSignal,
  receive?: (worker: string) => Promise<void>,
  tried = new Set<string>(),
): Promise<string[]> {
  const isDue = (worker: Observed) => isUnsettled(worker) && !tried.has(worker.facts.record.id);
  if (!(await observeFleet(profile)).some(isDue)) return [];
  // Their sessions and remaining processes, too.
  const ended = (await observeFleet(profile, { thorough: true })).filter(isDue);
  for (const { facts } of ended) tried.add(facts.record.id);
  const tries = ended.map((worker) => finalize(profile, worker, signal, receive));
  return (await Promise.all(tries)).flat();
}

/** Without an end, session or process, a worker is lost. */
function isUnsettled({ files, end, session, process }: Observed): boolean {
  const hasEnded = end !== null || (!process && (session === null || session.dead));
  return hasEnded && !isPresent(files.settled);
}

async function finalize(
  profile: Profile,
  worker: Observed,
  signal?: AbortSignal,
  receive?: (worker: string) => Promise<void>,
): Promise<string[]> {
  const { files, facts } = worker;
  const { id } = facts.record;
  try {
    const left = await recordEnd(profile, worker);
    if (left.length > 0) {
      profile.warn(`cannot kill processes ${left.join(", ")} of worker ${id}, which has ended`);
    }
    // Its last asks and its cost must be known before its end is.
    await receive?.(id);
    if (!await verifyWorker(profile, facts.record, files, signal)) return [];
    await noteUndelivered(profile, id, files);
    await replaceFile(files.settled, "");
    await appendEvent(profile, { event: "worker_end", worker: id });
    return [id];
  } catch (error) {
    profile.warn(`cannot finalize worker ${id}, retrying: ${messageOf(error)}`);
    return [];
  }
}

/** The part of a worker's record that `verify` needs. */
type Verifiable = Pick<
  WorkerRecord,
  "id" | "verify" | "verify_access" | "verify_reads" | "sandbox"
>;

/** How many characters of its output are recorded. */
const TAIL = 2048;

/**
 * Runs the `verify` command of an ended worker, once, and records its result. If looop crashes meanwhile, it counts as
 * failed.
 *
 * @returns `false` where another looop is running it.
 */
export async function verifyWorker(
  profile: Profile,
  record: Verifiable,
  files: WorkerFiles,
  signal?: AbortSignal,
): Promise<boolean> {
  const { verify } = record;
  if (verify === null || isPresent(files.verification)) return true;
  using lock = await tryLock(files.verifyLock);
  if (!lock) return false;
  if (isPresent(files.verification)) return true;
  const begun = isPresent(files.verifying);
  if (!begun) await replaceFile(files.verifying, "");
  const result = begun
    ? failed(137, "looop was stopped while this ran, and does not run it again")
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
  const { id, verify, verify_access: access, verify_reads: reads = null, sandbox } = record;
  const kept = new OutputTail(profile.mask, TAIL);
  await using scope = new AsyncDisposableStack();
  let start: ReadStart | null;
  let argv: string[];
  try {
    start = reads && scope.use(await startRead(profile, reads));
    const words = start?.argv ?? ["bash", "-c", verify];
    argv = await verifyArgv(profile, record, files, words, start?.extras);
  } catch (error) {
    return failed(126, messageOf(error)); // the status of a shell that cannot start it
  }
  const env: Record<string, string> = {
    ...childEnv(profile, access.env),
    ...{ LOOOP_SESSION_ID: id, TERM: "dumb", NO_COLOR: "1" },
    ...(sandbox === "none" ? {} : { LOOOP_WORKTREE: files.worktree }),
    ...start?.env,
  };
  const { verify_timeout } = profile.config;
  const timeoutS = start ? Math.min(READ_TIMEOUT_S, verify_timeout) : verify_timeout;
  const limit = new OutputLimit(start ? READ_MAX_BYTES : Infinity);
  const { status, ending } = await runProgram({
    argv,
    cwd: start?.cwd ?? profile.paths.dataDir,
    env,
    deadlineMs: timeoutS * 1000,
    signal,
    onStdout: limit.stream(kept.stream()),
    onStderr: limit.stream(kept.stream()),
  });
  const output = kept.text();
  if (limit.exceeded) {
    return failed(status, `${output}\nwas killed after ${READ_MAX_BYTES} bytes of output`);
  }
  if (ending === "deadline") return failed(status, `${output}\nwas killed after ${timeoutS} s`);
  if (ending === "killed") return failed(status, `${output}\nwas stopped with looop`);
  return { passed: status === 0, exit_code: status, output_tail: output };
}

function failed(exit_code: number, output: string): Verification {
  return { passed: false, exit_code, output_tail: output.trim().slice(-TAIL) };
}
