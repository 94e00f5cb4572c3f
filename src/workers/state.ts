import type { Ask } from "../schema/ask.ts";
import type { Flag, Worker, WorkerEnd, WorkerState } from "../schema/worker.ts";
import type { WorkerFacts } from "./files.ts";

/** Milliseconds without output after which a worker that is not waiting is stuck. */
export const STUCK_MS = 15 * 60_000;

/** What is known of a worker besides its files. */
export interface WorkerSigns {
  /** Its session exists, and the process that tmux started there is alive. */
  session: boolean;
  /** One of its processes is alive. */
  process: boolean;
  /** It was lost, and looop continues it. */
  resuming: boolean;
  flag: Flag | null;
  /** Its own open asks. */
  asks: readonly Ask[];
  /** Milliseconds since 1970. */
  now: number;
}

/** Returns the status of a worker whose files record no end. */
export function liveWorker(facts: WorkerFacts, signs: WorkerSigns): Worker {
  const { session, process, resuming, flag, asks, now } = signs;
  if (resuming) return resumingWorker(facts, flag);
  if (!session && !process) return endedWorker(facts, facts.end ?? lostEnd(facts), flag);
  const { record, resumption } = facts;
  const begunAt = Date.parse(resumption?.phase === "begun" ? resumption.at : record.started_at);
  const printedAt = Math.max(begunAt, facts.printedAt ?? begunAt);
  const idleMs = Math.max(0, now - printedAt);
  const waitsSince = flag?.at ?? asks.map((ask) => ask.asked_at).sort()[0];
  const [state, since]: [WorkerState, string] = !session
    ? ["orphaned", iso(printedAt)]
    : waitsSince !== undefined
    ? ["waiting", waitsSince]
    : idleMs >= STUCK_MS
    ? ["stuck", iso(printedAt)]
    : ["running", iso(begunAt)];
  return {
    ...record,
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

function resumingWorker(facts: WorkerFacts, flag: Flag | null): Worker {
  const { record, resumption } = facts;
  return {
    ...record,
    state: "resuming",
    alive: true,
    exit_code: null,
    flag,
    since: lostEnd(facts).at,
    ...(resumption && resumption.phase !== "begun" ? { until: resumption.due } : {}),
    idle_s: null,
    verification: null,
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
    ...(end.how === "killed" && end.why === undefined ? { killed: true } : {}),
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
