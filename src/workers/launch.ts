import { join } from "@std/path";
import { askToSetUp } from "../inbox/setup_asks.ts";
import { setUpCommand } from "../schema/ask.ts";
import type { Environment } from "../os/env.ts";
import { isPresent, realPath } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { findProgram } from "../os/run_tool.ts";
import type { Profile } from "../profile/profile.ts";
import { type Access, NO_ACCESS, withRunner } from "../schema/config.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { MODEL_PATTERN } from "../schema/move.ts";
import type { WorkerRecord, Worktree } from "../schema/worker.ts";
import type { Agent, AgentInput, AgentStart } from "./agents/agent.ts";
import { pickAgent } from "./agents/presets.ts";
import { workerEnv, writeShim } from "./env.ts";
import { recordsDir, type WorkerFiles } from "./files.ts";
import { sessionName } from "./list.ts";
import { beginSession, usdLimitEnv } from "./meter.ts";
import { enterSandbox, treeEnv } from "./sandbox.ts";
import { openSession } from "./session.ts";
import { findWorkerNotReady } from "./setup_session.ts";
import { spendingLimit } from "./spending.ts";
import { requireProgram } from "./tmux.ts";
import { quoteWord } from "../schema/text.ts";

/** How the session of a worker is opened. */
export interface Launch {
  agent: Agent;
  access: Access;
  /** Additional environment variables. */
  env: Environment;
  start: AgentStart;
  /** Its worktree of a repository. */
  worktree: Worktree | null;
}

/** For which worker a session is planned. */
export interface LaunchRequest {
  id: string;
  /** Name of the runner. Default: the config's `worker_runner`. */
  runner?: string;
  /** Name of the model, for a preset. Default: the config's, else the program's. */
  model?: string;
  /** Additional access in a sandbox; its runner may add the network. Default: {@linkcode NO_ACCESS}. */
  access?: Access;
  /** Its worktree of a repository. Default: none. */
  worktree?: Worktree | null;
  /** Default: that of the config. */
  sandbox?: WorkerRecord["sandbox"];
  /** Selects how the agent begins. Default: it starts on the prompt. */
  begin?(agent: Agent, input: AgentInput): AgentStart | Promise<AgentStart>;
}

/**
 * Selects the agent of a worker, checks that it can work, and returns how its session is opened.
 *
 * @throws {UserError} where it cannot work, a budget in dollars is used up, or a program is missing.
 */
export async function planLaunch(
  profile: Profile,
  files: WorkerFiles,
  request: LaunchRequest,
): Promise<Launch> {
  const { paths, config } = profile;
  const { id, runner, model: asked, access: more = NO_ACCESS, sandbox = config.sandbox, begin } =
    request;
  const { worktree = null } = request;
  if (worktree !== null && !isPresent(worktree.path)) {
    throw new UserError(`cannot start worker ${id}: its worktree ${worktree.path} is gone`);
  }
  // In a sandbox too: trust in a directory includes its subdirectories.
  const missing = await findWorkerNotReady(profile, runner);
  if (missing) {
    // A program that only this request names may be a mistake of the model.
    const isNamed = runner !== undefined && runner !== config.worker_runner;
    if (!isNamed || findProgram(missing.runner, profile.env("PATH") ?? "")) {
      await askToSetUp(profile, missing);
    }
    throw new UserError(`cannot start worker ${id}: ${missing.why}; run ${setUpCommand(missing)}`);
  }
  const { agent, model, own } = pickAgent(profile, runner);
  if (asked !== undefined && !MODEL_PATTERN.test(asked)) {
    throw new UserError(`cannot start worker ${id}: ${JSON.stringify(asked)} is not a model name`);
  }
  if (asked !== undefined && own?.worker !== undefined) {
    throw new UserError(
      `cannot start worker ${id} with the model ${asked}: the command of its runner ${agent.name} names its own; omit the model`,
    );
  }
  const usdLimit = await spendingLimit(profile, id, agent);
  const access = withRunner(more, own);
  if (sandbox !== "none" && agent.needsNetwork && !access.network) {
    throw new UserError(
      `cannot start worker ${id}: ${agent.name} has no network in the sandbox and cannot reach its model; ` +
        `set "runners": {"${agent.name}": {"network": true}} in the config`,
    );
  }
  const dataDir = await realPath(paths.dataDir) ?? paths.dataDir;
  const input: AgentInput = {
    promptFile: files.prompt,
    model: asked ?? model,
    usdLimit,
    workerDir: recordsDir(files, sandbox),
    filesDir: files.dir,
    cwd: worktree?.path ??
      (sandbox !== "none" ? join(dataDir, "workers", id, "worktree") : dataDir),
    hookCommand: `"$LOOOP_BIN" permission-request ${agent.name}`,
    // Starting looop after each tool call would take longer than the call.
    toldCommand: `ls ${quoteWord(files.messages)}/*.json >/dev/null 2>&1 || exit 0; ` +
      `exec "$LOOOP_BIN" told "$LOOOP_SESSION_ID" --hook`,
  };
  const start = begin ? await begin(agent, input) : await agent.start(input);
  requireProgram(profile, "script", "apt install util-linux, or dnf install util-linux");
  requireProgram(profile, "ps", "apt install procps, or dnf install procps");
  return { agent, access, env: { ...usdLimitEnv(usdLimit), ...start.env }, start, worktree };
}

/** What {@linkcode launch} takes. */
export interface LaunchInput {
  files: WorkerFiles;
  /** Written with the new wrapper, before the agent can begin. */
  record: WorkerRecord;
  plan: Launch;
  /** Ends all processes of the worker: after a failure none of them may begin. Default: its new session is closed. */
  endAll?(): Promise<void>;
}

/**
 * Opens the session of a worker, whose directory exists. The caller holds the workers lock.
 *
 * The session waits for its environment until the worker's record and the begin of its cost are on disk, so that no agent
 * runs without them.
 *
 * @throws {UserError} where the sandbox cannot be created, tmux fails, or the ledger cannot be written.
 */
export async function launch(profile: Profile, socket: string, input: LaunchInput): Promise<void> {
  const { files, record, plan: { access, env, start, agent, worktree }, endAll } = input;
  await writeShim(profile);
  for (const [path, content] of Object.entries(start.files ?? {})) {
    await replaceFile(join(files.dir, path), content);
  }
  const { command } = start;
  const inside = record.sandbox === "none"
    ? { command, env: treeEnv(worktree) }
    : await enterSandbox(
      profile,
      files,
      { command, access, state: agent.state, worktree },
    ).catch((error) => {
      throw new UserError(`cannot start worker ${record.id}: ${messageOf(error)}`, {
        cause: error,
      });
    });
  await replaceFile(files.command, `${inside.command}\n`);
  const begin = () =>
    openSession(profile, socket, {
      name: sessionName(record.id),
      pipe: files.start,
      args: ["worker", files.dir],
      ...(record.sandbox === "none" && worktree ? { cwd: worktree.path } : {}),
      async begin(wrapper) {
        record.wrapper = wrapper;
        await replaceFile(files.record, JSON.stringify(record, null, 2) + "\n");
        await beginSession(profile, record);
        return { ...workerEnv(profile, record, command), ...env, ...inside.env };
      },
    });
  // Twice: a tmux that a killed looop started may have closed the first session.
  await begin().catch(async () => {
    await endAll?.();
    await begin();
  }).catch(async (error) => {
    await endAll?.();
    throw error;
  });
}
