/**
 * What a tick needs after a change: the stages from decide to log, and the plan that links them.
 *
 * @module
 */

import { previewAction } from "../act/approval.ts";
import type { Admission } from "../admit/admit.ts";
import { closeAsk, findAsk } from "../inbox/asks.ts";
import { archiveHistory, commitUserEdits, lockMoves } from "../log/recover.ts";
import { fileSize } from "../os/read.ts";
import { parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId, writeIntent, writeRunFile } from "../profile/runs.ts";
import type { Ask } from "../schema/ask.ts";
import type { CallCost, Decided, Intent } from "../schema/decision.ts";
import type { Move } from "../schema/move.ts";
import { type Baseline, baselineOf, type State } from "../schema/state.ts";
import { ENDED_STATES } from "../schema/worker.ts";
import {
  type Comparison,
  dueSlots,
  type GoalFile,
  readsAny,
  untrustedKeysOf,
  wakesOf,
  type World,
} from "../schema/world.ts";
import { listClaims } from "../workers/claims.ts";

export { act } from "../act/act.ts";
export { admitMove as admit } from "../admit/admit.ts";
export { decide } from "../decide/decide.ts";
export { goalsOverBudget } from "../goals/ready.ts";
export { log } from "../log/log.ts";
export { recordNoMove } from "../log/no_move.ts";
export { askToLift } from "../log/over_budget.ts";

/** Names a run, parses the goals of the world that it decides on, and reads the claims. */
export async function newRun(
  profile: Profile,
  observed: World<GoalFile>,
): Promise<{ runId: string; world: World }> {
  const { claims, broken } = await listClaims(profile);
  for (const problem of broken) profile.warn(problem);
  const world = { ...observed, goals: parseGoals(profile, observed.goals), claims };
  return { runId: newRunId(profile.clock.now()), world };
}

/** An admitted move before its intent is written. */
export type Plan = Omit<Intent, "journal_bytes">;

/** A move whose intent is written. Holds the move lock until disposed of. */
export interface BegunMove extends Disposable {
  intent: Intent;
}

/**
 * Takes the move lock and writes the intent of a move, so that the next tick completes it after a crash. Before it,
 * commits the users' edits and archives old lines.
 *
 * @returns `null` when the approval that the move rests on was used meanwhile.
 */
export async function begin(
  profile: Profile,
  plan: Plan,
  signal?: AbortSignal,
): Promise<BegunMove | null> {
  const { paths } = profile;
  // Before the lock, since comparing two texts may take a while.
  const preview = plan.verdict.then === "ask"
    ? await previewAction(profile, plan.action)
    : undefined;
  using scope = new DisposableStack();
  scope.use(await lockMoves(profile, signal));
  const approval = plan.by === "approval" ? await findAsk(profile, plan.source) : null;
  if (approval?.closed_by) {
    await closeAsk(profile, approval, approval.closed_by);
    return null;
  }
  await commitUserEdits(profile);
  await archiveHistory(profile);
  const intent: Intent = {
    ...plan,
    ...(preview === undefined ? {} : { preview }),
    journal_bytes: fileSize(paths.journal),
  };
  await writeRunFile(profile, intent.run_id, "verdict.json", JSON.stringify(intent.verdict));
  await writeIntent(profile, intent);
  const lock = scope.move();
  return { intent, [Symbol.dispose]: () => lock.dispose() };
}

/** A run, the world that it decides on, and its decision. */
interface Run<D = Decided> {
  runId: string;
  world: World;
  comparison: Comparison;
  decided: D;
}

