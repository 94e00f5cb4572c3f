import { join } from "@std/path";
import { spawnLooop } from "../../e2e/looop.ts";
import { eventually } from "../../eventually.ts";
import { lookAtProcess } from "../../soak/look_at_process.ts";
import { addSensor, benchHome } from "../bench_home.ts";
import { spread } from "../in_turns.ts";
import type { Row } from "../row.ts";

/** Whether a pulse grows while nothing happens. */
export const memory: Row = {
  name: "memory",
  undisturbed: true,
  async measure({ quick }) {
    const [warm, last] = quick ? [500, 800] : [1000, 5000];
    // Ticks follow each other at once; the sensors run often enough that they count, and seldom enough that 5,000
    // ticks take less than a minute.
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
      for (const tick of [warm, (warm + last) / 2, last]) {
        marks.push(await restBefore(child.pid, ticks, tick));
      }
      const [first, middle, then] = marks;
      const ratio = then / first;
      return [{
        what: `resident memory of a pulse after ${last.toLocaleString("en")} ticks`,
        floor: `the same pulse after ${warm.toLocaleString("en")}`,
        ...{ unit: "×", limit: 1.03, min: ratio, median: ratio, max: ratio },
        note: `${first.toFixed(1)}, ${middle.toFixed(1)} half-way, ${then.toFixed(1)} MiB`,
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
