import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { type EmptyHome, emptyHome, spawnLooop } from "../support/looop.ts";

/** Starts a pulse whose runner hangs, with a child of its own, and waits until it does. */
async function hanging(home: EmptyHome): Promise<{ looop: Deno.ChildProcess; pids: number[] }> {
  await Deno.mkdir(join(home.dir, ".config"));
  const tick = "sleep 300 & echo $$ $! > pids; wait";
  await Deno.writeTextFile(
    join(home.dir, ".config", "looop.json"),
    JSON.stringify({ runner: "mine", runners: { mine: { tick } } }),
  );
  const looop = spawnLooop([], { env: home.env });
  const file = join(home.dataDir, "pids");
  const read = () => Deno.readTextFile(file).catch(() => "");
  await eventually("the runner runs", async () => (await read()).endsWith("\n"));
  return { looop, pids: (await read()).trim().split(" ").map(Number) };
}

function lives(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] })
    .outputSync();
  const state = new TextDecoder().decode(stdout).trim();
  return state !== "" && !state.startsWith("Z");
}

for (const [name, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${name} ends a pulse with ${status}, abandons its tick and leaves no child behind`, async () => {
    await using home = await emptyHome();
    const { looop, pids } = await hanging(home);
    const started = performance.now();
    looop.kill(name);
    const { code, stderr } = await looop.output();
    assertEquals(code, status, new TextDecoder().decode(stderr));
    assert(performance.now() - started < 120_000);
    await eventually("the runner and its child are gone", () => !pids.some(lives));
    assertEquals(await Deno.stat(join(home.dataDir, "journal.md")).catch(() => null), null);
  });
}

Deno.test("kill -9 of a pulse takes its runner along, and the next one starts at once", async () => {
  await using home = await emptyHome();
  const { looop, pids } = await hanging(home);
  looop.kill("SIGKILL");
  await looop.output();
  await eventually("the runner and its child are gone", () => !pids.some(lives));
  const again = spawnLooop(["tick"], { env: { ...home.env, LOOOP_TICK_TIMEOUT: "0.5" } });
  const { code, stdout, stderr } = await again.output();
  assertEquals(code, 1);
  assertStringIncludes(
    new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr),
    "within 0.5 s",
  );
});

Deno.test("a tick beside a running pulse says so and ends with 1", async () => {
  await using home = await emptyHome();
  const { looop } = await hanging(home);
  const { code, stderr } = await spawnLooop(["tick"], { env: home.env }).output();
  assertEquals(code, 1);
  assertStringIncludes(new TextDecoder().decode(stderr), "a pulse is running on");
  looop.kill("SIGTERM");
  await looop.output();
});
