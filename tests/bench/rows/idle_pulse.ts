import { join } from "@std/path";
import { type EmptyHome, emptyHome, launcher } from "../../e2e/looop.ts";
import { eventually } from "../../eventually.ts";
import { spread } from "../in_turns.ts";
import type { Figure, Row } from "../row.ts";
import { environmentIn } from "../run.ts";

/** What a pulse costs while nothing happens, and how soon it sees a person's edit. */
export const idlePulse: Row = {
  name: "idle-pulse",
  async measure({ quick }) {
    await using home = await emptyHome({ LOOOP_INTERVAL: "3600" });
    const env = environmentIn(home);
    const empty = join(home.dir, "empty.ts");
    await Deno.writeTextFile(empty, "setInterval(() => {}, 2 ** 30);\n");
    const start = (program: string, args: string[]) =>
      new Deno.Command(program, {
        ...{ args, env, clearEnv: true, cwd: home.dir },
        ...{ stdin: "null", stdout: "null", stderr: "null" },
      }).spawn();
    const bare = start(Deno.execPath(), ["run", "-A", empty]);
    const pulse = start(launcher, []);
    try {
      await eventually("the pulse has ticked", () => tickedAfter(home, 0), 60_000);
      // Until both have cleared up behind their start.
      await sleep(quick ? 3000 : 10_000);
      return [
        ...await resting(bare.pid, pulse.pid, quick ? 5 : 20),
        await reacting(home, quick ? 3 : 9),
      ];
    } finally {
      bare.kill("SIGTERM");
      pulse.kill("SIGTERM");
      await Promise.all([bare.status, pulse.status]);
    }
  },
};

async function resting(bare: number, pulse: number, seconds: number): Promise<Figure[]> {
  const ratios: number[] = [];
  const shares: number[] = [];
  for (let round = 0; round < 3; round++) {
    const before = [await cpuNs(bare), await cpuNs(pulse)];
    await sleep(seconds * 1000 / 3);
    const floor = await cpuNs(bare) - before[0];
    const ours = await cpuNs(pulse) - before[1];
    ratios.push(ours / Math.max(floor, 1));
    shares.push(ours / (seconds / 3) / 1e9);
  }
  const rss = await rssMiB(pulse) / await rssMiB(bare);
  const floor = "an idle empty Deno process";
  return [
    {
      ...{ what: "CPU of a pulse between ticks", floor, unit: "×", limit: 1.2 },
      ...spread(ratios),
      note: `${(spread(shares).median * 100).toFixed(3)} % of a core`,
    },
    {
      ...{ what: "resident memory of a pulse", floor, unit: "×", limit: 2.5 },
      ...{ min: rss, median: rss, max: rss, note: `${(await rssMiB(pulse)).toFixed(0)} MiB` },
    },
  ];
}

/** From the edit of a goal to the end of the tick that it causes (no sooner is it written down), against what Deno's watcher takes to tell of a file. */
async function reacting(home: EmptyHome, rounds: number): Promise<Figure> {
  const folder = join(home.dir, "watched");
  await Deno.mkdir(folder);
  const floors: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const watcher = Deno.watchFs(folder);
    const started = performance.now();
    const seen = watcher[Symbol.asyncIterator]().next();
    await Deno.writeTextFile(join(folder, `f${round}`), "x");
    await seen;
    floors.push(performance.now() - started);
    watcher.close();
    const at = Date.now();
    await Deno.writeTextFile(join(home.dataDir, "PLAYBOOK.md"), `# Playbook ${round}\n`);
    await eventually("a tick", () => tickedAfter(home, at), 20_000);
    ours.push(await lastTickAt(home) - at);
    await sleep(500);
  }
  return {
    ...{ what: "an edit until its tick is over", floor: "Deno.watchFs, one event", unit: "×" },
    ...{ limit: 4, ...spread(ours.map((ms, index) => ms / floors[index])) },
    note: `${spread(ours).median.toFixed(0)} ms against ${spread(floors).median.toFixed(0)} ms`,
  };
}

async function lastTickAt(home: EmptyHome): Promise<number> {
  const path = join(home.dataDir, ".looop", "last_tick.json");
  const text = await Deno.readTextFile(path).catch(() => `{"at":0}`);
  return new Date(JSON.parse(text).at).getTime();
}

async function tickedAfter(home: EmptyHome, time: number): Promise<boolean> {
  return await lastTickAt(home) > time;
}

/** Nanoseconds of CPU that all threads of a process have taken so far. */
async function cpuNs(pid: number): Promise<number> {
  let sum = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`).catch(() => "0");
    sum += Number(text.split(" ")[0]);
  }
  return sum;
}

async function rssMiB(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
