import { tickOnce } from "../../../src/loop/run.ts";
import { tick } from "../../../src/loop/tick.ts";
import { noop } from "../../support/scripted_decider.ts";
import type { TempProfile } from "../../support/temp_profile.ts";
import { start, workerProfile } from "../../support/worker_profile.ts";
import { inTurns, msOf } from "../in_turns.ts";
import { addHistory } from "../long_history.ts";
import type { Figure, Row } from "../row.ts";

/** A decision of everything but the runner, with many goals, readings and workers, and many lines behind it. */
export const deciding: Row = {
  name: "deciding",
  async measure({ quick }) {
    const size = quick ? { goals: 100, workers: 5 } : { goals: 300, workers: 20 };
    await using short = await largeProfile(size, 50);
    await using long = await largeProfile(size, 50_000);
    const { ratio, floor } = await inTurns(quick ? 3 : 12, decide(short), decide(long));
    return [{
      what: `deciding: ${size.goals} goals and readings, ${size.workers} workers, 50,000 lines`,
      floor: "the same with 50 lines",
      ...{ unit: "×", limit: 1.2, ...ratio, note: `floor ${floor.median.toFixed(0)} ms` },
    }] satisfies Figure[];
  },
};

let round = 0;

function decide(profile: TempProfile): () => Promise<number> {
  return () =>
    msOf(async () => {
      round++;
      const { outcome } = await tick(profile, {
        sensors: codeSensors(300),
        decider: () => noop(),
        dryRun: true,
      });
      if (outcome !== "planned") throw new Error(`the tick was ${outcome}, not planned`);
    });
}

async function largeProfile(
  { goals, workers }: { goals: number; workers: number },
  lines: number,
): Promise<TempProfile> {
  const profile = await workerProfile({
    config: { budget: { decides_per_hour: 60, workers: 50, unknown_cost: "hold" } },
  });
  for (let index = 0; index < goals; index++) {
    await profile.write(`goals/g${index}.md`, `---\ngoal: Aim number ${index}\n---\n\nNotes.\n`);
  }
  await tickOnce(profile, { sensors: codeSensors(300), decider: () => noop({ more: false }) });
  for (let index = 0; index < workers; index++) await start(profile, `w${index}`, "sleep 600");
  await addHistory(profile.paths.dataDir, { lines, asks: 0, workers: 0, commits: 0 });
  return profile;
}

function codeSensors(count: number) {
  const now = round;
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `s${index}`,
      () => ({ signal: index === 0 ? now : index, detail: { text: "x".repeat(200) } }),
    ]),
  );
}
