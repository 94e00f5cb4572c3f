import type { Ask } from "../schema/ask.ts";
import type { Flag, Worker, WorkerEnd, WorkerState } from "../schema/worker.ts";
import type { WorkerFacts } from "./files.ts";

/** Milliseconds of silence after which a worker that waits for nobody is stuck. */
export const STUCK_MS = 15 * 60_000;

/** What is known of a worker beside its files. */
export interface WorkerSigns {
  /** It has a session, and what tmux started in it lives. */
  session: boolean;
  /** A process of it lives. */
  process: boolean;
  flag: Flag | null;
  /** Its own asks that are open. */
  asks: readonly Ask[];
  /** Milliseconds since 1970. */
  now: number;
}

/** Tells how a worker stands that may live. */
export function liveWorker(facts: WorkerFacts, signs: WorkerSigns): Worker {
  const { session, process, flag, asks, now } = signs;
  if (!session && !process) return endedWorker(facts, facts.end ?? lostEnd(facts), flag);
  const printedAt = facts.printedAt ?? Date.parse(facts.record.started_at);
  const idleMs = Math.max(0, now - printedAt);
  const asked = asks.map((ask) => ask.asked_at).sort()[0];
  const waitsSince = flag?.at ?? asked;
  const [state, since]: [WorkerState, string] = !session
    ? ["orphaned", iso(printedAt)]
    : waitsSince !== undefined
    ? ["waiting", waitsSince]
    : idleMs >= STUCK_MS
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
  };
}

/** Tells how a worker stands that has ended. */
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
  };
}

/** The end of a worker that is gone without a word: some time after it last printed something. */
export function lostEnd({ record, printedAt }: WorkerFacts): WorkerEnd {
  const at = printedAt === null ? record.started_at : iso(printedAt);
  return { exit_code: null, at, how: "lost" };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
