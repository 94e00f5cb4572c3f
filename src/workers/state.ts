import type { Ask } from "../schema/ask.ts";
import type { Flag, Worker, WorkerEnd, WorkerState } from "../schema/worker.ts";
import type { WorkerFacts } from "./files.ts";

/** What is known of a worker besides its files. */
export interface WorkerSigns {
  /** Its session exists, and the process that tmux started there is alive. */
  session: boolean;
  /** One of its processes is alive. */
  process: boolean;
  /** It was lost, and looop continues it. */
  resuming: boolean;
  /** Its agent has stopped at a usage limit: since when, and when looop continues it; ISO 8601 in UTC. */
  limit: { at: string; due: string } | null;
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
  const { session, process, resuming, limit, flag, asks, now, stuckMs } = signs;
  if (resuming) return resumingWorker(facts, flag);
  if (!session && !process) return endedWorker(facts, facts.end ?? lostEnd(facts), flag);
  const { record, resumption } = facts;
  const begunAt = Date.parse(resumption?.phase === "begun" ? resumption.at : record.started_at);
  const printedAt = Math.max(begunAt, facts.printedAt ?? begunAt);
  const idleMs = Math.max(0, now - printedAt);
  const waitsSince = flag?.at ?? asks.map((ask) => ask.asked_at).sort()[0];
  const [state, since]: [WorkerState, string] = !session
    ? ["orphaned", iso(printedAt)]
    : limit
    ? ["limited", limit.at]
    : waitsSince !== undefined
    ? ["waiting", waitsSince]
    : idleMs >= stuckMs
    ? ["stuck", iso(printedAt)]
    : ["running", iso(begunAt)];
  return {
    ...record,
    state,
    alive: true,
    exit_code: null,
    flag,
    since,
    ...(state === "limited" ? { until: limit?.due } : {}),
    idle_s: Math.floor(idleMs / 1000),
    verification: null,
    ...moreOf(facts),
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
    ...moreOf(facts),
  };
}

/** Returns the status of a worker that has ended. */
export function endedWorker(facts: WorkerFacts, end: WorkerEnd, flag: Flag | null): Worker {
  return {
    ...facts.record,
    state: stateOf(end),
    alive: false,
    exit_code: end.exit_code,
    ...(end.why === undefined ? {} : { why: end.why }),
    ...(end.how === "killed" && end.why === undefined ? { killed: true } : {}),
    flag,
    since: end.at,
    idle_s: null,
    verification: facts.verification,
    ...moreOf(facts),
  };
}

function moreOf(
  { undelivered = 0, worktree }: WorkerFacts,
): Pick<Worker, "undelivered" | "worktree"> {
  return { ...(undelivered > 0 ? { undelivered } : {}), ...(worktree ? { worktree } : {}) };
}

function stateOf({ how, exit_code }: WorkerEnd): WorkerState {
  if (how === "lost" || how === "killed") return how;
  return exit_code === 0 ? "done" : "failed";
}

/** The end of a worker that ended unexpectedly, at the time of its last output. */
export function lostEnd({ record, printedAt }: WorkerFacts): WorkerEnd {
  const at = printedAt === null ? record.started_at : iso(printedAt);
  return { exit_code: null, at, how: "lost" };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
