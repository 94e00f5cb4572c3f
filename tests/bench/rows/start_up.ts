import { join } from "@std/path";
import { addSensor, benchHome } from "../bench_home.ts";
import { inTurns } from "../in_turns.ts";
import type { Figure, Row } from "../row.ts";
import { environmentIn, looopArgv, run } from "../run.ts";

/** `looop version`, and a tick that finds nothing changed, each from a cold start. */
export const startUp: Row = {
  name: "start-up",
  async measure({ quick }) {
    await using home = await benchHome();
    const env = environmentIn(home);
    const empty = join(home.dir, "empty.ts");
    await Deno.writeTextFile(empty, "");
    const bare = [Deno.execPath(), "run", "-A", empty];
    const wall = async (argv: string[]) => (await run(argv, env)).wallMs;
    const rounds = quick ? 5 : 15;
    const version = await inTurns(rounds, () => wall(bare), () => wall(looopArgv("version")));

    for (let index = 0; index < 10; index++) {
      await addSensor(home, `s${index}`, `echo '{"signal":${index}}'`);
    }
    await wall(looopArgv("tick"));
    const all = `"$@" && ls ${join(home.dataDir, "sensors")}/* | xargs -P 8 -n 1 sh`;
    const floor = ["bash", "-c", all, "bash", ...bare];
    const tick = await inTurns(rounds, () => wall(floor), () => wall(looopArgv("tick")));
    const note = (ms: number) => `floor ${ms.toFixed(0)} ms`;
    return [
      {
        ...{ what: "looop version", floor: "deno run of an empty file", unit: "×", limit: 1.3 },
        ...version.ratio,
        note: note(version.floor.median),
      },
      {
        ...{ what: "cold idle looop tick, 10 sensors", floor: "the same Deno, then the sensors" },
        ...{ unit: "×", limit: 2, ...tick.ratio, note: note(tick.floor.median) },
      },
    ] satisfies Figure[];
  },
};
