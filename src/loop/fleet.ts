import { listAsks } from "../inbox/asks.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { shownNote, type WorkerSummary } from "../schema/status.ts";
import { cut, duration, localTime, plural } from "../schema/text.ts";
import type { Worker } from "../schema/worker.ts";
import { listEnded, listWorkers } from "../workers/list.ts";

/** Max. characters of a note in a line; `looop ls` has all of it. */
const MAX_NOTE = 200;

/** What the user should do about a worker; a question that it asks is listed as an ask. */
export function workerAttention(
  worker: WorkerSummary,
  open: readonly Ask[],
): string | null {
  const { id, state, why, note, verified, idle_s } = worker;
  switch (state) {
    case "waiting":
      return open.some((ask) => ask.worker === id)
        ? null
        : `looop attach ${id}: waits for you${
          note ? `: worker ${id} says: ${cut(note, MAX_NOTE)}` : ""
        }`;
    case "stuck":
      return `looop attach ${id}: has printed nothing for ${
        duration((idle_s ?? 0) * 1000)
      } and asked nothing`;
    case "orphaned":
      return `looop continue ${id}, looop kill ${id}: ${cut(shownNote(worker), MAX_NOTE)}`;
    case "done":
      return verified === false ? `looop logs ${id}: ${note}` : null;
    case "killed":
      return why === undefined ? null : `looop logs ${id}: ${why}`;
    default:
      return null;
  }
}

/** Summarizes a worker for the user. */
export function summarizeWorker(worker: Worker, asks: readonly Ask[]): WorkerSummary {
  const { id, state, alive, exit_code, flag, since, started_at, idle_s, runner, goal } = worker;
  return {
    ...{ id, state, alive, exit_code },
    ...(worker.why === undefined ? {} : { why: worker.why }),
    flagged: alive && (flag !== null || state === "waiting"),
    note: alive ? noteOf(worker, asks) : withUndelivered(worker, endNoteOf(worker)),
    ...(worker.undelivered ? { undelivered: worker.undelivered } : {}),
    ...{ since, started_at, idle_s, runner, goal },
    ...(worker.until === undefined ? {} : { until: worker.until }),
    ...(worker.worktree ? { worktree: worker.worktree.path } : {}),
    verified: worker.verify === null ? null : worker.verification?.passed ?? false,
  };
}

function noteOf(
  { id, generation, state, flag, until }: Worker,
  asks: readonly Ask[],
): string | null {
  if (flag?.note) return flag.note;
  const open = asks.find((ask) =>
    ask.worker === id && ask.run_id === generation && !ask.answer && !ask.closed_by
  );
  if (open) return open.question;
  const when = until === undefined ? "" : ` at ${localTime(new Date(until))}`;
  if (state === "resuming") return `its session ended unexpectedly; continues${when}`;
  if (state === "limited") return `has reached a usage limit; continues${when}`;
  return state === "orphaned" ? "still runs, but without a terminal: its tmux server died" : null;
}

function withUndelivered({ undelivered = 0 }: Worker, note: string | null): string | null {
  if (undelivered === 0) return note;
  return `${note === null ? "" : `${note}; `}${plural(undelivered, "undelivered message")}`;
}

/** A worker with a `verify` counts as done only once that has passed. */
function endNoteOf({ state, exit_code, why, verify, verification }: Worker): string | null {
  if (why !== undefined) return why;
  if (state === "lost") return "ended unexpectedly (crash or reboot)";
  if (state === "killed") return "ended by looop kill";
  if (state === "failed") return `exit status ${exit_code}`;
  if (verify === null) return null;
  if (verification === null) return "done, not verified yet";
  return verification.passed
    ? "verified"
    : `done, but its verify failed: exit status ${verification.exit_code}`;
}

/**
 * Summarizes the workers, by id.
 *
 * @param all include archived ones, oldest first, before the others
 * @throws {UserError} if tmux or `ps` fails, so that it is unknown which are alive.
 */
export async function listFleet(profile: Profile, all = false): Promise<WorkerSummary[]> {
  const { asks } = await listAsks(profile);
  const workers = (await listWorkers(profile, { asks })).map((worker) =>
    summarizeWorker(worker, asks)
  );
  if (!all) return workers;
  const ended = (await listEnded(profile)).map((worker) => summarizeWorker(worker, []));
  return [...ended, ...workers];
}
