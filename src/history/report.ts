import { sumSpend } from "../budget/ledger.ts";
import { closedAsks, listAsks } from "../inbox/asks.ts";
import { summarizeWorker } from "../loop/fleet.ts";
import { readStatus } from "../loop/status.ts";
import { readLog } from "../profile/history.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import type { SpendRow, SpendSum } from "../schema/ledger.ts";
import { type FullStatus, shownNote, type WorkerSummary } from "../schema/status.ts";
import { localDateTime } from "../schema/text.ts";
import type { Worker } from "../schema/worker.ts";
import { listEnded, listWorkers } from "../workers/list.ts";
import { listRuns, type RunSummary } from "./runs.ts";

/** What happened since some time; all of it from files, without an LLM. */
export interface Report {
  /** ISO 8601 in UTC. */
  since: string;
  until: string;
  /** Moves that were applied, without those that did nothing. */
  done: Pick<RunSummary, "run_id" | "at" | "goal" | "text">[];
  /** Workers that ended, the verified ones first. */
  workers: EndedWorker[];
  /** Moves that were denied, failed or interrupted, and decisions that failed: equal ones once, with their number. */
  failed: { text: string; goal: string | null; last_run: string; times: number }[];
  /** Asks of this time. */
  asked: AskedItem[];
  /** Asks that the user answered in this time. */
  answered: (AskedItem & { answer: string; answered_at: string })[];
  /** The number of asks that wait for the user now. */
  waiting: number;
  /** What ended runner calls and workers cost. */
  spent: SpendSum & { by_goal: SpendRow[] };
  /** What does not go on without the user, or fails, a line each. */
  stuck: string[];
  /** Goals that were archived. */
  finished_goals: FinishedGoal[];
  /** What comes next by itself, the earliest first. */
  next_due: { at: string; what: string }[];
}

/** An ended worker in {@linkcode Report}. */
export interface EndedWorker extends WorkerSummary {
  /** `verified`: it is done and its `verify` passed; `done`: it has none, or it has not run yet. */
  result: "verified" | "done" | "failed";
}

/** An ask in {@linkcode Report}. */
export type AskedItem = Pick<
  Ask,
  "id" | "kind" | "question" | "asked_at" | "worker" | "hook"
>;

/** A goal in {@linkcode Report}. */
export interface FinishedGoal {
  id: string;
  /** When it was archived, ISO 8601. */
  at: string;
  /** The subject of the commit that archived it. */
  why: string;
  /** All that it has cost in US dollars, as far as known. */
  cost_usd: number;
}

/** Reports what happened since a time. */
export async function makeReport(profile: Profile, since: Date): Promise<Report> {
  const now = profile.clock.now();
  const [runs, spend, all, status] = await Promise.all([
    listRuns(profile, { since }),
    sumSpend(profile, { since }),
    sumSpend(profile),
    readStatus(profile, { full: true }),
  ]);
  const { asks: open } = await listAsks(profile);
  const asks = [...await closedAsks(profile), ...open]
    .sort((a, b) => (a.asked_at < b.asked_at ? -1 : 1));
  const isSince = (iso: string | undefined) => Date.parse(iso ?? "") >= since.getTime();
  return {
    since: since.toISOString(),
    until: now.toISOString(),
    done: runs.filter(({ status, action }) => status === "made" && action !== "noop")
      .map(({ run_id, at, goal, text }) => ({ run_id, at, goal, text })),
    workers: await endedWorkers(profile, isSince),
    failed: failuresOf(runs),
    asked: asks.filter(({ asked_at }) => isSince(asked_at)).map(itemOf),
    answered: asks.filter(({ answer }) => isSince(answer?.at)).map((ask) => {
      return { ...itemOf(ask), answer: ask.answer!.text, answered_at: ask.answer!.at };
    }),
    waiting: status.asks.length,
    spent: { ...spend.total, by_goal: spend.by_goal },
    stuck: stuckIn(status),
    finished_goals: await finishedGoals(profile, since, all.by_goal),
    next_due: dueIn(status, open, now),
  };
}

function itemOf({ id, kind, question, asked_at, worker, hook }: Ask): AskedItem {
  return { id, kind, question, asked_at, worker, hook };
}

