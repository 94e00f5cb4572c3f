import { dirname, join } from "@std/path";
import { closeWorkerAsks } from "../inbox/answer.ts";
import { ensureDir, removeDir } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { lock } from "../os/lock.ts";
import { realPath } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { type Access, NO_ACCESS } from "../schema/config.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import type { Worker, WorkerRecord } from "../schema/worker.ts";
import type { AgentState } from "./agents/agent.ts";
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
import { liveWorker } from "./state.ts";
import { prepareTmux, requireProgram } from "./tmux.ts";

/** What a session is started with. */
export interface SessionRequest {
  id: string;
  /** Its task. */
  prompt: string;
  /** Name of the runner. Default: the config's `worker_runner`. */
  runner?: string;
  /** Command that checks its work; run once after its end. */
  verify?: string;
  /** Additional access in a sandbox; its runner may add the network. Default: {@linkcode NO_ACCESS}. */
  access?: Access;
  /** Additional access of `verify` in a sandbox, and its environment variables. Default: {@linkcode NO_ACCESS}. */
  verifyAccess?: Access;
  /** The goal it serves. */
  goal?: string;
  /** The run whose move starts it; absent: the user does. */
  runId?: string;
}

/**
 * Starts a worker with the agent that the config names. An ended worker of the same id is archived, its asks are closed and
 * its claims released.
 *
 * @throws {UserError} where the id is in use, too many workers are alive, a budget in dollars is used up, or a program is
 * missing.
 */
export async function startSession(profile: Profile, request: SessionRequest): Promise<Worker> {
  const { paths, config, environment } = profile;
  const { agent, model, network } = pickAgent(profile, request.runner);
  const usdLimit = await spendingLimit(profile, request.id, agent);
  const files = workerFiles(paths, request.id);
  const { sandbox } = config;
  const access = { ...NO_ACCESS, ...request.access };
  access.network ||= network;
  if (sandbox !== "none" && agent.needsNetwork && !access.network) {
    throw new UserError(
      `cannot start worker ${request.id}: ${agent.name} has no network in the sandbox and cannot reach its model; ` +
        `set "runners": {"${agent.name}": {"network": true}} in the config`,
    );
  }
  const dataDir = await realPath(paths.dataDir) ?? paths.dataDir;
  // In a sandbox too: trust in a directory includes its subdirectories.
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

/** A {@linkcode SessionRequest} whose runner is resolved. */
export interface StartRequest extends Omit<SessionRequest, "runner"> {
  runner: {
    name: string;
    /** Shell command; its prompt is in `workerFiles(paths, id).prompt`. */
    command: string;
  };
  /** Default: that of the config. */
  sandbox?: WorkerRecord["sandbox"];
  /** Files for its agent: content by path, relative to the worker's directory. */
  files?: Record<string, string>;
  /** Environment variables in addition to looop's. */
  env?: Environment;
  /** The agent's own directories: in a sandbox it gets copies. */
  state?: AgentState[];
  /** The maximum number of workers that are alive, this one included. */
  maxAlive: number;
  /** Called for the ended worker that had this id, before it is archived. */
  onReplace?(old: Worker): Promise<void>;
}

/**
 * Starts a worker in its own tmux session. An ended one of the same id is archived first.
 *
 * It waits for its environment until its record is on disk, so that no agent runs without a record.
 *
 * @throws {UserError} where the id is in use, too many workers are alive, or tmux, script or ps is missing.
 */
export async function startWorker(profile: Profile, request: StartRequest): Promise<Worker> {
  const { id } = request;
  const { paths, clock } = profile;
  checkId(id);
  requireProgram(profile, "script", "apt install util-linux, or dnf install util-linux");
  requireProgram(profile, "ps", "apt install procps, or dnf install procps");
  ensureDir(paths.workers);
  using _ = await lock(paths.workersLock);
  const socket = await prepareTmux(profile);
  await replaceEnded(profile, id, request.maxAlive, request.onReplace);
  const startedAt = clock.now();
  const record: WorkerRecord = {
    id,
    generation: newRunId(startedAt),
    started_at: startedAt.toISOString(),
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
  // Twice: a tmux that a killed looop started may have closed the first session.
  await begin().catch(begin).catch(async (error) => {
    await removeDir(files.dir);
    throw error;
  });
  await appendEvent(profile, { event: "worker_start", worker: id, runner: record.runner });
  const facts = { record, end: null, killing: null, verification: null, printedAt: null };
  const now = startedAt.getTime();
  return liveWorker(facts, { session: true, process: true, flag: null, asks: [], now });
}

function checkId(id: string): void {
  if (!isId(id)) {
    throw new UserError(
      `cannot start worker ${JSON.stringify(id)}: not a worker id; use a-z, 0-9, - and _; ` +
        "begin with a letter or digit; at most 64 characters",
    );
  }
  // `workers/ended` holds the archived workers.
  if (id === "ended") throw new UserError("cannot start worker ended: use another id");
}
