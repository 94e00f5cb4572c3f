/** What the loop may use up: the config's `budget`. */
export interface Budget {
  /** How many decisions a runner may be asked for within an hour. Default 60. */
  decides_per_hour: number;
  /** How many workers may be alive. Default 8. */
  workers: number;
  /** US dollars that runners and workers together may cost from midnight to midnight. Default: no limit. */
  usd_per_day?: number;
  /** US dollars that one worker may cost. Default: no limit. */
  usd_per_worker?: number;
  /** What a cost that nobody knows does to a budget in dollars: `hold` decisions (default), or `ignore` it. */
  unknown_cost: "hold" | "ignore";
}

/** A budget that is used up. */
export type OverBudget = Pick<Hold, "budget" | "why">;

/** Why no runner is asked for now, although there is something to decide. */
export interface Hold {
  /** Which budget is used up; `unknown_cost`: nobody knows whether it is. */
  budget: "decides_per_hour" | "usd_per_day" | "unknown_cost";
  /** The reason, in one line. */
  why: string;
  /** The day that it holds for, in the host's time zone: `2026-11-23`. */
  day: string;
  /** The ask by which a person can lift it. */
  ask_id: string;
  /** A person has lifted it for that day. */
  lifted: boolean;
}
