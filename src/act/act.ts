import { explainBwrap } from "../os/sandbox.ts";
import { runAdmitted } from "../profile/command.ts";
import type { Profile } from "../profile/profile.ts";
import type { AdmittedAction, AdmittedCommand, AdmittedWrite } from "../schema/action.ts";
import type { Intent, Outcome } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import { canonicalJson } from "../schema/json.ts";
import { newsOf } from "../schema/world.ts";
import { listWorkers } from "../workers/list.ts";
import { queueMessage } from "../workers/messages.ts";
import { removeUnstarted } from "../workers/replace.ts";
import { repositoryPath } from "../workers/repository.ts";
import { startSession } from "../workers/start.ts";
import { stopSession } from "../workers/stop.ts";
import { askUser, requestApproval } from "./approval.ts";
import { archiveGoal, writeGuarded, writeProblem } from "./files.ts";
import { commandText } from "./preview.ts";

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
  const { summary, title } = outcome;
  const masked = title === undefined ? {} : { title: profile.mask(title) };
  return { ...outcome, summary: profile.mask(summary), ...masked };
}

async function outcomeOf(
  profile: Profile,
  intent: Intent,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { then, rule, why } = intent.verdict;
  if (then === "allow") return await applyMove(profile, intent, signal);
  if (then === "ask") return await requestApproval(profile, intent);
  // No denial: the decider may request the same move again, as it is now.
  const isOutdated = intent.by === "approval" && rule === "approval";
  return isOutdated
    ? { status: "failed", summary: why, paths: [] }
    : { status: "denied", summary: `policy ${rule}: ${why}`, paths: [] };
}

/** Applies what was admitted; the move itself does not count any more. */
async function applyMove(profile: Profile, intent: Intent, signal?: AbortSignal): Promise<Outcome> {
  const { action, digests } = intent;
  const { command, worker, write, effect } = action;
  if (command) {
    return changedConfig(profile, action) ?? await runCommand(profile, command, signal);
  }
  if (worker) return await startWorkerMove(profile, intent);
  if (write) return await writeFile(profile, write, digests);
  switch (effect?.kind) {
    case "noop":
      return { status: "made", summary: effect.reason, paths: [] };
    case "archive_goal":
      return await archiveGoal(profile, effect.id, digests);
    case "stop_worker":
      return await stopWorkerMove(profile, effect.id);
    case "tell_worker": {
      const { id, text } = effect;
      const told = await queueMessage(profile, id, { text, from: intent.run_id });
      const state = told.delivered ? "delivered" : "queued";
      return { status: "made", summary: `${state} for worker ${id}`, paths: [] };
    }
    case "ask":
      return await askUser(profile, intent, effect);
    default:
      return OLDER;
  }
}

/** Only the looop that admitted a move knows what to do. */
const OLDER: Outcome = {
  status: "failed",
  summary: "another version of looop admitted this, and it was not applied",
  paths: [],
};

/** The outcome where the config is not the admitted one any more, after a crash; `null` where it is. */
function changedConfig({ config }: Profile, { sandbox, worker }: AdmittedAction): Outcome | null {
  const { runners } = config;
  const own = worker && Object.hasOwn(runners, worker.runner) ? runners[worker.runner] : undefined;
  if (config.sandbox === sandbox && (own?.worker ?? null) === (worker?.command ?? null)) {
    return null;
  }
  const summary = "the config was changed since this was admitted, and it was not applied";
  return { status: "failed", summary, paths: [] };
}

async function writeFile(
  profile: Profile,
  { path, content }: AdmittedWrite,
  digests: Intent["digests"],
): Promise<Outcome> {
  const problem = writeProblem({ path, content });
  if (problem !== null) return { status: "failed", summary: problem, paths: [] };
  const mode = path.startsWith("sensors/") ? 0o700 : 0o600;
  const outcome = await writeGuarded(profile, path, content, digests, mode);
  return path.startsWith("goals/") && content !== null ? { ...outcome, content } : outcome;
}

/** Starts a worker, unless this run has started it already, before a crash. */
export async function startWorkerMove(
  profile: Profile,
  { run_id, action, tainted }: Pick<Intent, "run_id" | "action" | "tainted">,
): Promise<Outcome> {
  const { worker, verify } = action;
  if (worker === null) return OLDER;
  const { id, runner, prompt, access, goal, repo } = worker;
  const changed = changedConfig(profile, action);
  if (changed) return changed;
  if (repo !== null && await repositoryPath(profile, repo) !== repo) {
    const summary = `${repo} leads elsewhere since this was admitted, and it was not applied`;
    return { status: "failed", summary, paths: [] };
  }
  const [found] = await listWorkers(profile, { only: id });
  if (found?.run_id !== run_id || await removeUnstarted(profile, id, run_id)) {
    await startSession(profile, {
      ...{ id, prompt, runner, access, tainted, goal: goal ?? undefined, runId: run_id },
      model: worker.model ?? undefined,
      repo: repo ?? undefined,
      verify: verify ? commandText(verify) : undefined,
      verifyCommand: verify,
    });
  }
  const place = repo === null ? "" : ` in a worktree of ${repo}`;
  return { status: "made", summary: `started worker ${id}${place}`, paths: [] };
}

/** Stops a worker. Its end does not wake the loop then. */
async function stopWorkerMove(profile: Profile, id: string): Promise<Outcome> {
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

/**
 * Runs an admitted command, in the sandbox of the config. A non-zero exit status is not an error: the next decision reads
 * it with the end of the output, masked.
 *
 * @throws {UserError} if it cannot be started, or names a file that is not what was admitted any more.
 */
export async function runCommand(
  profile: Profile,
  command: AdmittedCommand,
  signal?: AbortSignal,
): Promise<Outcome> {
  const end = await runAdmitted(profile, command, {
    timeoutS: TIMEOUT_S,
    signal,
  });
  const ended = { exit_code: end.status, output_tail: end.output, paths: [] };
  if (end.killed !== null) return { ...ended, status: "made", summary: end.killed };
  if (end.ending === "killed") {
    return { ...ended, status: "interrupted", summary: "was stopped before it ended" };
  }
  const problem = profile.config.sandbox === "none" ? null : explainBwrap(end);
  if (problem !== null) return { ...ended, status: "failed", summary: problem };
  return { ...ended, status: "made", summary: `exit ${end.status}` };
}
