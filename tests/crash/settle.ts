import { tickOnce } from "../../src/loop/run.ts";
import { systemClock } from "../../src/os/clock.ts";
import { disagreements } from "./disagreements.ts";
import { reopen, type Stage } from "./stage.ts";

/** The most ticks until nothing is left to do: the move, two looks at what it left, a noop, an idle one. */
const MOST_TICKS = 6;

/**
 * Ticks on, undisturbed, until nothing is left to decide.
 *
 * @param laterMs how much later that is: a lock file that a killed git left is believed in for a minute
 * @returns what does not agree then
 */
export async function settle(stage: Stage, laterMs = 0): Promise<string[]> {
  const now = () => new Date(Date.now() + laterMs);
  const profile = await reopen(stage, { ...systemClock, now });
  const outcomes: string[] = [];
  while (!["idle", "held", "parked"].includes(outcomes.at(-1) ?? "")) {
    if (outcomes.length === MOST_TICKS) return [`it never comes to rest: ${outcomes}`];
    try {
      const result = await tickOnce(profile);
      outcomes.push(result.outcome === "moved" ? `moved: ${result.journal}` : result.outcome);
    } catch (error) {
      return [`a later tick failed: ${error}`];
    }
  }
  const found = await disagreements({ ...stage, profile });
  return found.length === 0 ? [] : [...found, `ticks after: ${outcomes.join(" | ")}`];
}
