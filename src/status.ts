import { readBudgetStatus } from "./budget_status.ts";
import { pickRunner } from "./decide/pick_runner.ts";
import { fileAge } from "./host/file_age.ts";
import { lockHolder } from "./host/lock.ts";
import { listAsks } from "./humans/ask_files.ts";
import { listFleet } from "./list_fleet.ts";
import { startOfDay } from "./model/local_day.ts";
import { type Ask, isExpired } from "./model/ask.ts";
import { cut } from "./model/cut.ts";
import { lastTickSchema } from "./model/last_tick.ts";
import type { AskSummary, BudgetStatus, Status, WorkerSummary } from "./model/status.ts";
import { messageOf } from "./model/user_error.ts";
import { parseFile } from "./profile/parse_file.ts";
import { isPaused } from "./profile/pause.ts";
import type { Profile } from "./profile/profile.ts";
import { readState } from "./profile/state_file.ts";
import { sumSpend } from "./spend.ts";

/** The most characters of a question under `attention`; all of it is under `asks`. */
const MAX_QUESTION = 200;

/**
 * Tells how a profile stands: whether a pulse runs, what the last tick came to, what needs a human, what today
 * cost. Writes nothing, and works on a profile that was not made yet. A file that cannot be read is told under
 * `attention` rather than thrown.
 */
export async function readStatus(profile: Profile): Promise<Status> {
  const { paths, config, clock } = profile;
  const now = clock.now();
  const attention: string[] = [];
  const orTell = async <T>(reading: Promise<T>): Promise<T | null> => {
    try {
      return await reading;
    } catch (error) {
      attention.push(messageOf(error));
      return null;
    }
  };
  if (config.sandbox !== "none") {
    const { sandboxProblem } = await import("./profile/sandboxed.ts");
    const problem = sandboxProblem(profile);
    if (problem !== null) attention.push(problem.message);
  }
  const { asks, broken } = await listAsks(profile);
  const open = asks.filter((ask) => !ask.answer && !isExpired(ask, now.toISOString()));
  attention.push(...open.filter((ask) => !ask.hold).map(attentionTo), ...broken);
  const workers = await orTell(listFleet(profile)) ?? [];
  attention.push(...workers.flatMap((worker) => workerAttention(worker, open) ?? []));
  const { parked, hold } = await orTell(readState(profile)) ?? { parked: null, hold: null };
  if (parked) {
    attention.push(`parked, so nothing is decided (looop resume tries again): ${parked.why}`);
  }
  const budget = await readBudgetStatus(profile, hold, workers);
  attention.push(...heldAttention(budget));
  const paused = isPaused(profile);
  if (paused) attention.push("paused: looop resume goes on");
  const picked = await pickRunner(profile);
  if (!picked.runner && config.runner !== "none") {
    attention.push(`only the goals' own rules decide: ${picked.why}`);
  }
  const holder = await lockHolder(paths.pulseLock);
  const { total } = await sumSpend(profile, { since: startOfDay(now) });
  return {
    pulse: {
      running: holder !== null,
      pid: Number.parseInt(holder ?? "") || null,
      interval_s: config.interval,
    },
    last_tick: await orTell(
      parseFile(paths.lastTick, lastTickSchema, "The next tick replaces it."),
    ),
    parked: parked && { kind: parked.kind, why: parked.why, until: parked.until },
    paused,
    workers,
    asks: open.map(summaryOf),
    attention,
    cost_today_usd: total.unknown_costs > 0 ? null : total.cost_usd,
    known_cost_today_usd: total.cost_usd,
    unknown_costs_today: total.unknown_costs,
    budget,
    data_dir: paths.dataDir,
    exists: fileAge(paths.own, 0) !== null,
    config: profile.configPath,
    runner: picked.runner?.name ?? null,
  };
}

function attentionTo({ id, kind, question }: Ask): string {
  const verb = kind === "approval" ? `approve ${id}` : `answer ${id} "…"`;
  return `looop ${verb}: ${cut(question, MAX_QUESTION)}`;
}

/** What a person is to do about a worker; that its question waits is told with the ask itself. */
function workerAttention(
  { id, state, why, note, verified }: WorkerSummary,
  open: Ask[],
): string | null {
  switch (state) {
    case "waiting":
      return open.some((ask) => ask.worker === id)
        ? null
        : `looop attach ${id}: waits for you${note ? `: ${cut(note, MAX_QUESTION)}` : ""}`;
    case "stuck":
      return `looop attach ${id}: has printed nothing for 15 minutes and asked nothing`;
    case "orphaned":
      return `looop logs ${id}, looop kill ${id}: ${note && cut(note, MAX_QUESTION)}`;
    case "done":
      return verified === false ? `looop logs ${id}: ${note}` : null;
    case "failed":
      return why === undefined ? null : `looop logs ${id}: ${why}`;
    default:
      return null;
  }
}

/** What a person has kept, or lifted, needs nothing more of them. */
function heldAttention({ held }: BudgetStatus): string[] {
  if (held === null || held.lifted || held.ask === null) return [];
  return [
    `held, so no runner is asked (looop answer ${held.ask} lift goes on for today): ${held.why}`,
  ];
}

function summaryOf({ approval, ...ask }: Ask): AskSummary {
  const { id, kind, question, options, ref, asked_at } = ask;
  return { id, kind, question, options, ref, asked_at, expires_at: approval?.expires_at };
}