/** Collects all that is needed to apply a move, record it, and do so again after a crash. */
export async function planMove(
  { decided, verdict, runId, world, comparison, state, forced }:
    & Run<Decided & { kind: "decided" }>
    & {
      verdict: Admission;
      state: State;
      /** The user asked for this decision: the rest of the world is still undecided. */
      forced: boolean;
    },
): Promise<Plan> {
  const { decision: { by, source, move }, tainted, fired, ends, slots = [] } = decided;
  const approved = world.asks.find((ask) => by === "approval" && ask.id === source)?.approval;
  const { action, then, rule, why } = verdict;
  // The user's approval of this very move overrides the policy that asked for it, but not a denial.
  const isApproved = approved && then !== "deny";
  const changed = isApproved ? changeSince(approved, verdict) : null;
  const onWorld = by !== "approval" && by !== "schedule" && !forced;
  // A worker's ask stays open until the answer has reached the worker.
  const answered = world.asks.filter(({ answer, worker }) => answer && worker === undefined);
  // The end of a goal decides about nothing else.
  const onAll = onWorld && !ends;
  const ended = world.workers.filter(({ state }) => ENDED_STATES.has(state));
  return {
    run_id: runId,
    at: world.at,
    by,
    source,
    move,
    verdict: changed !== null
      ? { then: "deny", rule: "approval", why: changed }
      : isApproved
      ? { then: "allow", rule: "approval", why: `approved by the user (${source})` }
      : { then, rule, why },
    action,
    tainted,
    ...(decided.lasting ? { rule: source } : {}),
    ...(ends ? { ends: true as const } : {}),
    world: comparison.hash,
    digests: approved?.digests ?? targetDigests(move, world),
    baseline: onWorld ? await nextBaseline(world, ends && { ends, before: state.baseline }) : null,
    fired: onWorld || by === "schedule" ? fired : null,
    slots: dueSlots(world).filter(({ name }) => slots.includes(name))
      .map(({ name, slot, next, missed }) => ({ name, slot, next, missed })),
    closes: approved ? [source] : onAll ? answered.map(({ id }) => id) : [],
    ended: onAll ? ended.map(({ id, generation }) => ({ id, generation })) : [],
  };
}

/** Returns why an approval does not cover what its move would do now; `null` if it does. */
function changeSince(
  { action_sha256, files: approved = {} }: NonNullable<Ask["approval"]>,
  { action, action_sha256: now }: Admission,
): string | null {
  if (action_sha256 === now) return null;
  const files = { ...action.verify?.files, ...action.command?.files };
  const paths = new Set([...Object.keys(approved), ...Object.keys(files)]);
  const changed = [...paths].filter((path) => approved[path] !== files[path]).join(", ");
  const what = changed || "its access, sandbox, runner or program";
  return `what was approved is not what it would do now: ${what} changed since then`;
}

/** The world as decided on; if only some entries were, those alone, and the others as in the last baseline. */
async function nextBaseline(
  world: World,
  only?: { ends: string[]; before: Baseline | null },
): Promise<Baseline> {
  const now = await baselineOf(wakesOf(world), untrustedKeysOf(world));
  if (!only) return now;
  const seen = Object.entries(now).filter(([key]) => readsAny(only.ends, new Set([key])));
  return { ...only.before, ...Object.fromEntries(seen) };
}

/**
 * The digests of the files that a move replaces or removes, as the decider saw them: a path relative to the
 * data directory → SHA-256, or `null` where it saw none.
 */
export function targetDigests(move: Move, world: World): Record<string, string | null> {
  const goal = (id: string) => world.goals.find((goal) => goal.id === id)?.digest ?? null;
  const sensor = (file: string) =>
    world.readings.find((reading) => reading.file === file)?.script ?? null;
  switch (move.action) {
    case "write_goal":
    case "archive_goal":
      return { [`goals/${move.id}.md`]: goal(move.id) };
    case "write_sensor":
    case "remove_sensor":
      return { [`sensors/${move.name}`]: sensor(move.name) };
    case "write_playbook":
      return { "PLAYBOOK.md": world.playbook.digest };
    case "write_schedule":
    case "remove_schedule": {
      const file = world.schedules.find(({ name }) => name === move.name);
      return { [`schedules/${move.name}.yaml`]: file?.digest ?? null };
    }
    default:
      return {};
  }
}

/** Saves in `runs/<id>/` all that is needed to repeat the decision; nothing if no runner was asked. */
export async function saveRun(
  profile: Profile,
  { runId, world, comparison, state, decided }: Run & { state: State },
): Promise<void> {
  const unasked = decided.kind === "undecided" || decided.kind === "held";
  if (unasked && decided.calls.length === 0) return;
  const write = (name: string, data: unknown) =>
    writeRunFile(profile, runId, name, JSON.stringify(data, null, 1) + "\n");
  await write("world.json", { world, comparison, state });
  await write("decision.json", decided);
}

/** The cost of the calls of a decision, in US dollars; `null` if that of one is unknown. */
export function costOf(calls: CallCost[]): number | null {
  return calls.reduce<number | null>(
    (sum, { cost_usd }) => sum === null || cost_usd === null ? null : sum + cost_usd,
    0,
  );
}
