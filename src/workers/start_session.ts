import { join } from "@std/path";
import { realPath } from "../host/real_path.ts";
import { closeWorkerAsks } from "../humans/close_worker_asks.ts";
import { type Access, NO_ACCESS } from "../model/access.ts";
import { UserError } from "../model/user_error.ts";
import type { Config } from "../model/config.ts";
import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import type { Agent } from "./agents/agent.ts";
import { pickAgent } from "./agents/pick_agent.ts";
import { allowSpending } from "./allow_spending.ts";
import { meterWorker } from "./meter_worker.ts";
import { reapClaims } from "./reap_claims.ts";
import { startWorker } from "./start_worker.ts";
import { usdLimitEnv } from "./usd_limit_env.ts";
import { recordsFolder, workerFiles } from "./worker_files.ts";

/** What a session is started with. */
export interface SessionRequest {
  id: string;
  /** What the worker is to do. */
  prompt: string;
  /** Name of the runner. Default: the config's `worker_runner`. */
  runner?: string;
  /** Command that tells whether what it did is right; run once after its end. */
  verify?: string;
  /** What it may do in a sandbox beyond what every worker may; its runner may add the network. Default: nothing. */
  access?: Access;
  /** What `verify` may do in a sandbox beyond reading, and which environment variables it gets. Default: nothing. */
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
  const { agent, model } = pickAgent(profile, request.runner);
  const usdLimit = await allowSpending(profile, request.id, agent);
  const files = workerFiles(paths, request.id);
  const sandbox = agent.isLooop ? "none" : config.sandbox;
  const access = accessOf(request, agent, config);
  const dataDir = await realPath(paths.dataDir) ?? paths.dataDir;
  // Who trusts a folder trusts what lies in it.
  const obstacle = await agent.findObstacle?.(dataDir, environment);
  if (obstacle) throw new UserError(`cannot start worker ${request.id}: ${obstacle}`);
  const start = await agent.start({
    promptFile: files.prompt,
    model,
    usdLimit,
    workerDir: recordsFolder(files, sandbox),
    filesDir: files.folder,
    cwd: sandbox !== "none" ? join(dataDir, "workers", request.id, "worktree") : dataDir,
    hookCommand: `"$LOOOP_BIN" permission-request ${agent.name}`,
  });
  const { id, prompt, verify, verifyAccess, goal, runId } = request;
  return await startWorker(profile, {
    ...{ id, prompt, verify, verifyAccess, goal, runId, access, sandbox },
    runner: { name: agent.name, command: start.command },
    files: start.files,
    env: { ...usdLimitEnv(usdLimit), ...start.env },
    state: agent.state,
    maxAlive: config.budget.workers,
    async onReplace(old) {
      await meterWorker(profile, old);
      await closeWorkerAsks(profile, old.id, old.generation);
      await reapClaims(profile, new Map([[old.id, old.state]]));
    },
  });
}

/** @throws {UserError} where the agent could not reach its model. */
function accessOf(
  { id, access = NO_ACCESS }: SessionRequest,
  agent: Agent,
  config: Config,
): Access {
  const own = Object.hasOwn(config.runners, agent.name) ? config.runners[agent.name] : undefined;
  const network = access.network || (own?.network ?? false);
  if (config.sandbox === "none" || network || !agent.needsNetwork) return { ...access, network };
  throw new UserError(
    `cannot start worker ${id}: in the sandbox ${agent.name} has no network, and so cannot reach its model; ` +
      `set "runners": {"${agent.name}": {"network": true}} in the config`,
  );
}
