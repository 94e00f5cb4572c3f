import type { Ask } from "./ask.ts";
import type { OverBudget } from "./config.ts";
import type { LastTick } from "./state.ts";
import type { Parked, SetAside } from "./state.ts";
import type { Worker } from "./worker.ts";
import type { Reading } from "./world.ts";

/** An ask that waits for the user, in {@linkcode Status}. */
export interface AskSummary
  extends Pick<Ask, "id" | "kind" | "question" | "options" | "ref" | "asked_at"> {
  /** Who asks: `looop`, `worker fix-ci`, or `claude's permission hook in worker fix-ci`. */
  from: string;
  /** When an approval expires, ISO 8601 in UTC. */
  expires_at?: string;
}

/** A worker in {@linkcode Status} and `looop ls --json`. */
export interface WorkerSummary
  extends
    Pick<Worker, "id" | "state" | "alive" | "exit_code" | "why" | "since" | "until">,
    Pick<Worker, "started_at" | "idle_s" | "runner" | "goal"> {
  /** Whether it is alive and waits for the user: it has a flag or an open ask. */
  flagged: boolean;
  /** The text of its flag, its question or its end. */
  note: string | null;
  /** The number of messages that have not reached it; absent: none. */
  undelivered?: number;
  /** The directory of the worktree that looop made for it; absent: none. */
  worktree?: string;
  /** Whether its `verify` passed; `null` if it has none. */
  verified: boolean | null;
}

/** A note as every surface shows it: what the worker itself says is marked, so that it cannot look like looop's. */
export function shownNote({ flagged, note }: Pick<WorkerSummary, "flagged" | "note">): string {
  return note === null ? "" : flagged ? `says: ${note}` : note;
}

/** The budgets and what is used of them. */
export interface BudgetStatus {
  /** Limit in US dollars for a day; `null` for none. */
  usd_per_day: number | null;
  /** Today's known cost in US dollars, as `known_cost_today_usd`. */
  spent_today_usd: number;
  /** The number of calls of today with an unknown cost, unreadable lines of the ledger included. */
  unknown_costs_today: number;
  /** US dollars that running workers have spent besides, so far and as far as known; the limit of a day includes them. */
  running_workers_usd: number;
  /** The number of running workers with an unknown cost. */
  running_unknown_costs: number;
  /** Limit in US dollars for one worker; `null` for none. */
  usd_per_worker: number | null;
  /** Limit of runner calls within an hour. */
  decides_per_hour: number;
  /** Runner calls in the last hour, second attempts included. */
  decides_last_hour: number;
  /** Limit of living workers. */
  workers: number;
  /** Living workers. */
  workers_alive: number;
  /** The budget that is used up; `null` if none is. */
  held:
    | OverBudget & {
      /** Id of the ask that can lift it; `null` once it is answered. */
      ask: string | null;
      /** Whether the user has lifted it for today. */
      lifted: boolean;
    }
    | null;
}

/** A tick that is running. */
export interface CurrentTick {
  /** The stage: it runs sensors, a runner decides, or a move is applied. */
  doing: "observing" | "deciding" | "acting";
  /** What it waits for: `sensors`, the name of the runner, or the move. */
  what: string;
  /** Since when, ISO 8601 in UTC. */
  since: string;
  /** The run that is decided or applied, if it is known. */
  run_id?: string;
}

