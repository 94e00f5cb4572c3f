import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { emptyHome, launcher, looop } from "../support/looop.ts";

/** Milliseconds of CPU, those of its children included, that `looop ls --json` takes; the least of several. */
async function cpuOfLs(env: Record<string, string>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 8; i++) {
    const { stderr } = await new Deno.Command("bash", {
      args: ["-c", `TIMEFORMAT="%3U %3S"; time "$0" ls --json >/dev/null`, launcher],
      env: { ...env, LOOOP_DENO: Deno.execPath() },
      clearEnv: true,
    }).output();
    const [user, system] = new TextDecoder().decode(stderr).trim().split("\n").at(-1)!.split(" ");
    times.push((Number(user) + Number(system)) * 1000);
  }
  return Math.min(...times);
}

Deno.test("looop ls --json with 8 alive and 500 ended, in CPU against an empty profile", async () => {
  const denoDir = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  await using home = await emptyHome({ DENO_DIR: denoDir });
  const config = { runner: "none", worker_runner: "sh", runners: { sh: { worker: "sleep 300" } } };
  await Deno.mkdir(join(home.dir, ".config"));
  await Deno.writeTextFile(join(home.dir, ".config", "looop.json"), JSON.stringify(config));
  await Deno.mkdir(home.dataDir, { recursive: true });
  await Deno.writeTextFile(join(home.dataDir, "PLAYBOOK.md"), "# Playbook\n");
  assertEquals((await looop(["tick"], { env: home.env })).code, 0);
  const empty = await cpuOfLs(home.env);
  try {
    for (let i = 0; i < 8; i++) {
      const { code, stderr } = await looop(["start-session", `w${i}`, "Work."], { env: home.env });
      assertEquals(code, 0, stderr);
    }
    const workers = join(home.dataDir, "workers");
    const record = JSON.parse(await Deno.readTextFile(join(workers, "w0", "worker.json")));
    for (let i = 0; i < 500; i++) {
      const folder = join(workers, "ended", `old${i}.g${i}`);
      await Deno.mkdir(folder, { recursive: true });
      const old = { ...record, id: `old${i}`, generation: `g${i}` };
      await Deno.writeTextFile(join(folder, "worker.json"), JSON.stringify(old));
      const end = { exit_code: 0, at: record.started_at, how: "exited" };
      await Deno.writeTextFile(join(folder, "exit.json"), JSON.stringify(end));
    }
    assertEquals(JSON.parse((await looop(["ls", "--json"], { env: home.env })).stdout).length, 8);
    const full = await cpuOfLs(home.env);
    console.log(
      `looop ls --json: ${(full / empty).toFixed(2)} × the CPU of an empty profile (aim: 1.5)`,
    );
    // A busy machine must not turn the suite red.
    assert(full / empty < 2.5, `${full} ms against ${empty} ms`);
  } finally {
    await looop(["down", "--workers"], { env: home.env });
  }
});
