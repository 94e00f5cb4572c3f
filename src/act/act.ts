import type { Intent } from "../model/intent.ts";
import type { Outcome } from "../model/outcome.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { archiveGoal } from "./archive_goal.ts";
import { askHuman } from "./ask_human.ts";
import { removeGuarded, writeGuarded } from "./guarded_files.ts";
import { markUntrusted } from "./mark_untrusted.ts";
import { requestApproval } from "./request_approval.ts";
import { runCommand } from "./run_command.ts";
import { startWorkerMove } from "./start_worker_move.ts";
import { stopWorkerMove } from "./stop_worker_move.ts";

/**
 * Does what the verdict says: makes the move, asks for a yes, or refuses. Whatever goes wrong is an outcome. What
 * it says is masked.
 *
 * Safe to do twice with one intent, but for `run`: that is for whoever recovers to see.
 */
export async function act(
  profile: Profile,
  intent: Intent,
  signal?: AbortSignal,
): Promise<Outcome> {
  const outcome = await outcomeOf(profile, intent, signal);
  return { ...outcome, summary: profile.mask(outcome.summary) };
}

async function outcomeOf(
  profile: Profile,
  intent: Intent,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { verdict } = intent;
  try {
    if (verdict.then === "allow") return await makeMove(profile, intent, signal);
    if (verdict.then === "ask") return await requestApproval(profile, intent);
    return { status: "denied", summary: `policy ${verdict.rule}: ${verdict.why}`, paths: [] };
  } catch (error) {
    return { status: "failed", summary: messageOf(error), paths: [] };
  }
}

async function makeMove(profile: Profile, intent: Intent, signal?: AbortSignal): Promise<Outcome> {
  const { move, digests, tainted } = intent;
  switch (move.action) {
    case "noop":
      return { status: "made", summary: move.reason, paths: [] };
    case "run":
      return await runCommand(profile, move.command, intent, signal);
    case "write_goal": {
      const body = tainted ? markUntrusted(move.body) : move.body;
      return {
        ...await writeGuarded(profile, `goals/${move.id}.md`, body, digests),
        content: body,
      };
    }
    case "archive_goal":
      return await archiveGoal(profile, move.id, digests);
    case "write_sensor":
      return await writeGuarded(profile, `sensors/${move.name}`, move.script, digests, 0o700);
    case "remove_sensor":
      return await removeGuarded(profile, `sensors/${move.name}`, digests);
    case "write_playbook":
      return await writeGuarded(profile, "PLAYBOOK.md", move.body, digests);
    case "start_worker":
      return await startWorkerMove(profile, move, intent);
    case "stop_worker":
      return await stopWorkerMove(profile, move);
    case "ask":
      return await askHuman(profile, intent, move);
  }
}
