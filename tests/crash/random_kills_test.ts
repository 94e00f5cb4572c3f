import { assert, assertEquals } from "@std/assert";
import { killGroup } from "./kill_group.ts";
import { KINDS } from "./kinds.ts";
import { chance, LANES, SAMPLE, SEED } from "./extent.ts";
import { settle } from "./settle.ts";
import { copyStage, makeStage, type Stage } from "./stage.ts";

const KILLS = SAMPLE ? 20 : 300;

Deno.test(`a tick killed at ${KILLS} random moments, with all that it runs`, async () => {
  console.log(`      LOOOP_CRASH_SEED=${SEED}`);
  const random = chance("moments");
  const plans = Array.from({ length: KILLS }, () => ({
    kind: KINDS[Math.floor(random() * KINDS.length)],
    moment: random(),
  }));
  const stages = new Map<string, { stage: Stage; ms: number }>();
  await using all = new AsyncDisposableStack();
  for (const kind of new Set(plans.map((plan) => plan.kind))) {
    const stage = all.use(await makeStage(kind));
    stages.set(kind.name, { stage, ms: await duration(stage) });
  }
  const problems: string[] = [];
  let [next, killed] = [0, 0];
  const lane = async () => {
    while (next < plans.length) {
      const number = next++;
      const { kind, moment } = plans[number];
      const { stage: from, ms } = stages.get(kind.name)!;
      await using stage = await copyStage(from);
      // A bit longer than it took: the last calls are to be met as well.
      const afterMs = Math.round(moment * ms * 1.2);
      if ((await killGroup(stage, afterMs)).killed) killed++;
      const found = await settle(stage, LATER_MS);
      problems.push(...found.map((text) => `${number}: ${kind.name} after ${afterMs} ms: ${text}`));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  console.log(`      ${killed} of ${KILLS} were killed before they ended`);
  assertEquals(problems, []);
  assert(killed > KILLS / 4);
});

/** A git that was killed leaves a lock file, which is believed in for a minute. */
const LATER_MS = 120_000;

/** How long a tick takes that nobody kills. */
async function duration(from: Stage): Promise<number> {
  await using stage = await copyStage(from);
  const started = performance.now();
  const { code, stderr } = await killGroup(stage, 60_000);
  assertEquals(code, from.kind.fails ? 1 : 0, stderr);
  return performance.now() - started;
}
