import { answerAsk, closeWorkerAsk } from "../../../src/inbox/answer.ts";
import { raiseAsk } from "../../../src/inbox/flags.ts";
import { tickOnce } from "../../../src/loop/run.ts";
import type { CodeSensor } from "../../../src/schema/world.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import { start, untilEnded, workerProfile } from "../../support/worker_profile.ts";
import type { Figure, Row } from "../row.ts";

/** How often the decider is asked, which is what money is spent on. */
export const calls: Row = {
  name: "calls",
  undisturbed: true,
  async measure() {
    const row = (what: string, count: number, limit: number): Figure => ({
      ...{ what, floor: "", unit: "calls", min: count, median: count, max: count, limit },
    });
    return [
      row("calls over 100 ticks without a change", await over(() => ({ signal: "calm" })), 0),
      row(
        "calls over 100 ticks whose detail changes",
        await over((tick) => ({ signal: "calm", detail: tick })),
        0,
      ),
      row(
        "calls over 100 ticks with one change",
        await over((tick) => ({ signal: tick < 50 ? "calm" : "wild" })),
        1,
      ),
      row("calls over a worker's whole life with two asks", await overLife(), 1),
    ];
  },
};

async function over(reading: (tick: number) => Awaited<ReturnType<CodeSensor>>): Promise<number> {
  await using profile = await tempProfile();
  const decider = settled();
  let tick = 0;
  const sensors = { sea: () => reading(tick) };
  await tickOnce(profile, { sensors, decider: decider.decide });
  const before = decider.prompts.length;
  for (tick = 1; tick <= 100; tick++) {
    await tickOnce(profile, { sensors, decider: decider.decide });
  }
  return decider.prompts.length - before;
}

/** Asks twice, is answered twice, and ends; ticks all along. */
async function overLife(): Promise<number> {
  await using profile = await workerProfile();
  const decider = settled();
  const look = () => tickOnce(profile, { decider: decider.decide });
  await look();
  const before = decider.prompts.length;
  const { generation } = await start(profile, "fix", "until [ -e over ]; do sleep 0.05; done");
  await look();
  for (const question of ["First?", "Second?"]) {
    const { id } = await raiseAsk(profile, { worker: "fix", generation, question });
    await look();
    await answerAsk(profile, id, "yes");
    await look();
    await closeWorkerAsk(profile, id, "delivered");
    await look();
  }
  await profile.write("over", "");
  await untilEnded(profile, "fix");
  for (let tick = 0; tick < 3; tick++) await look();
  return decider.prompts.length - before;
}

function settled() {
  const all = scripted();
  return {
    prompts: all.prompts,
    decide: async (...args: Parameters<typeof all.decide>) => {
      await all.decide(...args);
      return noop({ more: false });
    },
  };
}
