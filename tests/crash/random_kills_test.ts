import { assert, assertEquals } from "@std/assert";
import { inPool } from "../../src/sense/sense.ts";
import { chance, LANES, SAMPLE, SEED } from "./extent.ts";
import { killGroup } from "./kill_group.ts";
import type { Kind } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { settle } from "./settle.ts";
import { copyStage, makeStage, type Stage } from "./stage.ts";

const KILLS = SAMPLE ? 10 : 300;
/** On some profiles the tick that mends what was cut off is cut off as well, and so is the one after it. */
const MOST_IN_A_ROW = 3;
/** A git that was killed leaves a lock file, which is believed in for a minute. */
const LATER_MS = 120_000;

Deno.test(`ticks killed at ${KILLS} random moments, with all that they run`, async () => {
  console.log(`      LOOOP_CRASH_SEED=${SEED}`);
  await using stages = new AsyncDisposableStack();
  const usual = new Map<Kind, { stage: Stage; ms: number }>();
  let killed = 0;
  const problems = await inPool(makePlans(), LANES, async ({ kind, moments }) => {
    if (!usual.has(kind)) {
      const stage = stages.use(await makeStage(kind));
      usual.set(kind, { stage, ms: await duration(stage) });
    }
    const { stage: from, ms } = usual.get(kind)!;
    await using stage = await copyStage(from);
    // A bit longer than it took: the last calls are to be met as well.
    const afterMs = moments.map((moment) => Math.round(moment * ms * 1.2));
    for (const after of afterMs) {
      if ((await killGroup(stage, after)).killed) stage.kills++;
    }
    killed += stage.kills;
    const found = await settle(stage, LATER_MS);
    return found.map((text) => `${kind.name} after ${afterMs} ms: ${text}`);
  });
  console.log(`      ${killed} of ${KILLS} were killed before they ended`);
  assertEquals(problems.flat(), [], `LOOOP_CRASH_SEED=${SEED}`);
  assert(killed > KILLS / 4);
});

/** Kinds of tick, each with the moments (0: its beginning, 1: its end) at which it is killed. */
function makePlans(): { kind: Kind; moments: number[] }[] {
  const random = chance("moments");
  const plans = [];
  for (let left = KILLS; left > 0;) {
    const inARow = Math.min(left, 1 + Math.floor(random() * MOST_IN_A_ROW));
    left -= inARow;
    const kind = KINDS[Math.floor(random() * KINDS.length)];
    plans.push({ kind, moments: Array.from({ length: inARow }, random) });
  }
  return plans;
}

/** How long a tick takes that nobody kills. */
async function duration(from: Stage): Promise<number> {
  await using stage = await copyStage(from);
  const started = performance.now();
  const { code, stderr } = await killGroup(stage, 60_000);
  assertEquals(code, from.kind.fails ? 1 : 0, stderr);
  return performance.now() - started;
}
