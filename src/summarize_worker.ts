import type { Ask } from "./model/ask.ts";
import type { WorkerSummary } from "./model/status.ts";
import type { Worker } from "./model/worker.ts";

/** Tells of a worker what a person wants to know. */
export function summarizeWorker(worker: Worker, asks: readonly Ask[]): WorkerSummary {
  const { id, state, alive, exit_code, flag, since, started_at, idle_s, runner, goal } = worker;
  return {
    id,
    state,
    alive,
    exit_code,
    ...(worker.why === undefined ? {} : { why: worker.why }),
    flagged: alive && (flag !== null || state === "waiting"),
    note: alive ? noteOf(worker, asks) : endNoteOf(worker),
    since,
    started_at,
    idle_s,
    runner,
    goal,
    verified: worker.verify === null ? null : worker.verification?.passed ?? false,
  };
}

function noteOf({ id, generation, state, flag }: Worker, asks: readonly Ask[]): string | null {
  if (flag?.note) return flag.note;
  const open = asks.find((ask) =>
    ask.worker === id && ask.run_id === generation && !ask.answer && !ask.closed_by
  );
  if (open) return open.question;
  return state === "orphaned" ? "lives on without a terminal: its tmux server died" : null;
}

/** A `done` that was to be verified is not believed before that has passed. */
function endNoteOf({ state, exit_code, why, verify, verification }: Worker): string | null {
  if (why !== undefined) return why;
  if (state === "lost") return "gone without a word";
  if (state === "failed") return `exit status ${exit_code}`;
  if (verify === null) return null;
  if (verification === null) return "says that it is done; not verified yet";
  return verification.passed
    ? "verified"
    : `says that it is done, but verify did not pass: exit status ${verification.exit_code}`;
}
