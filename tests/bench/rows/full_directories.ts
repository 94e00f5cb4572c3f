import { compareIdleTicks } from "../full_directories.ts";
import type { Figure, Row } from "../row.ts";

const PLACES = {
  // Shared by all workers, and a worker's own: its working directory, its messages, and the records of its agent.
  "each directory that workers write to": [
    ...["claims", "reports", "reports/sub/sub"],
    ...["worktree", "inbox", "state/records"].map((dir) => `workers/fix/${dir}`),
  ],
  // Of those that only a worker without a sandbox can write to, the one that costs most.
  "asks/": ["asks"],
};

/** What a tick costs where a worker filled the directories that it can write to. */
export const fullDirectories: Row = {
  name: "full-directories",
  async measure({ quick }) {
    const count = quick ? 50_000 : 400_000;
    const floor = "the same without them";
    const figures: Figure[] = [];
    for (const [place, dirs] of Object.entries(PLACES)) {
      const { cpu, memory } = await compareIdleTicks(
        Object.fromEntries(dirs.map((dir) => [dir, count])),
        quick ? 2 : 7,
      );
      const what = `an idle tick with ${count.toLocaleString("en")} files in ${place}`;
      figures.push({
        ...{ what: `CPU of ${what}`, floor, unit: "×", limit: 2, ...cpu.ratio },
        note: `floor ${cpu.floor.median.toFixed(0)} ms`,
      }, {
        ...{ what: `peak memory of ${what}`, floor, unit: "×", limit: 1.2, ...memory.ratio },
        note: `floor ${(memory.floor.median / 1024).toFixed(0)} MiB`,
      });
    }
    return figures;
  },
};
