import { type Call, killTick } from "./kill_tick.ts";
import { settle } from "./settle.ts";
import { copyStage, type Stage } from "./stage.ts";

/** How many profiles are tried at a time. */
const LANES = 2;
/** Far more calls than a tick makes. */
const ENOUGH = 500;

/** What killing a tick at each of its calls gave. */
export interface Cuts {
  kills: number;
  /** What did not agree after the ticks that followed; the call and its number come first. */
  problems: string[];
}

/**
 * Kills a tick at its first call of a kind, on another copy at its second, and so on until it is too short to be
 * killed; after each, ticks on and checks that all agree.
 *
 * @param step 1: at every call; n: at every n-th, from the first on
 */
export async function cutAtEveryCall(from: Stage, call: Call, step = 1): Promise<Cuts> {
  const cuts: Cuts = { kills: 0, problems: [] };
  let next = 1;
  let last = ENOUGH;
  const lane = async () => {
    while (next < last) {
      const nth = next;
      next += step;
      await using stage = await copyStage(from);
      const end = await killTick(stage, call, nth);
      if (end.killed) cuts.kills++;
      else {
        last = Math.min(last, nth);
        if (end.code !== 0) cuts.problems.push(`${call} ${nth}: exit ${end.code}: ${end.stderr}`);
      }
      for (const problem of await settle(stage)) cuts.problems.push(`${call} ${nth}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return cuts;
}
