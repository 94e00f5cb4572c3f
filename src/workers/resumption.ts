import { isPresent } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import type { Resumption, WorkerEnd, WorkerRecord } from "../schema/worker.ts";
import type { Agent, UsageLimit } from "./agents/agent.ts";
import { agentNamed } from "./agents/presets.ts";
import { recordsDir, type WorkerFacts, type WorkerFiles } from "./files.ts";

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
function canContinue(profile: Profile, record: WorkerRecord): boolean {
  return agentOf(profile, record)?.resume !== undefined;
}

/** `null` if the config no longer has the runner of the worker. */
function agentOf({ config }: Profile, { runner }: WorkerRecord): Agent | null {
  try {
    const own = Object.hasOwn(config.runners, runner) ? config.runners[runner] : undefined;
    return agentNamed(runner, own);
  } catch {
    return null;
  }
}

/** Milliseconds without output after which the records of an agent are searched for a limit. */
const SILENT_MS = 20_000;

/** Minutes after a limit was reached until the worker is continued: at least, and if its end is unknown. */
const [MIN_LIMIT_MIN, UNKNOWN_LIMIT_MIN] = [5, 15];

/**
 * Finds the usage limit at which the agent of a living worker has stopped; `null` where it is at none, or its records cannot be
 * read.
 *
 * @returns since when, and when looop continues the worker; ISO 8601 in UTC.
 */
export async function readLimit(
  profile: Profile,
  files: WorkerFiles,
  { record, resumption, printedAt }: WorkerFacts,
): Promise<{ at: string; due: string } | null> {
  if (printedAt === null || profile.clock.now().getTime() - printedAt < SILENT_MS) return null;
  const agent = agentOf(profile, record);
  let limit: UsageLimit | null | undefined;
  try {
    limit = await agent?.readLimit?.(recordsDir(files, record.sandbox));
  } catch {
    return null;
  }
  // One of the session before does not count.
  if (!limit || (resumption && limit.at <= resumption.at)) return null;
  const later = (minutes: number) =>
    new Date(Date.parse(limit.at) + minutes * 60_000).toISOString();
  const [earliest, end] = [later(MIN_LIMIT_MIN), limit.until ?? later(UNKNOWN_LIMIT_MIN)];
  return { at: limit.at, due: end > earliest ? end : earliest };
}

/** How often in a row a worker was lost before. */
function lossesOf(resumption: Resumption | null, now: Date): number {
  return resumption === null || hasWorked(resumption, now) ? 0 : resumption.count;
}

function hasWorked({ phase, at }: Resumption, now: Date): boolean {
  return phase === "begun" && now.getTime() - Date.parse(at) >= RECOVERED_MS;
}

/**
 * Returns the ids of the asks whose answers were in the first message of the last continuation, for the next one: its agent may
 * have been lost before it read them.
 */
export function repeatedAnswers(resumption: Resumption | null, now: Date): string[] {
  return resumption === null || hasWorked(resumption, now) ? [] : resumption.answered ?? [];
}

/** The resumption of a worker that was lost once more, at `now`; `begun` if that was once too often. */
export function nextResumption(earlier: Resumption | null, now: Date): Resumption {
  const count = lossesOf(earlier, now) + 1;
  const minutes = BACK_OFF_MIN[count - 1];
  const due = new Date(now.getTime() + (minutes ?? 0) * 60_000).toISOString();
  const phase = minutes === undefined ? "begun" : "waiting";
  const answered = repeatedAnswers(earlier, now);
  return {
    ...{ count: Math.min(count, BACK_OFF_MIN.length), phase, at: now.toISOString(), due },
    ...(answered.length === 0 ? {} : { answered }),
  };
}
