import { assert } from "@std/assert";
import { join } from "@std/path";
import { emptyHome, launcher } from "../support/looop.ts";

const ROUNDS = 15;

/** Milliseconds of one run. */
async function time(command: string, args: string[], env: Record<string, string>): Promise<number> {
  const started = performance.now();
  const { success, stderr } = await new Deno.Command(command, {
    args,
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return performance.now() - started;
}

/** The least of many is what the machine's other work disturbs least. */
const least = (times: number[]) => Math.min(...times);

Deno.test("start-up: idle tick without sensors and version, as ratios to bare Deno", async () => {
  await using home = await emptyHome();
  const empty = join(home.dir, "empty.ts");
  await Deno.writeTextFile(empty, "");
  await Deno.mkdir(join(home.dataDir, "sensors"), { recursive: true });
  await Deno.writeTextFile(join(home.dataDir, "PLAYBOOK.md"), "# Playbook\n");
  await Deno.mkdir(join(home.dir, ".config"));
  const config = {
    runner: "mine",
    runners: { mine: { tick: `echo '{"action":"noop","reason":"r","journal":"j"}'` } },
  };
  await Deno.writeTextFile(join(home.dir, ".config", "looop.json"), JSON.stringify(config));
  const denoDir = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  const env = { ...home.env, DENO_DIR: denoDir, LOOOP_DENO: Deno.execPath(), NO_COLOR: "1" };
  await time(launcher, ["tick"], env);
  await Deno.remove(join(home.dir, ".config", "looop.json"));
  const all: Record<string, number[]> = { bare: [], version: [], tick: [] };
  // In turns, so that whatever else the machine does weighs on all alike.
  for (let i = 0; i < ROUNDS; i++) {
    all.bare.push(await time(Deno.execPath(), ["run", "-A", empty], env));
    all.version.push(await time(launcher, ["version"], env));
    all.tick.push(await time(launcher, ["tick"], env));
  }
  const [bare, version, tick] = [least(all.bare), least(all.version), least(all.tick)];
  const ratios = { version: version / bare, tick: tick / bare };
  console.log(
    `bare Deno ${bare.toFixed(0)} ms, looop version ${ratios.version.toFixed(2)} ×, ` +
      `idle looop tick ${ratios.tick.toFixed(2)} × (least of ${ROUNDS})`,
  );
  // The aims are 1.3 and 3; a busy machine must not turn the suite red.
  assert(ratios.version < 1.6 && ratios.tick < 4, "far from the aims");
});
