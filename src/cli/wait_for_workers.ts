import { awaitWorkers, isOver } from "../await_workers.ts";
import { keepForClone } from "../keep_for_clone.ts";
import { WIZARD } from "../model/config.ts";
import type { JsonObject } from "../model/json.ts";
import type { TickResult } from "../model/tick_result.ts";
import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import type { CommandContext } from "./command.ts";
import { duration } from "./format_time.ts";
import { renderProgress } from "./render_progress.ts";
import { safeLine } from "./safe_text.ts";
import { PLAIN } from "./view.ts";

/** What a wait came to. */
interface Waited {
  /** All of them have ended. */
  over: boolean;
  /** How each stands, for `--json`. */
  workers: JsonObject[];
}

/**
 * Waits for the workers that a tick has started, tells on stderr how they stand, and commits what the next machine
 * has to know. When the time is up, or looop is told to stop, those that live go on living.
 *
 * @param timeoutMs milliseconds; default: until they have ended
 */
export async function waitForWorkers(
  { terminal, signal }: CommandContext,
  profile: Profile,
  { result, timeoutMs }: { result: TickResult; timeoutMs?: number },
): Promise<Waited> {
  const say = (text: string) => terminal.err(renderProgress(text, PLAIN));
  const ids = startedBy(result);
  if (ids.length > 0) {
    const most = timeoutMs === undefined
      ? "until it has ended"
      : `for ${duration(timeoutMs)} at most`;
    say(`waiting ${most}: worker ${ids.join(", ")}`);
  }
  // Whatever becomes of the wait: a clone of this finds the worker lost, which it then is.
  await keepForClone(profile);
  if (ids.length === 0) return { over: true, workers: [] };
  const workers = await awaitWorkers(profile, ids, {
    timeoutMs,
    signal,
    onChange: (worker) => say(describe(worker)),
  });
  await keepForClone(profile);
  const left = workers.filter((worker) => !isOver(worker)).map(({ id }) => id);
  if (left.length > 0) {
    say(
      `not waiting any longer: ${left.join(", ")} lives. Should this machine go now, ` +
        "it goes with it, and the next tick finds it lost",
    );
  }
  return {
    over: left.length === 0,
    workers: workers.map(({ id, state, exit_code, verification }) => ({
      id,
      state,
      exit_code,
      verified: verification?.passed ?? null,
    })),
  };
}

/** The workers that a tick has started: none, or one, since it makes one move. */
function startedBy(result: TickResult): string[] {
  if (result.outcome !== "moved" || result.result.status !== "made") return [];
  const { move } = result.decision;
  // Nobody comes to the terminal of a job to answer what looop init asks there.
  return move.action === "start_worker" && move.runner !== WIZARD ? [move.id] : [];
}

function describe({ id, state, exit_code, verification, flag, alive }: Worker): string {
  if (alive && flag) return `worker ${id} waits for a person: ${safeLine(flag.note)}`;
  const verified = verification === null
    ? ""
    : verification.passed
    ? ", its verify passed"
    : ", its verify failed";
  const exit = exit_code === null || exit_code === 0 ? "" : ` with status ${exit_code}`;
  return `worker ${id}: ${state}${exit}${verified}`;
}
