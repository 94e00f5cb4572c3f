import { ensureDir, removeDir } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { isReserved } from "../profile/paths.ts";
import type { AdmittedCommand } from "../schema/action.ts";
import { type Access, NO_ACCESS } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import { ID_RULE, isId } from "../schema/schema.ts";
import type { Worker, WorkerRecord, Worktree } from "../schema/worker.ts";
import { writePrompt } from "./env.ts";
import { workerFiles } from "./files.ts";
import { launch, planLaunch } from "./launch.ts";
import { replaceEnded } from "./replace.ts";
import { findRepository } from "./repository.ts";
import { liveWorker } from "./state.ts";
import { prepareTmux } from "./tmux.ts";
import { discardWorktree, makeWorktree } from "./worktree.ts";

/** What a session is started with. */
export interface SessionRequest {
  id: string;
  /** Its task. */
  prompt: string;
  /** Name of the runner. Default: the config's `worker_runner`. */
  runner?: string;
  /** Name of the model, for a preset. Default: the config's, else the program's. */
  model?: string;
  /** Command that checks its work; run once after its end. */
  verify?: string;
  /** Additional access in a sandbox; its runner may add the network. Default: {@linkcode NO_ACCESS}. */
  access?: Access;
  /** `verify` as it was admitted; present if there is a `verify`. */
  verifyCommand?: AdmittedCommand | null;
  /** Path of the git repository of which it gets a worktree. Default: none. */
  repo?: string;
  /** The goal it serves. */
  goal?: string;
  /** The run whose move starts it; absent: the user does. */
  runId?: string;
  /** A tainted decision starts it. Default `false`. */
  tainted?: boolean;
}

/**
 * Starts a worker in its own tmux session. An ended worker of the same id is archived, its asks are closed and its claims
 * released.
 *
 * @throws {UserError} where the id is in use, too many workers are alive, a budget in dollars is used up, or a program is
 * missing.
 */
export async function startSession(profile: Profile, request: SessionRequest): Promise<Worker> {
  const { id } = request;
  const { paths, clock, config } = profile;
  if (!isId(id)) {
    throw new UserError(
      `cannot start worker ${JSON.stringify(id)}: not a worker id; ${ID_RULE}`,
    );
  }
  if (isReserved(paths, id)) throw new UserError(`cannot start worker ${id}: use another id`);
  const files = workerFiles(paths, id);
  const { runner, access = NO_ACCESS } = request;
  const planned = { id, runner, model: request.model, access };
  let plan = await planLaunch(profile, files, planned);
  if (request.repo !== undefined) await findRepository(profile, request.repo);
  ensureDir(paths.workers);
  using _ = await lock(paths.workersLock);
  const socket = await prepareTmux(profile);
  await replaceEnded(profile, id);
  const startedAt = clock.now();
  const record: WorkerRecord = {
    id,
    generation: newRunId(startedAt),
    started_at: startedAt.toISOString(),
    runner: plan.agent.name,
    ...(request.model === undefined ? {} : { model: request.model }),
    goal: request.goal ?? null,
    run_id: request.runId ?? null,
    ...(request.tainted ? { tainted: true } : {}),
    verify: request.verify ?? null,
    verify_command: request.verifyCommand ?? null,
    sandbox: config.sandbox,
    ...(config.sandbox === "none" ? {} : { access }),
    wrapper: null,
  };
  ensureDir(files.dir);
  let worktree: Worktree | null = null;
  try {
    if (request.repo !== undefined) {
      const { sandbox } = record;
      worktree = await makeWorktree(profile, files, { id, repo: request.repo, sandbox });
      plan = await planLaunch(profile, files, { ...planned, worktree });
    }
    await replaceFile(files.prompt, writePrompt(request.prompt, { ...record, worktree }));
    await launch(profile, socket, { files, record, plan });
  } catch (error) {
    await discardWorktree(profile, files);
    await removeDir(files.dir);
    throw error;
  }
  await appendEvent(profile, { event: "worker_start", worker: id, runner: record.runner });
  const facts = {
    ...{ record, worktree, end: null, killing: null, verification: null, resumption: null },
    printedAt: null,
  };
  const now = startedAt.getTime();
  const none = { resuming: false, limit: null, flag: null, asks: [], stuckMs: Infinity };
  return liveWorker(facts, { session: true, process: true, ...none, now });
}
