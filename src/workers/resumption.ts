import { isPresent } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import type { Resumption, WorkerEnd, WorkerRecord } from "../schema/worker.ts";
import { agentNamed } from "./agents/presets.ts";
import type { WorkerFacts, WorkerFiles } from "./files.ts";

/** Minutes after each of these losses in a row until looop continues the worker; after one more it stays lost. */
const BACK_OFF_MIN = [1, 5, 25];

/** Milliseconds of work after which a loss is the first one again. */
const RECOVERED_MS = 3_600_000;

/** The status of a program that was ended by KILL. */
const KILLED = 137;

/**
 * Reports whether a session ended from outside: without a recorded end, as in a crash or a reboot, or because its agent was
 * killed with KILL, as when the machine is out of memory. No agent ends itself so, and `looop kill` is recorded otherwise.
 */
export function isCut(end: WorkerEnd | null): boolean {
  return end === null || (end.how === "exited" && end.exit_code === KILLED);
}

/**
 * Reports whether looop continues a worker whose session ended from outside: its agent can continue, and it was not lost too
 * often in a row.
 *
 * @param alive one of its processes is alive
 */
export function isResuming(
  profile: Profile,
  files: WorkerFiles,
  facts: WorkerFacts,
  alive: boolean,
): boolean {
  const { phase = "begun" } = facts.resumption ?? {};
  if (alive) return phase === "stopping";
  if (phase !== "begun") return true;
  return lossesOf(facts.resumption, profile.clock.now()) < BACK_OFF_MIN.length &&
    !isPresent(files.settled) &&
    // In a clone on another machine only the status of its workers is present.
    isPresent(files.prompt) && canContinue(profile, facts.record);
}

/** Reports whether the agent of a worker can continue a session. */
function canContinue({ config }: Profile, { runner }: WorkerRecord): boolean {
  try {
    const own = Object.hasOwn(config.runners, runner) ? config.runners[runner] : undefined;
    return agentNamed(runner, own).resume !== undefined;
  } catch {
    return false; // the config no longer has its runner
  }
}

/** How often in a row a worker was lost before. */
function lossesOf(resumption: Resumption | null, now: Date): number {
  if (!resumption) return 0;
  const workedMs = now.getTime() - Date.parse(resumption.at);
  return resumption.phase === "begun" && workedMs >= RECOVERED_MS ? 0 : resumption.count;
}

/** The resumption of a worker that was lost once more, at `now`; `begun` if that was once too often. */
export function nextResumption(earlier: Resumption | null, now: Date): Resumption {
  const count = lossesOf(earlier, now) + 1;
  const minutes = BACK_OFF_MIN[count - 1];
  const due = new Date(now.getTime() + (minutes ?? 0) * 60_000).toISOString();
  const phase = minutes === undefined ? "begun" : "waiting";
  return { count: Math.min(count, BACK_OFF_MIN.length), phase, at: now.toISOString(), due };
}
