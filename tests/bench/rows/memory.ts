import { join } from "@std/path";
import { lookAtProcess } from "../../soak/look_at_process.ts";
import { eventually } from "../../support/eventually.ts";
import { spawnLooop } from "../../support/looop.ts";
import { addSensor, benchHome } from "../bench_home.ts";
import { spread } from "../in_turns.ts";
import type { Row } from "../row.ts";

/** Whether a pulse grows while nothing happens. */
export const memory: Row = {
  name: "memory",
  undisturbed: true,
  async measure({ quick }) {
    // Until about tick 3,500 malloc and V8 still settle on how much they keep at hand; the note tells of that.
    const [early, warm, last] = quick ? [300, 500, 800] : [1000, 4000, 9000];
    // Ticks follow each other at once; the sensors run often enough that they count, and seldom enough that 9,000
    // ticks take about a minute.
    const config = { interval: 0.001, busy_interval: 0.001, active_interval: 0.001 };
    await using home = await benchHome(config);
    for (const name of ["calm", "even"]) {
      await addSensor(home, name, `# looop: interval=1\necho '{"signal":"${name}"}'`);
    }
    const own = join(home.dataDir, ".looop");
    await Deno.mkdir(own, { mode: 0o700 });
    using ticks = new TickCount(own);
    const child = spawnLooop([], { env: home.env });
    const output = child.output();
    try {
      const marks: number[] = [];
      for (const tick of [early, warm, last]) {
        marks.push(await restBefore(child.pid, ticks, tick));
      }
      const [soon, first, then] = marks.map((mib) => mib.toFixed(1));
      const ratio = marks[2] / marks[1];
      return [{
        what: `resident memory of a pulse after ${last.toLocaleString("en")} ticks`,
        floor: `the same pulse after ${warm.toLocaleString("en")}`,
        ...{ unit: "×", limit: 1.03, min: ratio, median: ratio, max: ratio },
        note: `${then} MiB against ${first}; ${soon} after ${early}`,
      }];
    } finally {
      child.kill("SIGTERM");
      await output;
    }
  },
};

/** Counts ticks from outside: each replaces the file that tells of it. */
class TickCount implements Disposable {
  count = 0;
  readonly #watcher: Deno.FsWatcher;

  constructor(own: string) {
    this.#watcher = Deno.watchFs(own);
    this.#listen();
  }

  async #listen(): Promise<void> {
    for await (const { kind, paths } of this.#watcher) {
      // A replacement is told of as from, to, and from to.
      if (kind === "rename" && paths.length === 1 && paths[0].endsWith("/last_tick.json")) {
        this.count++;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}

/** MiB that it holds, as the middle of many looks in the last tenth before a tick: V8 lets it rise and fall. */
async function restBefore(pid: number, ticks: TickCount, tick: number): Promise<number> {
  const looks: number[] = [];
  await eventually(`tick ${tick}`, async () => {
    if (ticks.count >= tick * 0.9) looks.push((await lookAtProcess(pid)).rssMiB);
    return ticks.count >= tick;
  }, 240_000);
  return spread(looks).median;
}
