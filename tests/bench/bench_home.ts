import { join } from "@std/path";
import type { Config } from "../../src/schema/config.ts";
import { type EmptyHome, emptyHome } from "../support/looop.ts";

/** Makes a home whose profile has a playbook, so that no worker comes to set it up, and a runner that finds all well. */
export async function benchHome(
  config: Partial<Config> = {},
  more: Config["runners"] = {},
): Promise<EmptyHome> {
  const home = await emptyHome();
  const move = JSON.stringify({ action: "noop", reason: "r", journal: "j", more: false });
  const runners = { mine: { tick: `cat >/dev/null; echo '${move}'` }, ...more };
  // Dozens of rounds within minutes are no runaway loop.
  const budget = { decides_per_hour: 10_000, workers: 8, unknown_cost: "ignore" };
  await Deno.mkdir(join(home.dir, ".config"));
  await Deno.writeTextFile(
    join(home.dir, ".config", "looop.json"),
    JSON.stringify({ runner: "mine", runners, budget, ...config }),
  );
  await Deno.mkdir(join(home.dataDir, "sensors"), { recursive: true });
  await Deno.writeTextFile(join(home.dataDir, "PLAYBOOK.md"), "# Playbook\n");
  return home;
}

/** Gives such a home a sensor: a shell script, from behind its first line on. */
export async function addSensor(home: EmptyHome, name: string, script: string): Promise<void> {
  const path = join(home.dataDir, "sensors", `${name}.sh`);
  await Deno.writeTextFile(path, `#!/bin/bash\n${script}\n`, { mode: 0o700 });
}
