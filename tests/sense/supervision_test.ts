import { assert, assertEquals, assertRejects } from "@std/assert";
import { captureOutput } from "../../src/sense/capture.ts";
import { sense } from "../../src/sense/sense.ts";
import { eventually } from "../support/eventually.ts";
import { isAlive } from "../support/is_alive.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { resultsOf } from "./results_of.ts";

/** Starts a child and a grandchild, and notes both pids before it goes on. */
const FORKS = "#!/bin/sh\n(sleep 60 & echo $! >> pids; wait) & echo $! >> pids\n" +
  "until [ $(wc -l < pids) = 2 ]; do sleep 0.01; done\n";

async function pidsOf(profile: { read(path: string): Promise<string> }): Promise<number[]> {
  return (await profile.read("pids")).trim().split("\n").map(Number);
}

Deno.test("sense() kills a hung sensor with its children and theirs", async () => {
  const files = { "sensors/hang.sh": FORKS.replace("\n", "\n# looop: timeout=0.5\n") + "wait\n" };
  await using profile = await tempProfile({ files });
  assertEquals(await resultsOf(profile), { hang: "it ran longer than 0.5 s and was killed" });
  const pids = await pidsOf(profile);
  assertEquals(pids.length, 2);
  for (const pid of pids) await eventually(`${pid} is gone`, async () => !await isAlive(pid));
});

Deno.test("sense() returns at once although a child of the sensor still holds its stdout", async () => {
  const files = { "sensors/fork.sh": "#!/bin/sh\necho '{\"a\":1}'\nsleep 300 &\necho $! > pids\n" };
  await using profile = await tempProfile({ files });
  await resultsOf(profile); // loads what the first program needs
  const started = performance.now();
  assertEquals(await resultsOf(profile), { fork: { a: 1 } });
  assert(performance.now() - started < 120_000);
  const [pid] = await pidsOf(profile);
  await eventually(`${pid} is gone`, async () => !await isAlive(pid));
});

Deno.test("sense() does not wait for a child that left the sensor's group", async () => {
  const files = {
    "sensors/left.sh": "#!/bin/sh\nrm -f left\n" +
      "setsid sh -c 'echo $$ >> pids; : > left; exec sleep 300' &\n" +
      "until [ -e left ]; do sleep 0.01; done\necho '{\"a\":1}'\n",
  };
  await using profile = await tempProfile({ files });
  await resultsOf(profile);
  const started = performance.now();
  assertEquals(await resultsOf(profile), { left: { a: 1 } });
  assert(performance.now() - started < 120_000);
  // Nothing but the end of the machine stops what hides like this; the test does.
  for (const pid of await pidsOf(profile)) Deno.kill(pid, "SIGKILL");
});

Deno.test("captureOutput() ends a flood of 1 GiB soon after the cap", async () => {
  await using profile = await tempProfile();
  const script =
    "for ((i = 1; i <= 16384; i++)); do head -c 65536 /dev/zero; echo $i > chunks; done";
  const started = performance.now();
  const { output, overflowed } = await captureOutput({
    argv: ["bash", "-c", script],
    cwd: profile.paths.dataDir,
    env: { PATH: profile.env("PATH") ?? "" },
    deadlineMs: 180_000,
  }, 8192);
  assertEquals(output.length, 8192);
  assertEquals(overflowed, true);
  assert(performance.now() - started < 90_000);
  const chunks = Number(await profile.read("chunks").catch(() => "0"));
  assert(chunks < 32, `it could print ${chunks} chunks of 64 KiB`);
});

Deno.test("sense() throws the reason of a fired signal, and leaves nothing running", async () => {
  const files = { "sensors/hang.sh": FORKS + "wait\n", "sensors/zz.sh": "#!/bin/sh\ntouch ran\n" };
  await using profile = await tempProfile({ files, config: { sensors_at_once: 1 } });
  const stop = new AbortController();
  const sensing = sense(profile, { signal: stop.signal });
  const started = async () => (await pidsOf(profile).catch(() => [])).length === 2;
  await eventually("the sensor has forked", started);
  stop.abort(new Error("stopped"));
  await assertRejects(() => sensing, Error, "stopped");
  for (const pid of await pidsOf(profile)) {
    await eventually(`${pid} is gone`, async () => !await isAlive(pid));
  }
  await assertRejects(() => profile.read("ran"), Deno.errors.NotFound);
  await assertRejects(() => profile.read("snapshots/hang.json"), Deno.errors.NotFound);
});

Deno.test("sense() runs 30 sensors, at most sensors_at_once at a time", async () => {
  const script = "#!/bin/sh\nmkdir -p busy\n: > busy/$$\nls busy | wc -l >> counts\n" +
    "sleep 0.05\nrm busy/$$\necho '{}'\n";
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`sensors/s${i}.sh`, script]),
  );
  await using profile = await tempProfile({ files, config: { sensors_at_once: 4 } });
  const results = await resultsOf(profile);
  assertEquals(Object.keys(results).length, 30);
  assertEquals(Object.keys(results), Object.keys(results).toSorted());
  const counts = (await profile.read("counts")).trim().split(/\s+/).map(Number);
  assertEquals(counts.length, 30);
  const most = Math.max(...counts);
  assert(most > 1 && most <= 4, `at most ${most} at a time`);
});
