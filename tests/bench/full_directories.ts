import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { checkout, type EmptyHome, looop } from "../support/looop.ts";
import { benchHome } from "./bench_home.ts";
import { allInTurns, type Compared } from "./in_turns.ts";
import { environmentIn } from "./run.ts";

/**
 * Compares an idle tick of a profile where a worker filled directories with an idle tick of an empty profile: CPU, that
 * of its children included, and peak memory.
 *
 * @param files directory in the data directory → how many empty files it is given
 */
export async function compareIdleTicks(
  files: Record<string, number>,
  rounds: number,
): Promise<{ cpu: Compared; memory: Compared }> {
  await using empty = await tickedHome();
  await using full = await tickedHome();
  for (const [dir, count] of Object.entries(files)) {
    const script = `mkdir -p "$1" && cd "$1" && seq -f %07g.json "$2" | xargs touch --`;
    const args = ["-c", script, "bash", join(full.dataDir, dir), String(count)];
    assertEquals((await new Deno.Command("bash", { args }).output()).code, 0);
  }
  const [cpu, memory] = await allInTurns(rounds, () => idleTick(empty), () => idleTick(full));
  return { cpu, memory };
}

/** A home whose profile has nothing left to decide, and whose worker `fix` runs. */
async function tickedHome(): Promise<EmptyHome> {
  const runners = { sleeper: { worker: "sleep 900" } };
  const home = await benchHome({ worker_runner: "sleeper" }, runners);
  for (const argv of [["tick"], ["start-session", "fix", "wait"], ["tick"]]) {
    const { code, stderr } = await looop(argv, { env: home.env });
    assertEquals(code, 0, stderr);
  }
  return {
    ...home,
    async [Symbol.asyncDispose]() {
      await looop(["down", "--workers"], { env: home.env });
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Milliseconds of CPU, and peak memory in KiB; without `/proc` the memory at the end. */
async function idleTick(home: EmptyHome): Promise<number[]> {
  const script = join(home.dir, "tick.ts");
  const source = (path: string) => JSON.stringify(`file://${join(checkout, path)}`);
  await Deno.writeTextFile(
    script,
    `import { tickOnce } from ${source("src/loop/run.ts")};
import { openProfile } from ${source("src/profile/profile.ts")};
const profile = await openProfile({
  dataDir: ${JSON.stringify(home.dataDir)},
  configPath: ${JSON.stringify(join(home.dir, ".config", "looop.json"))},
});
const { outcome } = await tickOnce(profile, {});
const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
const [, peak = Deno.memoryUsage().rss / 1024] = /VmHWM:\\s+(\\d+)/.exec(status) ?? [];
console.log(JSON.stringify({ outcome, kib: Number(peak) }));\n`,
  );
  const config = join(checkout, "deno.json");
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `TIMEFORMAT="%3U %3S"; time "$@" 2>/dev/null`,
      ...["bash", Deno.execPath(), "run", "-A", "--no-check", "--config", config, script],
    ],
    ...{ env: environmentIn(home), clearEnv: true },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  const { outcome, kib } = JSON.parse(text(stdout));
  assertEquals(outcome, "idle");
  const [user, system] = text(stderr).split("\n").at(-1)!.split(" ").map(Number);
  return [(user + system) * 1000, kib];
}
