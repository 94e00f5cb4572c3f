import { join } from "@std/path";
import { BUDGET_ASK_OPTIONS, findBudgetAsk, GOAL_ASK_OPTIONS, isLift } from "../budget/limits.ts";
import { closeAsk, findAsk, writeAsk } from "../inbox/asks.ts";
import { lock } from "../os/lock.ts";
import { readTextIfPresent } from "../os/read.ts";
import { commitRun, isCommitted } from "../profile/commits.ts";
import { hasRepository } from "../profile/git.ts";
import { parseGoal } from "../profile/goal_file.ts";
import { appendEvent, appendJournal, journalLine, journalTail } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import type { OverBudget } from "../schema/config.ts";
import { localDay, usd } from "../schema/text.ts";
import { exceededBudgets } from "../workers/spending.ts";
import { noteLift } from "./progress.ts";

/** Journal lines among which that of a budget is looked for. */
const TAIL_LINES = 50;

/**
 * Records that a budget is used up: a journal line, an ask that can lift the budget for today, a commit and an event.
 * Each is written once for a budget and day, but a new journal line each time that the decisions per hour are used up.
 * Nothing is noted beforehand: the ask comes after the journal line and its commit after both, so the next tick
 * sees what a crash left undone. The caller holds the move lock.
 *
 * @returns the ask, which may be answered.
 */
export async function recordOverBudget(
  profile: Profile,
  over: OverBudget,
  runId: string,
): Promise<Ask> {
  const { budget, why, goal } = over;
  const now = profile.clock.now();
  const { id, ask: found } = await findBudgetAsk(profile, budget, goal);
  const recurs = budget === "decides_per_hour";
  const mark = found && recurs ? why : `(ask ${id})`;
  const journaled = (await journalTail(profile, TAIL_LINES)).findLast((line) =>
    line.includes(mark)
  );
  const text = `over budget: ${why}`;
  const line = journaled ?? journalLine(now, found ? text : `${text} (ask ${id})`);
  const isNew = found === null || (recurs && journaled === undefined);
  if (isNew && journaled === undefined) await appendJournal(profile, line);
  const ask: Ask = found ?? {
    id,
    kind: "question",
    question: goal
      ? `Over budget: ${why}. Lift it, for another ${usd(goal.usd)}?`
      : `Over budget: ${why}. Lift the budget for today?`,
    options: goal ? GOAL_ASK_OPTIONS : BUDGET_ASK_OPTIONS,
    asked_at: now.toISOString(),
    run_id: runId,
    hold: { budget, day: localDay(now), ...(goal ? { goal: goal.id, usd: goal.usd } : {}) },
  };
  if (found === null) await writeAsk(profile, ask);
  const path = `asks/${id}.json`;
  const isOpen = ask.answer === undefined && ask.closed_by === undefined && hasRepository(profile);
  if (isNew || (isOpen && !await isCommitted(profile, path))) {
    const paths = [path, "journal.md", "state.json", "cost.jsonl"];
    await commitRun(profile, paths, line.slice(2), isNew ? runId : ask.run_id);
  }
  if (isNew) await appendEvent(profile, { event: "held", run: runId, budget, why, ask: id });
  return ask;
}

/** Asks the user about each goal over its budget, once. */
export async function askToLift(
  profile: Profile,
  over: readonly OverBudget[],
  runId: string,
): Promise<void> {
  for (const one of over) {
    if ((await findBudgetAsk(profile, one.budget, one.goal)).ask) continue;
    using _ = await lock(profile.paths.moveLock);
    await recordOverBudget(profile, one, runId);
  }
}

/** Closes the asks about a budget that are answered or not needed any more. */
export async function closeBudgetAsks(profile: Profile, asks: Ask[]): Promise<void> {
  for (const ask of asks) {
    // Checked before any lock is taken: a tick that is still over budget writes nothing.
    const turn = await turnOf(profile, ask);
    if (turn === null) continue;
    const { id, hold } = ask;
    using _ = await lock(profile.paths.moveLock);
    // First: otherwise a crash could leave a closed ask that has lifted nothing.
    if (turn === "lifted") await noteLift(profile, ask);
    await closeLocked(profile, id, turn);
    const paths = [
      `asks/${id}.json`,
      `asks/closed/${id}.json`,
      ...hold?.goal ? ["state.json"] : [],
    ];
    const budget = hold?.goal === undefined ? hold?.budget : `of goal ${hold.goal}`;
    await commitRun(profile, paths, `Budget ${budget}: ${turn}`, null);
    await appendEvent(profile, { event: "hold", budget: hold?.budget ?? null, turn, ask: id });
  }
}

/** Returns why an ask about a budget is closed now, as in its `closed_by`; `null` if it stays open. */
async function turnOf(profile: Profile, { hold, answer }: Ask): Promise<string | null> {
  if (hold?.goal !== undefined) {
    if (answer) return isLift(answer) ? "lifted" : "kept";
    const text = await readTextIfPresent(join(profile.paths.goals, `${hold.goal}.md`));
    if (text === null) return "released";
    const { budget_usd, error } = parseGoal(hold.goal, text, "");
    return error !== undefined || budget_usd === hold.usd ? null : "released";
  }
  if (hold?.day !== localDay(profile.clock.now())) return "over";
  if (answer && isLift(answer)) return "lifted";
  // Time has passed, or the user has raised the budget.
  const { all } = await exceededBudgets(profile);
  if (!all.some(({ budget }) => budget === hold.budget)) return "released";
  return answer ? "kept" : null;
}

/** Closes an ask that the user may be answering just now. */
export async function closeLocked(profile: Profile, id: string, by: string): Promise<void> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (ask) await closeAsk(profile, ask, ask.closed_by ?? by);
}
