import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { inTurns } from "../bench/in_turns.ts";
import { environmentIn, looopArgv, run } from "../bench/run.ts";
import { denoDir, type EmptyHome, emptyHome, looop } from "../support/looop.ts";
import { addEnded } from "../support/worker_profile.ts";

/** Milliseconds of CPU that `looop ls --json` takes. */
async function cpuOfLs(home: EmptyHome): Promise<number> {
  return (await run(looopArgv("ls", "--json"), environmentIn(home))).cpuMs;
}

/** A home whose loop has ticked once, with a worker runner that sleeps. */
async function tickedHome(): Promise<EmptyHome> {
  const home = await emptyHome({ DENO_DIR: denoDir() });
  const config = { runner: "none", worker_runner: "sh", runners: { sh: { worker: "sleep 300" } } };
  await Deno.mkdir(join(home.dir, ".config"));
  await Deno.writeTextFile(join(home.dir, ".config", "looop.json"), JSON.stringify(config));
  await Deno.mkdir(home.dataDir, { recursive: true });
  await Deno.writeTextFile(join(home.dataDir, "PLAYBOOK.md"), "# Playbook\n");
  assertEquals((await looop(["tick"], { env: home.env })).code, 0);
  return home;
}

Deno.test("looop ls --json with 8 alive and 500 ended, in CPU against an empty profile", async () => {
  await using empty = await tickedHome();
  await using home = await tickedHome();
  try {
    for (let i = 0; i < 8; i++) {
      const { code, stderr } = await looop(["start-session", `w${i}`, "Work."], { env: home.env });
      assertEquals(code, 0, stderr);
    }
    await addEnded(home.dataDir, "w0", 500);
    assertEquals(JSON.parse((await looop(["ls", "--json"], { env: home.env })).stdout).length, 8);
    const cpu = await inTurns(10, () => cpuOfLs(empty), () => cpuOfLs(home));
    const ratio = cpu.ratio.median;
    console.log(`looop ls --json: ${ratio.toFixed(2)} × the CPU of an empty profile (aim: 1.5)`);
    // A busy machine must not turn the suite red.
    assert(ratio < 2.5, `${ratio} times the CPU`);
  } finally {
    await looop(["down", "--workers"], { env: home.env });
  }
});
