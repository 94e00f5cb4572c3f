import { realPath } from "../host/real_path.ts";
import { closeWorkerAsks } from "../humans/close_worker_asks.ts";
import type { Access } from "../model/access.ts";
import { UserError } from "../model/user_error.ts";
import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import { allowSpending } from "./allow_spending.ts";
import { pickAgent } from "./agents/pick_agent.ts";
import { meterWorker } from "./meter_worker.ts";
import { reapClaims } from "./reap_claims.ts";
import { startWorker } from "./start_worker.ts";
import { usdLimitEnv } from "./usd_limit_env.ts";
import { workerFiles } from "./worker_files.ts";

/** What a session is started with. */
export interface SessionRequest {
  id: string;
  /** What the worker is to do. */
  prompt: string;
  /** Name of the runner. Default: the config's `worker_runner`. */
  runner?: string;
  /** Command that tells whether what it did is right; run once after its end. */
  verify?: string;
  /** What `verify` may do beyond reading, and which environment variables it gets. Default: nothing. */
  verifyAccess?: Access;
  /** The goal it serves. */
  goal?: string;
  /** The run whose move starts it; absent: a person does. */
  runId?: string;
}

/**
 * Starts the agent that the config names as a worker. Asks and claims of an ended worker of the same id end with
 * it.
 *
 * @throws {UserError} where the id is taken, too many workers are alive, a budget in dollars is in the way, or a
 * program is missing.
 */
export async function startSession(profile: Profile, request: SessionRequest): Promise<Worker> {
  const { paths, config, environment } = profile;
  const { agent, model } = await pickAgent(profile, request.runner);
  const usdLimit = await allowSpending(profile, request.id, agent);
  const files = workerFiles(paths, request.id);
  const cwd = await realPath(paths.dataDir) ?? paths.dataDir;
  const obstacle = await agent.findObstacle?.(cwd, environment);
  if (obstacle) throw new UserError(`cannot start worker ${request.id}: ${obstacle}`);
  const start = await agent.start({
    promptFile: files.prompt,
    model,
    usdLimit,
    workerDir: files.folder,
    cwd,
    hookCommand: `"$LOOOP_BIN" permission-request ${agent.name}`,
  });
  const { id, prompt, verify, verifyAccess, goal, runId } = request;
  return await startWorker(profile, {
    ...{ id, prompt, verify, verifyAccess, goal, runId },
    runner: { name: agent.name, command: start.command },
    files: start.files,
    env: { ...usdLimitEnv(usdLimit), ...start.env },
    maxAlive: config.budget.workers,
    async onReplace(old) {
      await meterWorker(profile, old);
      await closeWorkerAsks(profile, old.id, old.generation);
      await reapClaims(profile, new Map([[old.id, old.state]]));
    },
  });
}