/** The status of a profile, as printed by `looop status --json`. */
export interface Status {
  /** The process that ticks at an interval. */
  pulse: {
    /** Whether it is running; a single tick counts while it lasts. */
    running: boolean;
    /** Its process id; `null` if none is running. */
    pid: number | null;
    /** Seconds between ticks: of the pulse that is running, else by the config. */
    interval_s: number;
  };
  /** `null` before the first one. */
  last_tick: LastTick | null;
  /** What the tick that is running waits for; `null` if none is running. */
  tick: CurrentTick | null;
  /** Why nothing is decided although something changed; `null` if the loop is not parked. */
  parked: Pick<Parked, "kind" | "why" | "until"> | null;
  /** What fails, decisions or the move of a rule, and since when (ISO 8601 in UTC); `null` if nothing does. */
  failing: { why: string; since: string } | null;
  /** Moves that were denied or that failed, and are not repeated for the change that they were decided on. */
  set_aside: Pick<SetAside, "what" | "why" | "denied" | "tries">[];
  /** Whether the user paused the loop. */
  paused: boolean;
  /** Living workers, and ended workers that no decision has seen yet, by id. */
  workers: WorkerSummary[];
  /** The open asks, the most urgent first, those that the user has put off last. */
  asks: AskSummary[];
  /** Why notifications are not delivered, in one line; `null` if all are. */
  undelivered: string | null;
  /** What needs the user, one line each, most with the command to run. */
  attention: string[];
  /**
   * Cost of the calls that have ended since midnight, in US dollars; `null` if that of one is unknown. `budget` has what
   * running workers have spent besides.
   */
  cost_today_usd: number | null;
  /** The known part of it. */
  known_cost_today_usd: number;
  /** The number of calls of today with an unknown cost. */
  unknown_costs_today: number;
  /** The limits of the loop, and what is used of them. */
  budget: BudgetStatus;
  /** The data directory, absolute. */
  data_dir: string;
  /** `false` if there is no data directory yet. */
  exists: boolean;
  /** Path of the config file, which need not exist. */
  config: string;
  /** Name of the runner that decides; `null` if there is none. */
  runner: string | null;
}

/** A goal in {@linkcode Status}. */
export interface GoalStatus {
  /** Its id. */
  id: string;
  /** Its front matter's `goal`. */
  goal: string;
  /** Its priority. */
  priority: number;
  /** Why its rules do not run; `null`: it is valid. */
  error: string | null;
  /** Its metric; absent if it has none. */
  metric?: GoalMetric;
  /** When it is due, ISO 8601 in UTC; absent: never. */
  due?: string;
  /** A tick has found that it is due; else absent. */
  overdue?: true;
  /** Since when it has made no progress, ISO 8601 in UTC; absent: it has not stalled. */
  stalled_since?: string;
  /** Since when its `done` holds, ISO 8601 in UTC; absent: it does not. */
  done_since?: string;
  /** The most US dollars that it may cost; absent: no limit. */
  budget_usd?: number;
}

/** The metric of a goal in {@linkcode GoalStatus}. */
export interface GoalMetric {
  /** Its last value; `null` before the first. */
  value: number | null;
  /** When it changed to that, ISO 8601 in UTC; `null` before the first. */
  at: string | null;
  /** Where its way begins and ends; `null` if not given. */
  from: number | null;
  to: number | null;
  /** How much of the way is done, from 0 to 100; `null` if not known. */
  percent: number | null;
}

/** What a sensor printed last, in {@linkcode FullStatus}; masked. */
export interface ReadingStatus {
  /** The sensor's name. */
  name: string;
  /** When it ran, ISO 8601 in UTC. */
  at: string;
  /** `false`: its output is untrusted input. */
  trusted: boolean;
  /** The object that it printed, or the error. */
  result: Reading["result"];
}

/** A schedule in {@linkcode FullStatus} and `looop schedule ls --json`. */
export interface ScheduleSummary {
  name: string;
  /** Such as `0 9 * * 1-5 Europe/Berlin`; empty if it is invalid. */
  timing: string;
  note: string;
  /** The action of its own move; `null`: the goals' rules or the decider decide. */
  do: string | null;
  /** Whether a decision that untrusted input influenced wrote it. */
  untrusted: boolean;
  /** The slot that is due and that no move has handled, ISO 8601 in UTC; `null`: none is. */
  due: string | null;
  /** The next slot, ISO 8601 in UTC; `null`: there is none. */
  next: string | null;
  /** The same in the zone of the schedule, such as `2026-12-01 09:00 Europe/Berlin`. */
  next_local: string | null;
  /** Why it has no effect; `null`: it is valid. */
  error: string | null;
}

/** A status with everything that `looop watch` shows. */
export interface FullStatus extends Status {
  /** The open asks that are not snoozed, with the previews of approvals; masked. */
  open_asks: Ask[];
  /** What needs the user besides asks and workers; a part of `attention`. */
  notices: string[];
  /** Known cost in US dollars of the workers, by id. */
  worker_costs_usd: Record<string, number>;
  /** The goals, in the order of a tick. */
  goals: GoalStatus[];
  /** The schedules, by name. */
  schedules: ScheduleSummary[];
  /** The last journal lines, newest first. */
  journal: string[];
  /** The readings of the last tick, by name. */
  readings: ReadingStatus[];
  /** Hash of the world that the last tick observed; `null` before the first. An equal one: nothing changed. */
  hash: string | null;
}
