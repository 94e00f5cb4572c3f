import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { denoDir, type EmptyHome, launcher } from "../e2e/looop.ts";
import { eventually } from "../eventually.ts";
import { cliPulse } from "./cli_pulse.ts";

const CALLS = "trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync,openat,open,creat";

/** What of a log of strace is durable, and which files below a folder were opened to be written. */
function writesIn(log: string, folder: string): { durable: string[]; written: string[] } {
  const lines = log.split("\n").filter((line) => !line.includes(" = -1 "));
  const durable = lines.filter((line) => /\b(f(data)?sync|sync\w*|msync)\(|O_D?SYNC/.test(line))
    // Deno compiles what it has not seen before, and keeps that.
    .filter((line) => !`${line}/`.replace(">", "/").includes(`<${denoDir()}/`));
  const written = lines.filter((line) => /O_WRONLY|O_RDWR|creat\(/.test(line))
    .map((line) => /"([^"]*)"/.exec(line)?.[1] ?? line)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1).replace(/\.[0-9a-f]{8}\.tmp$/, ".*.tmp"));
  return { durable, written: [...new Set(written)].sort() };
}

const WHAT_AN_IDLE_TICK_WRITES = [".looop/.last_tick.json.*.tmp", "snapshots/.today.json.*.tmp"];

Deno.test("an idle tick of a pulse makes nothing durable, and writes only snapshots and what it was", async () => {
  await using pulse = await cliPulse({ interval: 1, busy_interval: 1 });
  const { dataDir, dir } = pulse.home;
  const lastTick = join(dataDir, ".looop", "last_tick.json");
  const idleSince = async (time: number) => {
    const { at, outcome } = JSON.parse(await Deno.readTextFile(lastTick));
    return outcome === "idle" && Date.parse(at) > time;
  };
  await eventually("it idles", () => idleSince(0), 15_000);
  const log = join(dir, "log");
  const strace = new Deno.Command("strace", {
    args: ["-f", "-qq", "-y", "-e", CALLS, "-s", "4096", "-o", log, "-p", String(pulse.pid)],
  }).spawn();
  await eventually("strace listens", () => Deno.stat(log).then(() => true, () => false));
  const from = Date.now();
  for (let tick = 0; tick < 3; tick++) {
    const after = Date.now();
    await eventually("an idle tick", () => idleSince(after), 20_000);
  }
  strace.kill("SIGINT");
  await strace.status;
  assertEquals(await idleSince(from), true);
  const { durable, written } = writesIn(await Deno.readTextFile(log), dataDir);
  assertEquals(durable, []);
  assertEquals(written, WHAT_AN_IDLE_TICK_WRITES);
});

Deno.test("an idle looop tick makes nothing durable, and writes only snapshots, locks and what it was", async () => {
  await using pulse = await cliPulse();
  const { home } = pulse;
  await pulse.stop();
  await pulse.edit();
  const moving = await tracedTick(home);
  assertEquals(moving.durable.length > 5, true, "what a move writes is durable, and seen");
  const { durable, written } = await tracedTick(home);
  assertEquals(durable, []);
  assertEquals(written, [
    ".looop/.last_tick.json.*.tmp",
    ".looop/pulse.lock",
    "snapshots/.today.json.*.tmp",
  ]);
});

async function tracedTick(home: EmptyHome) {
  const log = join(home.dir, "log");
  const traced = await new Deno.Command("strace", {
    args: ["-f", "-qq", "-y", "-e", CALLS, "-s", "4096", "-o", log, launcher, "tick"],
    env: { ...home.env, LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir() },
    clearEnv: true,
    cwd: home.dir,
  }).output();
  assertEquals(traced.code, 0, new TextDecoder().decode(traced.stderr));
  return writesIn(await Deno.readTextFile(log), home.dataDir);
}
