import type { Admission } from "./admit/admit.ts";
import { baselineOf } from "./model/baseline.ts";
import type { Comparison } from "./model/change.ts";
import type { Decided } from "./model/decision.ts";
import type { EndedWorker } from "./model/intent.ts";
import { untrustedKeysOf, wakesOf, type World } from "./model/world.ts";
import type { Plan } from "./perform_move.ts";
import { targetDigests } from "./target_digests.ts";

/** A decision with policy's word on it, and what it was made on. */
export interface Admitted {
  decided: Decided & { kind: "decided" };
  verdict: Admission;
  runId: string;
  world: World;
  comparison: Comparison;
  /** A person asked for this decision: the rest of the world still waits for one. */
  forced: boolean;
}

/** Gathers into a plan all that making a move, writing it down, and doing so again after a crash will need. */
export async function planMove(
  { decided, verdict, runId, world, comparison, forced }: Admitted,
): Promise<Plan> {
  const { decision: { by, source, move }, tainted, fired } = decided;
  const approved = world.asks.find((ask) => by === "approval" && ask.id === source)?.approval;
  const { argv, then, rule, why } = verdict;
  // A person's yes to this very move stands above the policy that asked for it, but not above a refusal.
  const yes = approved && then !== "deny";
  const onWorld = by !== "approval" && !forced;
  return {
    run_id: runId,
    at: world.at,
    by,
    source,
    move,
    verdict: yes
      ? { then: "allow", rule: "approval", why: `a person approved it (${source})` }
      : { then, rule, why },
    argv,
    tainted,
    access: verdict.access,
    verify_access: verdict.verify_access,
    world: comparison.hash,
    digests: approved?.digests ?? targetDigests(move, world),
    baseline: onWorld ? await baselineOf(wakesOf(world), untrustedKeysOf(world)) : null,
    fired: onWorld ? fired : null,
    closes: approved ? [source] : onWorld ? answered(world) : [],
    ended: onWorld ? ended(world) : [],
  };
}

function ended({ workers }: World): EndedWorker[] {
  return workers.filter(({ state }) => state === "done" || state === "failed" || state === "lost")
    .map(({ id, generation }) => ({ id, generation }));
}

/** A worker's ask stays open until the answer has reached the worker. */
function answered(world: World): string[] {
  return world.asks.filter((ask) => ask.answer && ask.worker === undefined).map((ask) => ask.id);
}
