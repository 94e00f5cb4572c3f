import { OutputTail } from "../mask/stream.ts";
import { OutputLimit } from "../os/limits.ts";
import { runProgram } from "../os/run_program.ts";
import { explainBwrap } from "../os/sandbox.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { READ_MAX_BYTES, READ_TIMEOUT_S, startRead } from "../profile/read_start.ts";
import { sandboxed } from "../profile/sandbox.ts";
import type { Outcome } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import type { Intent } from "../schema/intent.ts";
import { canonicalJson } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import { newsOf } from "../schema/world.ts";
import { listWorkers } from "../workers/list.ts";
import { removeUnstarted } from "../workers/replace.ts";
import { startSession } from "../workers/start.ts";
import { stopSession } from "../workers/stop.ts";
import { askUser, requestApproval } from "./approval.ts";
import { archiveGoal, markUntrusted, writeGuarded } from "./files.ts";

/**
 * Follows the verdict: applies the move, requests approval, or refuses. An error is an outcome. The summary is masked.
 *
 * Safe to repeat with one intent, except for `run`, which recovery never repeats.
 */
export async function act(
  profile: Profile,
  intent: Intent,
  signal?: AbortSignal,
): Promise<Outcome> {
  const outcome = await outcomeOf(profile, intent, signal)
    .catch((error): Outcome => ({ status: "failed", summary: messageOf(error), paths: [] }));
  return { ...outcome, summary: profile.mask(outcome.summary) };
}

async function outcomeOf(
  profile: Profile,
  intent: Intent,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { then, rule, why } = intent.verdict;
  if (then === "allow") return await applyMove(profile, intent, signal);
  if (then === "ask") return await requestApproval(profile, intent);
  return { status: "denied", summary: `policy ${rule}: ${why}`, paths: [] };
}

async function applyMove(profile: Profile, intent: Intent, signal?: AbortSignal): Promise<Outcome> {
  const { move, digests, tainted } = intent;
  switch (move.action) {
    case "noop":
      return { status: "made", summary: move.reason, paths: [] };
    case "run":
      return await runCommand(profile, move.command, intent, signal);
    case "write_goal": {
      const body = tainted ? markUntrusted(move.body) : move.body;
      const outcome = await writeGuarded(profile, `goals/${move.id}.md`, body, digests);
      return { ...outcome, content: body };
    }
    case "archive_goal":
      return await archiveGoal(profile, move.id, digests);
    case "write_sensor":
      return await writeGuarded(profile, `sensors/${move.name}`, move.script, digests, 0o700);
    case "remove_sensor":
      return await writeGuarded(profile, `sensors/${move.name}`, null, digests);
    case "write_playbook":
      return await writeGuarded(profile, "PLAYBOOK.md", move.body, digests);
    case "start_worker":
      return await startWorkerMove(profile, move, intent);
    case "stop_worker":
      return await stopWorkerMove(profile, move);
    case "ask":
      return await askUser(profile, intent, move);
  }
}

/** Starts a worker, unless this run has started it already, before a crash. */
export async function startWorkerMove(
  profile: Profile,
  { id, prompt, runner, verify, goal }: Move & { action: "start_worker" },
  { run_id, tainted, access, verify_access, verify_reads }: Intent,
): Promise<Outcome> {
  const [worker] = await listWorkers(profile, { only: id });
  if (worker?.run_id !== run_id || await removeUnstarted(profile, id, run_id)) {
    await startSession(profile, {
      ...{ id, prompt, runner, verify, goal, access, tainted },
      verifyAccess: verify_access,
      verifyReads: verify_reads,
      runId: run_id,
    });
  }
  return { status: "made", summary: `started worker ${id}`, paths: [] };
}

/** Stops a worker. Its end does not wake the loop then. */
export async function stopWorkerMove(
  profile: Profile,
  { id }: Move & { action: "stop_worker" },
): Promise<Outcome> {
  const { how, worker } = await stopSession(profile, id);
  const news = worker && newsOf(worker);
  return {
    status: "made",
    summary: how === "ended_before" ? `worker ${id} had ended before` : `stopped worker ${id}`,
    paths: [],
    ...(news ? { content: canonicalJson(news) } : {}),
  };
}

/** Seconds after which a command is killed. */
const TIMEOUT_S = 300;
/** How many characters of its output are saved. */
const TAIL = 2048;

/**
 * Runs a command in the data directory, in the sandbox of the config. A non-zero exit status is not an error: the next
 * decision reads it with the end of the output, masked.
 *
 * @param argv of a simple command, which starts without a shell; `null`: bash runs the command
 * @param reads how a command that only reads is started instead, with limits. Default: `null`
 * @param access what it may do in a sandbox beyond reading
 * @throws {UserError} if it cannot be started.
 */
export async function runCommand(
  profile: Profile,
  command: string,
  { argv, access, reads = null }: Pick<Intent, "argv" | "access"> & Partial<Pick<Intent, "reads">>,
  signal?: AbortSignal,
): Promise<Outcome> {
  await using start = reads && await startRead(profile, reads);
  const words = start?.argv ?? argv ?? ["bash", "-c", command];
  const timeoutS = start ? READ_TIMEOUT_S : TIMEOUT_S;
  const output = new OutputTail(profile.mask, TAIL);
  const limit = new OutputLimit(start ? READ_MAX_BYTES : Infinity);
  const end = await runProgram({
    argv: await sandboxed(profile, access, words, start?.extras),
    cwd: start?.cwd ?? profile.paths.dataDir,
    env: {
      ...childEnv(profile, access.env),
      // A pager would wait for a key, and colour codes are noise to a model.
      ...{ PAGER: "cat", GIT_PAGER: "cat", NO_COLOR: "1", TERM: "dumb" },
      ...start?.env,
    },
    deadlineMs: timeoutS * 1000,
    signal,
    onStdout: limit.stream(output.stream()),
    onStderr: limit.stream(output.stream()),
  });
  const ended = { exit_code: end.status, output_tail: output.text(), paths: [] };
  if (limit.exceeded) {
    return {
      ...ended,
      status: "made",
      summary: `was killed after ${READ_MAX_BYTES} bytes of output`,
    };
  }
  if (end.ending === "killed") {
    return { ...ended, status: "interrupted", summary: "was stopped before it ended" };
  }
  if (end.ending === "deadline") {
    return { ...ended, status: "made", summary: `was killed after ${timeoutS} s` };
  }
  const problem = profile.config.sandbox === "none" ? null : explainBwrap(end);
  if (problem !== null) return { ...ended, status: "failed", summary: problem };
  return { ...ended, status: "made", summary: `exit ${end.status}` };
}
