import { compareIdleTicks } from "../full_directories.ts";
import type { Row } from "../row.ts";

/** What a tick costs where a worker filled the directories that it can write to. */
export const fullDirectories: Row = {
  name: "full-directories",
  async measure({ quick }) {
    const count = quick ? 50_000 : 400_000;
    const { cpu, memory } = await compareIdleTicks(
      { claims: count, reports: count },
      quick ? 2 : 7,
    );
    const what = `an idle tick with ${count.toLocaleString("en")} files in claims/ and in reports/`;
    const floor = "the same without them";
    return [
      {
        ...{ what: `CPU of ${what}`, floor, unit: "×", limit: 2, ...cpu.ratio },
        note: `floor ${cpu.floor.median.toFixed(0)} ms`,
      },
      {
        ...{ what: `peak memory of ${what}`, floor, unit: "×", limit: 1.2, ...memory.ratio },
        note: `floor ${(memory.floor.median / 1024).toFixed(0)} MiB`,
      },
    ];
  },
};
