import type { Ask } from "../schema/ask.ts";
import type { Flag, Worker, WorkerEnd, WorkerState } from "../schema/worker.ts";
import type { WorkerFacts } from "./files.ts";

/** What is known of a worker besides its files. */
export interface WorkerSigns {
  /** Its session exists, and the process that tmux started there is alive. */
  session: boolean;
  /** One of its processes is alive. */
  process: boolean;
  flag: Flag | null;
  /** Its own open asks. */
  asks: readonly Ask[];
  /** Milliseconds since 1970. */
  now: number;
  /** Milliseconds without output after which it is stuck, unless it waits. */
  stuckMs: number;
}

/** Returns the status of a worker whose files record no end. */
export function liveWorker(facts: WorkerFacts, signs: WorkerSigns): Worker {
  const { session, process, flag, asks, now, stuckMs } = signs;
  if (!session && !process) return endedWorker(facts, facts.end ?? lostEnd(facts), flag);
  const printedAt = facts.printedAt ?? Date.parse(facts.record.started_at);
  const idleMs = Math.max(0, now - printedAt);
  const waitsSince = flag?.at ?? asks.map((ask) => ask.asked_at).sort()[0];
  const [state, since]: [WorkerState, string] = !session
    ? ["orphaned", iso(printedAt)]
    : waitsSince !== undefined
    ? ["waiting", waitsSince]
    : idleMs >= stuckMs
    ? ["stuck", iso(printedAt)]
    : ["running", facts.record.started_at];
  return {
    ...facts.record,
    state,
    alive: true,
    exit_code: null,
    flag,
    since,
    idle_s: Math.floor(idleMs / 1000),
    verification: null,
    ...undeliveredOf(facts),
  };
}

/** Returns the status of a worker that has ended. */
export function endedWorker(facts: WorkerFacts, end: WorkerEnd, flag: Flag | null): Worker {
  return {
    ...facts.record,
    state: end.how === "lost" ? "lost" : end.exit_code === 0 ? "done" : "failed",
    alive: false,
    exit_code: end.exit_code,
    ...(end.why === undefined ? {} : { why: end.why }),
    flag,
    since: end.at,
    idle_s: null,
    verification: facts.verification,
    ...undeliveredOf(facts),
  };
}

function undeliveredOf({ undelivered = 0 }: WorkerFacts): Pick<Worker, "undelivered"> {
  return undelivered > 0 ? { undelivered } : {};
}

/** The end of a worker that ended unexpectedly, at the time of its last output. */
export function lostEnd({ record, printedAt }: WorkerFacts): WorkerEnd {
  const at = printedAt === null ? record.started_at : iso(printedAt);
  return { exit_code: null, at, how: "lost" };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
