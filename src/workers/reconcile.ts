import { closeWorkerAsks } from "../inbox/answer.ts";
import { removeFile } from "../os/dirs.ts";
import { tryLock } from "../os/lock.ts";
import { isPresent } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { runAdmitted } from "../profile/command.ts";
import { appendEvent } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import type { AdmittedCommand } from "../schema/action.ts";
import type { Ask } from "../schema/ask.ts";
import { NO_ACCESS } from "../schema/config.ts";
import { messageOf } from "../schema/errors.ts";
import type { Verification, Worker, WorkerRecord } from "../schema/worker.ts";
import { reapClaims } from "./claims.ts";
import { readFacts, readWorktree, type WorkerFiles, workerFiles } from "./files.ts";
import { listWorkers, type Observed, observeFleet } from "./list.ts";
import { noteUndelivered } from "./messages.ts";
import { meterWorker } from "./meter.ts";
import { pruneWorkers } from "./replace.ts";
import { resumeWorkers } from "./resume.ts";
import { treeEnv, verifyArgv } from "./sandbox.ts";
import { enforceWorkerBudget } from "./spending.ts";
import { recordEnd } from "./stop.ts";
import { takeCommits } from "./worktree_clone.ts";

/** Options of {@linkcode reconcileWorkers}. */
export interface ReconcileOptions {
  /** Stops `verify`, which then counts as failed. */
  signal?: AbortSignal;
  /** Applies the last messages of an ended worker. */
  receive?(worker: string): Promise<void>;
  /** Continue workers that were lost. Default `false`: they stay as they are. */
  resume?: boolean;
}

/**
 * Stops the workers that are over budget, continues those that were lost, and finalizes those that ended, once: runs
 * `verify`, records the cost, closes the asks and releases the claims. Removes the files of workers that ended some time
 * ago, by the config.
 *
 * Where the workers cannot be listed, it warns and returns none; none of them counts as lost.
 *
 * @returns the workers that are not archived, by id.
 */
export async function reconcileWorkers(
  profile: Profile,
  asks: readonly Ask[],
  { signal, receive, resume = false }: ReconcileOptions = {},
): Promise<Worker[]> {
  try {
    await enforceWorkerBudget(profile);
    if (resume) {
      const verify = (worker: Observed) => verifyLost(profile, worker, signal);
      await resumeWorkers(profile, await observeFleet(profile), verify);
    }
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
function isUnsettled({ files, end, session, process, resuming }: Observed): boolean {
  if (resuming) return false;
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
    const { worktree } = facts;
    const why = worktree ? await takeCommits(profile, worktree) : null;
    if (why !== null) profile.warn(`the commits of worker ${id} stay in its worktree: ${why}`);
    await noteUndelivered(profile, id, files);
    await replaceFile(files.settled, "");
    await appendEvent(profile, { event: "worker_end", worker: id });
    return [id];
  } catch (error) {
    profile.warn(`cannot finalize worker ${id}, retrying: ${messageOf(error)}`);
    return [];
  }
}

/** Runs the `verify` of a lost worker; unless it passes, it runs once more at the end. */
async function verifyLost(
  profile: Profile,
  { files, facts: { record } }: Observed,
  signal?: AbortSignal,
): Promise<boolean | null> {
  if (!await verifyWorker(profile, record, files, signal)) return null;
  const passed = (await readFacts(profile, files))?.verification?.passed ?? false;
  if (passed) return true;
  // This order: without a result, a `verify` that was begun counts as failed.
  await removeFile(files.verification);
  await removeFile(files.verifying);
  return false;
}

/** The part of a worker's record that `verify` needs. */
type Verifiable = Pick<
  WorkerRecord,
  "id" | "verify" | "verify_access" | "verify_command" | "sandbox"
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
  const { id, sandbox } = record;
  const worktree = await readWorktree(files);
  const command = record.verify_command ?? olderCommand(profile, record);
  const env = {
    LOOOP_SESSION_ID: id,
    ...(sandbox === "none" ? {} : { LOOOP_WORKTREE: files.worktree }),
    ...treeEnv(worktree),
  };
  try {
    const { status, ending, output, killed } = await runAdmitted(profile, command, {
      timeoutS: profile.config.verify_timeout,
      env,
      enter: (argv, extras) =>
        verifyArgv(profile, { sandbox, access: command.access, worktree }, files, argv, extras),
      signal,
    });
    if (killed !== null) return failed(status, `${output}\n${killed}`);
    if (ending === "killed") return failed(status, `${output}\nwas stopped with looop`);
    return { passed: status === 0, exit_code: status, output_tail: output };
  } catch (error) {
    return failed(126, messageOf(error)); // the status of a shell that cannot start it
  }
}

/** The `verify` of a worker that an older looop started: bash reads it. */
function olderCommand(
  { paths }: Profile,
  { verify, verify_access = NO_ACCESS }: Verifiable & { verify: string },
): AdmittedCommand {
  return {
    ...{ argv: ["bash", "-c", verify], simple: false, cwd: paths.dataDir },
    ...{ access: verify_access, reads: null, files: {} },
  };
}

function failed(exit_code: number, output: string): Verification {
  return { passed: false, exit_code, output_tail: output.trim().slice(-TAIL) };
}
