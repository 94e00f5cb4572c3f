import process from "node:process";
import { tickOnce } from "../../../src/loop/run.ts";
import { tick } from "../../../src/loop/tick.ts";
import { noop } from "../../support/scripted_decider.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import { allInTurns, msOf } from "../in_turns.ts";
import type { Figure, Row } from "../row.ts";

const COUNT = 100;

/** An idle tick as a pulse makes it, of 100 sensors that take 100 ms, and of 100 that do nothing. */
export const sensors: Row = {
  name: "sensors",
  async measure({ quick }) {
    const [slow] = await idleTicks("sleep 0.1", quick ? 1 : 6);
    const [fast, cpu] = await idleTicks(":", quick ? 3 : 15);
    const floor = "the same by xargs -P 8";
    const note = (ms: number) => `floor ${ms.toFixed(0)} ms`;
    return [
      {
        ...{ what: "idle tick, 100 sensors of 100 ms", floor, unit: "×", limit: 1.1 },
        ...slow.ratio,
        note: note(slow.floor.median),
      },
      {
        ...{ what: "idle tick, 100 sensors of 0 ms", floor, unit: "×", limit: 1.6 },
        ...fast.ratio,
        note: note(fast.floor.median),
      },
      {
        ...{ what: "the same, in CPU", floor, unit: "×", limit: 1.6 },
        ...cpu.ratio,
        note: `${
          ((cpu.subject.median - cpu.floor.median) / COUNT).toFixed(1)
        } ms a sensor beyond the floor`,
      },
    ] satisfies Figure[];
  },
};

async function idleTicks(work: string, rounds: number) {
  await using profile = await tempProfile();
  for (let index = 0; index < COUNT; index++) {
    const script = `#!/bin/sh\n${work}\necho '{"signal":${index}}'\n`;
    await profile.write(`sensors/s${index}.sh`, script);
  }
  await tickOnce(profile, { decider: () => noop({ more: false }) });
  const floor = async () => {
    const argv = ["-c", `ls ${profile.paths.sensors}/* | xargs -P 8 -n 1 sh >/dev/null`];
    await new Deno.Command("bash", { args: argv, cwd: profile.paths.dataDir }).output();
  };
  const subject = async () => {
    const { outcome } = await tick(profile);
    if (outcome !== "idle") throw new Error(`the tick was ${outcome}, not idle`);
  };
  // The first tick of all has warmed up.
  return await allInTurns(rounds, () => wallAndCpu(floor), () => wallAndCpu(subject), 0);
}

/** Milliseconds that something took, and those of CPU in this process and in the children that ended meanwhile. */
async function wallAndCpu(work: () => Promise<unknown>): Promise<number[]> {
  const before = await cpuMs();
  const wall = await msOf(work);
  return [wall, await cpuMs() - before];
}

async function cpuMs(): Promise<number> {
  const { user, system } = process.cpuUsage();
  const stat = await Deno.readTextFile("/proc/self/stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Clock ticks of 10 ms: user and system time of all children that were waited for.
  return (user + system) / 1000 + (Number(fields[13]) + Number(fields[14])) * 10;
}
