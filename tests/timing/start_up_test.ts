import { assert } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { inTurns } from "../bench/in_turns.ts";
import { environmentIn, looopArgv, run } from "../bench/run.ts";
import { emptyHome } from "../support/looop.ts";

const ROUNDS = 15;
/** As `bin/looop` starts the source. */
const SOURCE = ["--frozen", "--no-remote", "--unstable-lazy-dynamic-imports"];

Deno.test("start-up in CPU: version against bare Deno, an idle tick without sensors against a Deno that loads zod", async () => {
  await using home = await emptyHome();
  const empty = join(home.dir, "empty.ts");
  await Deno.writeTextFile(empty, "");
  // Every command but version and help reads a config or state, and so loads zod: half of its start from the source.
  const schemas = fromFileUrl(import.meta.resolve("../../src/schema/schema.ts"));
  await Deno.mkdir(join(home.dataDir, "sensors"), { recursive: true });
  await Deno.writeTextFile(join(home.dataDir, "PLAYBOOK.md"), "# Playbook\n");
  await Deno.mkdir(join(home.dir, ".config"));
  const config = {
    runner: "mine",
    runners: { mine: { tick: `echo '{"action":"noop","reason":"r","journal":"j"}'` } },
  };
  await Deno.writeTextFile(join(home.dir, ".config", "looop.json"), JSON.stringify(config));
  const env = environmentIn(home);
  await run(looopArgv("tick"), env);
  await Deno.remove(join(home.dir, ".config", "looop.json"));
  // Time would count the processes that wait beside them on a busy machine.
  const cpuOf = (argv: string[]) => async () => (await run(argv, env)).cpuMs;
  const deno = (...args: string[]) => cpuOf([Deno.execPath(), "run", ...args]);
  const version = await inTurns(ROUNDS, deno("-A", empty), cpuOf(looopArgv("version")));
  const tick = await inTurns(ROUNDS, deno("-A", ...SOURCE, schemas), cpuOf(looopArgv("tick")));
  for (
    const [what, { ratio, floor }, limit] of [["version", version, 3], ["tick", tick, 3]] as const
  ) {
    const times = ratio.median;
    console.log(`looop ${what} ${times.toFixed(2)} × its floor of ${floor.median.toFixed(0)} ms`);
    assert(times < limit, `looop ${what} is far from its aim`);
  }
});
