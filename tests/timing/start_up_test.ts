import { assert } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { inTurns, msOf } from "../bench/in_turns.ts";
import { denoDir, emptyHome, launcher } from "../support/looop.ts";

const ROUNDS = 15;
/** As `bin/looop` starts the source. */
const SOURCE = ["--frozen", "--no-remote", "--unstable-lazy-dynamic-imports"];

/** Runs a program to its end. */
async function run(command: string, args: string[], env: Record<string, string>): Promise<void> {
  const options = { args, env, clearEnv: true, stdin: "null" } as const;
  const { success, stderr } = await new Deno.Command(command, options).output();
  assert(success, new TextDecoder().decode(stderr));
}

Deno.test("start-up: version against bare Deno, an idle tick without sensors against a Deno that loads zod", async () => {
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
  const env = { ...home.env, DENO_DIR: denoDir(), LOOOP_DENO: Deno.execPath(), NO_COLOR: "1" };
  await run(launcher, ["tick"], env);
  await Deno.remove(join(home.dir, ".config", "looop.json"));
  const deno = (...args: string[]) => () => msOf(() => run(Deno.execPath(), ["run", ...args], env));
  const looop = (command: string) => () => msOf(() => run(launcher, [command], env));
  const version = await inTurns(ROUNDS, deno("-A", empty), looop("version"));
  const tick = await inTurns(ROUNDS, deno("-A", ...SOURCE, schemas), looop("tick"));
  // The aims are 1.6 and 2.1 as medians; the least of each is what a busy machine disturbs least.
  for (
    const [what, { floor, subject }, limit] of [["version", version, 2.2], [
      "tick",
      tick,
      3,
    ]] as const
  ) {
    const times = subject.min / floor.min;
    console.log(`looop ${what} ${times.toFixed(2)} × its floor of ${floor.min.toFixed(0)} ms`);
    assert(times < limit, `looop ${what} is far from its aim`);
  }
});
