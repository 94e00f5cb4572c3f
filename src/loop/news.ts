/**
 * What a tick does between its stages, if there is any need: it closes asks, and adds to the observed world the news of
 * schedules and goals.
 *
 * @module
 */

import type { Progress } from "../goals/progress.ts";
import { listAsks } from "../inbox/asks.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { listInboxes } from "../profile/paths.ts";
import { isExpired } from "../schema/ask.ts";
import { needsObservation, settledNews } from "../schema/progress.ts";
import type { State } from "../schema/state.ts";
import type { Comparison, GoalFile, World } from "../schema/world.ts";
import type { TickInput } from "./tick.ts";

/**
 * Adds the slots of schedules that are due, and the progress of goals, to the world, and records what has changed.
 *
 * @returns the state after that, and the progress; `null` if no goal needs it, or the user requests a move for one.
 */
export async function addNews(
  profile: Profile,
  observed: World<GoalFile>,
  input: TickInput,
): Promise<{ progress: Progress | null; state: State }> {
  const state = await readState(profile);
  const hasSchedules = observed.schedules.length > 0 || Object.keys(state.schedules).length > 0;
  const now = hasSchedules
    ? await (await import("../diff/schedules.ts")).findDueSlots(profile, observed, state, input)
    : state;
  return input.only
    ? { progress: null, state: now }
    : await observeGoals(profile, observed, now, input);
}

/** Observes the goals, and records what has changed; `null` if none needs it. Adds its news to the world. */
async function observeGoals(
  profile: Profile,
  observed: World<GoalFile>,
  state: State,
  { decider, dryRun }: TickInput,
): Promise<{ progress: Progress | null; state: State }> {
  const { config, clock } = profile;
  const decides = decider !== undefined || config.runner !== "none";
  const lateS = decides ? config.fairness : 0;
  const settled = settledNews(state.goals, state.baseline);
  if (!needsObservation(observed.goals, state.goals, { lateS, now: clock.now(), settled })) {
    if (Object.keys(settled).length > 0) observed.news = settled;
    return { progress: null, state };
  }
  const progress = await (await import("../goals/progress.ts"))
    .observeGoals(profile, observed, state, { lateS });
  observed.news = progress.news;
  if (dryRun) return { progress, state };
  const { recordProgress } = await import("../log/progress.ts");
  return { progress, state: await recordProgress(profile, state, progress) };
}

/** Closes looop's own asks that are answered or not needed any more, and the approvals that have expired. */
export async function closeEndedAsks(profile: Profile): Promise<void> {
  const { asks } = await listAsks(profile);
  const held = asks.filter(({ hold }) => hold);
  if (held.length > 0) await (await import("../log/over_budget.ts")).closeBudgetAsks(profile, held);
  if (asks.some(({ setup, answer }) => setup && !answer)) {
    await (await import("./setup.ts")).noticeSetUp(profile);
  }
  const now = profile.clock.now().toISOString();
  if (asks.some((ask) => isExpired(ask, now))) {
    await (await import("../log/withdraw.ts")).expireApprovals(profile, asks);
  }
}

/** Withdraws the asks of rules whose cause has ended, and removes them from the world. Returns the new state. */
export async function withdrawEndedAsks(
  profile: Profile,
  observed: World<GoalFile>,
  rest: { comparison: Comparison; tainted: boolean; state: State },
): Promise<State> {
  if (!observed.asks.some(({ rule, answer }) => rule && !answer)) return rest.state;
  const { withdrawAsks } = await import("../log/withdraw.ts");
  const { parseGoals } = await import("../profile/goal_file.ts");
  // Warnings about goals are those of a decision.
  const goals = parseGoals({ ...profile, warn: () => undefined }, observed.goals);
  const { state, asks } = await withdrawAsks(profile, { ...rest, world: { ...observed, goals } });
  observed.asks = asks;
  return state;
}

/** Applies what sandboxed workers sent to their inboxes: all of them, or one. */
export function receiver(profile: Profile): (worker?: string) => Promise<void> {
  return async (worker) => {
    if (listInboxes(profile.paths).length === 0) return;
    await (await import("../mailbox/server.ts")).receive(profile, worker);
  };
}
