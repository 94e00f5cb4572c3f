import { join } from "@std/path";
import { ensureDir, removeDir } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { lock } from "../os/lock.ts";
import { realPath } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { type Access, NO_ACCESS, withRunner } from "../schema/config.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import type { ReadPlan } from "../schema/read_plan.ts";
import { isId } from "../schema/schema.ts";
import type { Worker, WorkerRecord } from "../schema/worker.ts";
import type { Agent, AgentStart } from "./agents/agent.ts";
import { pickAgent } from "./agents/presets.ts";
import { workerEnv, writePrompt, writeShim } from "./env.ts";
import { recordsDir, type WorkerFiles, workerFiles } from "./files.ts";
import { sessionName } from "./list.ts";
import { usdLimitEnv } from "./meter.ts";
import { replaceEnded } from "./replace.ts";
import { enterSandbox } from "./sandbox.ts";
import { openSession } from "./session.ts";
import { spendingLimit } from "./spending.ts";
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
  /** How `verify` is started if it only reads. Default: bash runs it. */
  verifyReads?: ReadPlan | null;
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
 * It waits for its environment until its record is on disk, so that no agent runs without a record.
 *
 * @throws {UserError} where the id is in use, too many workers are alive, a budget in dollars is used up, or a program is
 * missing.
 */
export async function startSession(profile: Profile, request: SessionRequest): Promise<Worker> {
  const { id } = request;
  const { paths, clock, config } = profile;
  if (!isId(id)) {
    throw new UserError(
      `cannot start worker ${JSON.stringify(id)}: not a worker id; use a-z, 0-9, - and _; ` +
        "begin with a letter or digit; at most 64 characters",
    );
  }
  // `workers/ended` holds the archived workers.
  if (id === "ended") throw new UserError("cannot start worker ended: use another id");
  const files = workerFiles(paths, id);
  const { agent, access, env, start } = await planStart(profile, files, request);
  requireProgram(profile, "script", "apt install util-linux, or dnf install util-linux");
  requireProgram(profile, "ps", "apt install procps, or dnf install procps");
  ensureDir(paths.workers);
  using _ = await lock(paths.workersLock);
  const socket = await prepareTmux(profile);
  await replaceEnded(profile, id);
  const startedAt = clock.now();
  const record: WorkerRecord = {
    id,
    generation: newRunId(startedAt),
    started_at: startedAt.toISOString(),
    runner: agent.name,
    goal: request.goal ?? null,
    run_id: request.runId ?? null,
    ...(request.tainted ? { tainted: true } : {}),
    verify: request.verify ?? null,
    verify_access: request.verifyAccess ?? NO_ACCESS,
    verify_reads: request.verifyReads ?? null,
    sandbox: config.sandbox,
    wrapper: null,
  };
  ensureDir(files.dir);
  await writeShim(profile);
  await replaceFile(files.prompt, writePrompt(request.prompt, record.sandbox));
  for (const [path, content] of Object.entries(start.files ?? {})) {
    await replaceFile(join(files.dir, path), content);
  }
  const { command } = start;
  const inside = record.sandbox === "none" ? { command, env: {} } : await enterSandbox(
    profile,
    files,
    { command, access, state: agent.state },
  ).catch(async (error) => {
    await removeDir(files.dir);
    throw new UserError(`cannot start worker ${id}: ${messageOf(error)}`, { cause: error });
  });
  await replaceFile(files.command, `${inside.command}\n`);
  const begin = () =>
    openSession(profile, socket, {
      name: sessionName(id),
      pipe: files.start,
      args: ["worker", files.dir],
      async begin(wrapper) {
        record.wrapper = wrapper;
        await replaceFile(files.record, JSON.stringify(record, null, 2) + "\n");
        return { ...workerEnv(profile, record, command), ...env, ...inside.env };
      },
    });
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

/** Selects the agent of a worker, checks that it can work, and returns how it starts. */
async function planStart(
  profile: Profile,
  files: WorkerFiles,
  { id, runner, access: more = NO_ACCESS }: SessionRequest,
): Promise<{ agent: Agent; access: Access; env: Environment; start: AgentStart }> {
  const { paths, config, environment } = profile;
  const { sandbox } = config;
  const { agent, model, own } = pickAgent(profile, runner);
  const usdLimit = await spendingLimit(profile, id, agent);
  const access = withRunner(more, own);
  if (sandbox !== "none" && agent.needsNetwork && !access.network) {
    throw new UserError(
      `cannot start worker ${id}: ${agent.name} has no network in the sandbox and cannot reach its model; ` +
        `set "runners": {"${agent.name}": {"network": true}} in the config`,
    );
  }
  const dataDir = await realPath(paths.dataDir) ?? paths.dataDir;
  // In a sandbox too: trust in a directory includes its subdirectories.
  const obstacle = await agent.findObstacle?.(dataDir, environment);
  if (obstacle) throw new UserError(`cannot start worker ${id}: ${obstacle}`);
  const start = await agent.start({
    promptFile: files.prompt,
    model,
    usdLimit,
    workerDir: recordsDir(files, sandbox),
    filesDir: files.dir,
    cwd: sandbox !== "none" ? join(dataDir, "workers", id, "worktree") : dataDir,
    hookCommand: `"$LOOOP_BIN" permission-request ${agent.name}`,
  });
  return { agent, access, env: { ...usdLimitEnv(usdLimit), ...start.env }, start };
}
