import { dirname, join } from "@std/path";
import { closeWorkerAsks } from "../inbox/asks.ts";
import { ensureDir, removeDir } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { lock } from "../os/lock.ts";
import { findProgram } from "../os/run_tool.ts";
import { realPath } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { type Access, type Config, NO_ACCESS } from "../schema/config.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { ID_PATTERN, isId } from "../schema/primitives.ts";
import type { Worker, WorkerRecord } from "../schema/worker.ts";
import type { Agent, AgentState } from "./agents/agent.ts";
import { pickAgent } from "./agents/presets.ts";
import { reapClaims } from "./claims.ts";
import { spendingLimit } from "./enforce.ts";
import { workerEnv, writePrompt, writeShim } from "./env.ts";
import { recordsDir, workerFiles } from "./files.ts";
import { sessionName } from "./list.ts";
import { meterWorker, usdLimitEnv } from "./meter.ts";
import { replaceEnded } from "./replace.ts";
import { enterSandbox } from "./sandbox.ts";
import { openSession } from "./session.ts";
import { prepareTmux } from "./tmux.ts";

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
  const usdLimit = await spendingLimit(profile, request.id, agent);
  const files = workerFiles(paths, request.id);
  const { sandbox } = config;
  const access = accessOf(request, agent, config);
  const dataDir = await realPath(paths.dataDir) ?? paths.dataDir;
  // Who trusts a directory trusts what lies in it.
  const obstacle = await agent.findObstacle?.(dataDir, environment);
  if (obstacle) throw new UserError(`cannot start worker ${request.id}: ${obstacle}`);
  const start = await agent.start({
    promptFile: files.prompt,
    model,
    usdLimit,
    workerDir: recordsDir(files, sandbox),
    filesDir: files.dir,
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

/** What a worker is started with. */
export interface StartRequest {
  id: string;
  /** What it is to do; the worker contract is put before it. */
  prompt: string;
  runner: {
    name: string;
    /** Shell command; its prompt is in `workerFiles(paths, id).prompt`. */
    command: string;
  };
  /** Command that tells whether what it did is right; run once after its end. */
  verify?: string;
  /** What it may do in a sandbox beyond what every worker may. Default: nothing. */
  access?: Access;
  /** What `verify` may do in a sandbox beyond reading, and which environment variables it gets. Default: nothing. */
  verifyAccess?: Access;
  /** What it runs in. Default: what the config says. */
  sandbox?: WorkerRecord["sandbox"];
  /** The goal it serves. */
  goal?: string;
  /** The run whose move starts it; absent: a person does. */
  runId?: string;
  /** Files that its agent wants in the worker's directory: content by path relative to it. */
  files?: Record<string, string>;
  /** Environment variables beside those of looop. */
  env?: Environment;
  /** Directories in which its program keeps what it knows of its user: in a sandbox it gets others. */
  state?: AgentState[];
  /** How many may be alive, this one included. */
  maxAlive: number;
  /** Called for the ended worker that had this id, before it is archived. */
  onReplace?(old: Worker): Promise<void>;
}

/**
 * Starts a worker in a tmux session of its own. One of the same id that has ended is archived first.
 *
 * It has no environment, and so does not begin, before its record is on the disk: an agent that nobody knows of
 * cannot be.
 *
 * @throws {UserError} where the id is taken, too many are alive, or tmux, script or ps is missing.
 */
export async function startWorker(profile: Profile, request: StartRequest): Promise<Worker> {
  const { id } = request;
  const { paths, clock } = profile;
  checkId(id);
  checkPrograms(profile);
  ensureDir(paths.workers);
  using _ = await lock(paths.workersLock);
  const socket = await prepareTmux(profile);
  await replaceEnded(profile, id, request.maxAlive, request.onReplace);
  const now = clock.now();
  const record: WorkerRecord = {
    id,
    generation: newRunId(now),
    started_at: now.toISOString(),
    runner: request.runner.name,
    goal: request.goal ?? null,
    run_id: request.runId ?? null,
    verify: request.verify ?? null,
    verify_access: request.verifyAccess ?? NO_ACCESS,
    sandbox: request.sandbox ?? profile.config.sandbox,
    wrapper: null,
  };
  const files = workerFiles(paths, id);
  ensureDir(files.dir);
  await writeShim(profile);
  await replaceFile(files.prompt, writePrompt(request.prompt, record.sandbox));
  for (const [path, content] of Object.entries(request.files ?? {})) {
    ensureDir(dirname(join(files.dir, path)));
    await replaceFile(join(files.dir, path), content);
  }
  const { command } = request.runner;
  const inside = record.sandbox === "none" ? { command, env: {} } : await enterSandbox(
    profile,
    files,
    { ...request, command },
  ).catch(async (error) => {
    await removeDir(files.dir);
    throw new UserError(`cannot start worker ${id}: ${messageOf(error)}`, { cause: error });
  });
  await replaceFile(files.command, `${inside.command}\n`);
  const begin = async () => {
    const session = await openSession(profile, socket, {
      name: sessionName(id),
      pipe: files.start,
      args: ["worker", files.dir],
    });
    try {
      record.wrapper = { pid: session.pid, started: session.started };
      await replaceFile(files.record, JSON.stringify(record, null, 2) + "\n");
      await session.begin({
        ...workerEnv(profile, record, request.runner.command),
        ...request.env,
        ...inside.env,
      });
    } catch (error) {
      await session.close();
      throw error;
    }
  };
  // Once more: a tmux that was started by a looop which was killed may have closed it.
  await begin().catch(begin).catch(async (error) => {
    await removeDir(files.dir);
    throw error;
  });
  await appendEvent(profile, { event: "worker_start", worker: id, runner: record.runner });
  return {
    ...record,
    state: "running",
    alive: true,
    exit_code: null,
    flag: null,
    since: record.started_at,
    idle_s: 0,
    verification: null,
  };
}

function checkId(id: string): void {
  if (!isId(id)) {
    throw new UserError(`cannot start worker ${JSON.stringify(id)}: its id must be ${ID_PATTERN}`);
  }
  // workers/ended is where those go that have been archived.
  if (id === "ended") throw new UserError("cannot start worker ended: take another id");
}

function checkPrograms({ env }: Profile): void {
  for (const [program, from] of [["script", "util-linux"], ["ps", "procps"]]) {
    if (findProgram(program, env("PATH") ?? "") === null) {
      throw new UserError(
        `workers need ${program}, which is not installed: apt install ${from}, or dnf install ${from}`,
      );
    }
  }
}