function failuresOf(runs: RunSummary[]): Report["failed"] {
  const failed = new Map<string, Report["failed"][number]>();
  for (const { status, text, goal, run_id } of runs) {
    if (status === null || !["failed", "denied", "interrupted", "no_decision"].includes(status)) {
      continue;
    }
    const known = failed.get(text);
    failed.set(text, { text, goal, last_run: run_id, times: (known?.times ?? 0) + 1 });
  }
  return [...failed.values()];
}

async function endedWorkers(
  profile: Profile,
  isSince: (iso: string) => boolean,
): Promise<EndedWorker[]> {
  // Without tmux, only the files of archived ones are known.
  const listed = await listWorkers(profile).catch(() => []);
  const ended = [...await listEnded(profile), ...listed]
    .filter(({ alive, since }) => !alive && isSince(since))
    .map((worker) => ({ ...summarizeWorker(worker, []), result: resultOf(worker) }));
  const ranks = ["verified", "done", "failed"];
  return ended.sort((a, b) => ranks.indexOf(a.result) - ranks.indexOf(b.result));
}

function resultOf({ state, verification }: Worker): EndedWorker["result"] {
  if (state !== "done" || verification?.passed === false) return "failed";
  return verification ? "verified" : "done";
}

function stuckIn(status: FullStatus): string[] {
  const { workers, goals, parked, failing, set_aside, paused, budget } = status;
  return [
    ...workers.filter(({ state }) => ["waiting", "stuck", "orphaned", "lost"].includes(state))
      .map((worker) => {
        const note = shownNote(worker);
        return `worker ${worker.id} is ${worker.state}${note && `: ${note}`}`;
      }),
    ...goals.flatMap(({ id, due, overdue, stalled_since: stalled }) => [
      ...due !== undefined && overdue ? [`goal ${id} was due ${localDateTime(due)}`] : [],
      ...stalled ? [`goal ${id} has stalled: no progress since ${localDateTime(stalled)}`] : [],
    ]),
    ...parked ? [`parked: ${parked.why}`] : failing ? [`failing: ${failing.why}`] : [],
    ...paused ? ["paused"] : [],
    ...budget.held && !budget.held.lifted ? [`over budget: ${budget.held.why}`] : [],
    ...set_aside.map(({ what, why }) => `set aside, ${what}: ${why}`),
  ];
}

/** From the history, so that goals archived by the user are in it too. */
async function finishedGoals(
  profile: Profile,
  since: Date,
  costs: SpendRow[],
): Promise<FinishedGoal[]> {
  const stdout = await readLog(profile, [
    ...[`--since=${since.toISOString()}`, "--diff-filter=A", "--no-renames"],
    ...["--name-only", "--format=%x1e%aI%x1f%s", "--", ":(top,glob)goals/archive/*.md"],
  ]);
  return stdout.split("\x1e").filter(Boolean).reverse().flatMap((record) => {
    const [line, ...paths] = record.split("\n").filter(Boolean);
    const [at, ...rest] = line.split("\x1f");
    const subject = rest.join("\x1f").replace(/^\d{4}-\d\d-\d\d \d\d:\d\d /, "");
    return paths.map((path) => {
      const id = path.replace(/^.*\/|\.md$/g, "");
      const cost_usd = costs.find(({ key }) => key === id)?.cost_usd ?? 0;
      return { id, at, why: subject, cost_usd };
    });
  });
}

function dueIn(status: FullStatus, open: Ask[], now: Date): Report["next_due"] {
  const { last_tick, parked, pulse, goals, schedules } = status;
  const due = [
    ...goals.flatMap(({ id, due }) => due === undefined ? [] : [{ at: due, what: `goal ${id}` }]),
    ...schedules.flatMap(({ name, next, note }) =>
      next === null ? [] : [{ at: next, what: `schedule ${name}${note && `: ${note}`}` }]
    ),
    ...pulse.running && last_tick?.next_at ? [{ at: last_tick.next_at, what: "next tick" }] : [],
    ...parked?.until ? [{ at: parked.until, what: "the parked loop decides again" }] : [],
    ...open.filter(({ answer }) => !answer).flatMap(({ id, approval, snoozed_until }) => [
      ...approval ? [{ at: approval.expires_at, what: `approval ${id} expires` }] : [],
      ...snoozed_until ? [{ at: snoozed_until, what: `ask ${id} is announced again` }] : [],
    ]),
  ];
  return due.filter(({ at }) => Date.parse(at) > now.getTime())
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
