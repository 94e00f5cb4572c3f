import * as z from "zod/mini";
import type { Ask } from "./ask.ts";
import type { OverBudget } from "./config.ts";
import type { DecideError, Decision, Outcome, Verdict } from "./decision.ts";
import type { Parked } from "./state.ts";
import type { WorkerState } from "./worker.ts";

/** An ask that waits for a human, as {@linkcode Status} tells of it. */
export interface AskSummary
  extends Pick<Ask, "id" | "kind" | "question" | "options" | "ref" | "asked_at"> {
  /** Of an approval: a yes after this comes too late, ISO 8601 in UTC. */
  expires_at?: string;
}

/** A worker, as {@linkcode Status} and `looop ls --json` tell of it. */
export interface WorkerSummary {
  /** Its id, as `looop attach` takes it. */
  id: string;
  /** How it stands. */
  state: WorkerState;
  /** Whether any process of it lives. */
  alive: boolean;
  /** `null` while it lives, and when nobody knows. */
  exit_code: number | null;
  /** Why looop itself stopped it, in one line; absent: it did not. */
  why?: string;
  /** It lives and waits for a human: its flag is up, or it has asked something. */
  flagged: boolean;
  /** Of its flag, its question or its end, for a person to read. */
  note: string | null;
  /** ISO 8601 in UTC: when it came into this state, as far as files tell. */
  since: string;
  /** ISO 8601 in UTC. */
  started_at: string;
  /** Seconds since it last printed something; `null` when it does not live. */
  idle_s: number | null;
  /** Name of its runner. */
  runner: string;
  /** The goal it serves. */
  goal: string | null;
  /** Whether its `verify` has passed; `null`: it has none. */
  verified: boolean | null;
}

/** The budgets, and how much of them is used up. */
export interface BudgetStatus {
  /** US dollars for a day; `null`: no limit. */
  usd_per_day: number | null;
  /** US dollars that are known to be spent since midnight, with all that living workers have cost so far. */
  spent_today_usd: number;
  /** How many costs since then nobody knows. */
  unknown_costs_today: number;
  /** US dollars for one worker; `null`: no limit. */
  usd_per_worker: number | null;
  /** Decisions that a runner may be asked for within an hour. */
  decides_per_hour: number;
  /** Those of the last hour. */
  decides_last_hour: number;
  /** How many workers may be alive. */
  workers: number;
  /** How many are. */
  workers_alive: number;
  /** The budget that is used up; `null`: none is. */
  held: {
    /** Which; `unknown_cost`: nobody knows whether it is. */
    budget: OverBudget["budget"];
    /** The reason, in one line. */
    why: string;
    /** Id of the ask that can lift it; `null`: it has been answered. */
    ask: string | null;
    /** A person has lifted it for today. */
    lifted: boolean;
  } | null;
}

/** How a profile stands: what `looop status --json` prints. */
export interface Status {
  /** The process that ticks on a cadence. */
  pulse: {
    /** Whether it runs; a tick by hand counts while it lasts. */
    running: boolean;
    /** Its process id; `null` where none runs. */
    pid: number | null;
    /** Seconds between ticks. */
    interval_s: number;
  };
  /** `null` before the first one. */
  last_tick: LastTick | null;
  /** Why nothing is decided although something changed; `null` where nothing is wrong. */
  parked: Pick<Parked, "kind" | "why" | "until"> | null;
  /** A person paused the loop. */
  paused: boolean;
  /** Those that live, and those whose end the loop has not seen yet, by id. */
  workers: WorkerSummary[];
  /** Those that wait for an answer, oldest first. */
  asks: AskSummary[];
  /** What needs a human, one line each, most with the command that sees to it. */
  attention: string[];
  /** US dollars spent since midnight; `null` where the cost of some call is unknown. */
  cost_today_usd: number | null;
  /** The known part of it. */
  known_cost_today_usd: number;
  /** How many calls of today have no known cost. */
  unknown_costs_today: number;
  /** What the loop may use up, and has. */
  budget: BudgetStatus;
  /** The data directory, absolute. */
  data_dir: string;
  /** `false` where the data directory was not made yet. */
  exists: boolean;
  /** Path of the config file, which need not exist. */
  config: string;
  /** Name of the runner that decides; `null` where there is none. */
  runner: string | null;
}

/** When the last tick ended, and what it came to. */
export interface LastTick {
  /** ISO 8601 in UTC. */
  at: string;
  /** Hash of the world that it saw; `null` where it did not look. */
  hash: string | null;
  /** What it came to: see {@linkcode TickResult}. */
  outcome: TickResult["outcome"];
}

/** Checks `.looop/last_tick.json`. */
export const lastTickSchema: z.ZodMiniType<LastTick> = z.strictObject({
  at: z.string(),
  hash: z.nullable(z.string()),
  outcome: z.enum([
    "idle",
    "paused",
    "parked",
    "held",
    "damped",
    "undecided",
    "failed",
    "moved",
    "planned",
    "stopped",
  ]),
});

/** What one tick came to; `outcome` tells which. `hash` names the world that it saw. */
export type TickResult =
  /** Nothing changed: nobody was asked, nothing was written. */
  | { outcome: "idle"; hash: string }
  /** A person paused the loop: it did not even look. */
  | { outcome: "paused" }
  /** Something changed, but decisions on it failed, or wait for a rate limit to end. */
  | { outcome: "parked"; hash: string; why: string }
  /**
   * Something changed, but a budget is used up: no runner was asked. `ask_id` is of the ask that can lift it; `null`:
   * there is none, since a person has said to keep it, or in a dry run.
   */
  | { outcome: "held"; hash: string; why: string; ask_id: string | null }
  /** Only sensors changed that change all the time, and the last decision is not ten minutes old. */
  | { outcome: "damped"; hash: string; why: string }
  /** Something changed, but no rule fired and there is no runner. */
  | { outcome: "undecided"; hash: string; why: string; changes: string[] }
  /** The decision failed: the next prompt says why. */
  | {
    outcome: "failed";
    hash: string;
    run_id: string;
    error: DecideError;
    /** US dollars of all calls; `null` when unknown. */
    cost_usd: number | null;
    /** Why nothing more is tried for now, where this failure was the last straw. */
    parked: string | null;
  }
  /** One move, with what became of it. */
  | MovedResult
  /** Of a dry run: the move that would be made, and policy's word on it. */
  | {
    outcome: "planned";
    hash: string;
    run_id: string;
    decision: Decision;
    verdict: Verdict;
    cost_usd: number | null;
  }
  /** looop was told to stop: nothing was made. */
  | { outcome: "stopped" };

/** A tick that decided a move. */
export interface MovedResult {
  /** A move was decided, whatever became of it. */
  outcome: "moved";
  /** Hash of the world that was decided on. */
  hash: string;
  /** Names the run: its files are in `runs/<run_id>/`. */
  run_id: string;
  /** The move, and where it comes from. */
  decision: Decision;
  /** What policy said of it. */
  verdict: Verdict;
  /** What became of it. */
  result: Outcome;
  /** The journal line. */
  journal: string;
  /** US dollars of all calls; 0 when nobody was called, `null` when unknown. */
  cost_usd: number | null;
}
