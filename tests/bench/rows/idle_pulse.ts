import { join } from "@std/path";
import { lookAtProcess } from "../../soak/look_at_process.ts";
import { eventually } from "../../support/eventually.ts";
import { launcher } from "../../support/looop.ts";
import { benchHome } from "../bench_home.ts";
import { CpuMeter } from "../cpu_meter.ts";
import { spread } from "../in_turns.ts";
import type { Figure, Row } from "../row.ts";
import { environmentIn } from "../run.ts";

/** What a pulse costs while nothing happens. */
export const idlePulse: Row = {
  name: "idle-pulse",
  async measure({ quick }) {
    await using home = await benchHome({ interval: 3600, busy_interval: 3600 });
    const empty = join(home.dir, "empty.ts");
    await Deno.writeTextFile(empty, "setInterval(() => {}, 2 ** 30);\n");
    const start = (program: string, args: string[]) =>
      new Deno.Command(program, {
        ...{ args, env: environmentIn(home), clearEnv: true, cwd: home.dir },
        ...{ stdin: "null", stdout: "null", stderr: "null" },
      }).spawn();
    const bare = start(Deno.execPath(), ["run", "-A", empty]);
    const pulse = start(launcher, []);
    try {
      const ticked = join(home.dataDir, ".looop", "last_tick.json");
      await eventually("a tick", () => Deno.stat(ticked).then(() => true, () => false), 60_000);
      // Some 30 s after its start V8 takes 40 ms to give back what that has left: with `--quick` it is not waited for.
      await sleep(quick ? 1000 : 45_000);
      // A pulse looks around, and for workers, every ten seconds: rounds of those are alike.
      return await resting(bare.pid, pulse.pid, quick ? 1 : 6, 10);
    } finally {
      bare.kill("SIGTERM");
      pulse.kill("SIGTERM");
      await Promise.all([bare.status, pulse.status]);
    }
  },
};

async function resting(
  bare: number,
  pulse: number,
  rounds: number,
  seconds: number,
): Promise<Figure[]> {
  const [floor, ours] = [await CpuMeter.start(bare), await CpuMeter.start(pulse)];
  const shares: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await sleep(seconds * 1000);
    await floor.read();
    shares.push(await ours.read() * 60 / seconds);
  }
  const minutes = rounds * seconds / 60;
  const [floorMs, oursMs] = [floor.totalMs / minutes, ours.totalMs / minutes];
  const { min, max } = spread(shares);
  const [bareMiB, pulseMiB] = [await rssMiB(bare), await rssMiB(pulse)];
  const rss = pulseMiB / bareMiB;
  const percent = (ms: number) => `${(ms / 600).toFixed(4)} % of a core`;
  return [
    {
      ...{ what: "CPU of a pulse in a minute without a change", floor: "", unit: "ms" },
      ...{ limit: 20, min, median: oursMs, max },
      note: `in ${rounds * seconds} s: ${percent(oursMs)}; ` +
        `an idle empty Deno process: ${floorMs.toFixed(1)} ms a minute`,
    },
    {
      ...{ what: "resident memory of a pulse", floor: "an idle empty Deno process", unit: "×" },
      ...{ limit: 2.5, min: rss, median: rss, max: rss },
      note: `${pulseMiB.toFixed(0)} MiB against ${bareMiB.toFixed(0)}`,
    },
  ];
}

async function rssMiB(pid: number): Promise<number> {
  return (await lookAtProcess(pid)).rssMiB;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
