import { fireRule } from "../../src/decide/rules.ts";
import type { Move } from "../../src/schema/move.ts";
import type { Fired } from "../../src/schema/failing.ts";
import type { Goal, Wakes } from "../../src/schema/world.ts";

/** When the rules are evaluated. */
export const now = new Date("2026-11-23T09:00:00Z");

/** A move that does nothing. */
export function noop(reason: string): Move {
  return { action: "noop", reason, journal: reason };
}

/** A goal with these rules; each does nothing. */
export function goal(id: string, priority: number, rules: Record<string, string>): Goal {
  return {
    ...{ id, priority, text: "", digest: "", goal: `aim of ${id}`, untrusted: false },
    rules: Object.entries(rules).map(([name, when]) => ({ name, when, do: noop(`${id}/${name}`) })),
  };
}

/** A loop that remembers what fired, as `state.json` does. Gives `goal/rule` of what fired, or `-`. */
export function loop(goals: Goal[], holds: (move: Move) => boolean = () => false) {
  let fired: Fired = {};
  const errors: string[] = [];
  async function decide(
    wakes: Wakes,
    changed: string[],
    more: { tainted?: boolean; now?: Date; hash?: string } = {},
  ): Promise<string> {
    const world = {
      goals,
      wakes,
      changed,
      tainted: false,
      runner: "none",
      workers: [],
      now,
      hash: "w",
      ...more,
    };
    const result = await fireRule({ ...world, untrusted: new Set(), fired, holds });
    fired = result.fired;
    for (const { goal, rule, error } of result.errors) errors.push(`${goal}/${rule}: ${error}`);
    return result.decision ? `${result.decision.goal}/${result.decision.rule}` : "-";
  }
  /** What the log does once the move of a rule has failed. */
  const fail = (key: string, failures: number, at = now, world = "w") => {
    const known = fired[key];
    const digest = typeof known === "object" ? known.digest : known;
    const last = { at: at.toISOString(), since: now.toISOString(), world, why: "gone" };
    fired = { ...fired, [key]: { digest, failures, ...last } };
  };
  return { decide, errors, fail, fired: () => Object.keys(fired) };
}
