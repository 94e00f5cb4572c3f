import { join } from "@std/path";
import { checkout } from "../../support/looop.ts";
import { addSensor, benchHome } from "../bench_home.ts";
import { inTurns } from "../in_turns.ts";
import type { Figure, Row } from "../row.ts";
import { environmentIn, looopArgv, run } from "../run.ts";

/** Limits of the ratios, from the source and from the bundle. */
const LIMITS = {
  source: { version: 1.3, "status --json": 8, asks: 4, tick: 2 },
  bundle: { version: 2.5, "status --json": 4, asks: 1.8, tick: 1.5 },
};

/** Commands that only read, and a tick that finds nothing changed, each from a cold start: source and bundle. */
export const startUp: Row = {
  name: "start-up",
  async measure({ quick }) {
    await using home = await benchHome();
    const env = environmentIn(home);
    const empty = join(home.dir, "empty.ts");
    await Deno.writeTextFile(empty, "");
    // Of the checkout, so that its import map and lock file hold.
    const withDax = join(checkout, "tests/bench/run_true.ts");
    const bare = [Deno.execPath(), "run", "-A", empty];
    const wall = async (argv: string[]) => (await run(argv, env)).wallMs;
    const rounds = quick ? 5 : 15;
    const bundled = await buildBundle(home.dir, env);
    const figures: Figure[] = [];
    const compare = async (
      what: string,
      [floor, floorArgv]: [string, string[]],
      argv: string[],
      limit: number,
    ) => {
      // The first start of a bundle fills Deno's code cache.
      await wall(argv);
      const measured = await inTurns(rounds, () => wall(floorArgv), () => wall(argv));
      const note = `floor ${measured.floor.median.toFixed(0)} ms`;
      figures.push({ what, floor, unit: "×", limit, ...measured.ratio, note });
    };

    const emptyFile: [string, string[]] = ["deno run of an empty file", bare];
    await wall(looopArgv("tick"));
    for (const command of ["version", "status --json", "asks"] as const) {
      const args = command.split(" ");
      const what = `looop ${command}`;
      await compare(what, emptyFile, looopArgv(...args), LIMITS.source[command]);
      await compare(`bundle: ${what}`, emptyFile, [bundled, ...args], LIMITS.bundle[command]);
    }

    for (let index = 0; index < 10; index++) {
      await addSensor(home, `s${index}`, `echo '{"signal":${index}}'`);
    }
    await wall(looopArgv("tick"));
    const all = `"$@" && ls ${join(home.dataDir, "sensors")}/* | xargs -P 8 -n 1 sh`;
    const what = "cold idle looop tick, 10 sensors";
    await compare(
      what,
      ["the same Deno, then the sensors", ["bash", "-c", all, "bash", ...bare]],
      looopArgv("tick"),
      LIMITS.source.tick,
    );
    await compare(
      `bundle: ${what}`,
      ["a Deno that runs one `true` through dax", [Deno.execPath(), "run", "-A", withDax]],
      [bundled, "tick"],
      LIMITS.bundle.tick,
    );
    return figures;
  },
};

/** Builds the bundle into a directory; the path of its launcher. */
async function buildBundle(dir: string, env: Record<string, string>): Promise<string> {
  const output = join(dir, "dist");
  const build = join(checkout, "tools/build.ts");
  await run([Deno.execPath(), "run", "-A", build, "--output", output], env);
  return join(output, "looop/bin/looop");
}
