import { assert, assertEquals } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { type Reading, signalOf } from "../../src/schema/world.ts";
import { sense } from "../../src/sense/sense.ts";
import { readSnapshots } from "../../src/sense/snapshot.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** A sensor that prints the file `now`, and fails where it is empty or missing. */
const SENSOR = "#!/bin/sh\n[ -s now ] && cat now\n";
const withHeader = (header: string) => SENSOR.replace("\n", `\n# looop: ${header}\n`);

function profileWith(script: string): Promise<TempProfile> {
  return tempProfile({
    history: false,
    files: { "sensors/ci.sh": script, now: `{"signal":"green","detail":1}` },
  });
}

/** Senses once, with `now` holding this signal, or nothing where it is `null`; gives the signal of the world. */
async function signalWith(profile: TempProfile, signal: string | null): Promise<unknown> {
  await profile.write("now", signal === null ? "" : JSON.stringify({ signal }));
  const { readings: [reading] } = await sense(profile);
  return signalOf(reading);
}

const FAILING = { failing: true };
for (
  const [what, script, signals, expected] of [
    ["counts one failed run as the last good one", SENSOR, ["a", null, "a"], ["a", "a", "a"]],
    ["reports the second", SENSOR, ["a", null, null, null], ["a", "a", FAILING, FAILING]],
    ["has no grace left while it fails", SENSOR, ["a", null, null, "a", null], [
      ...["a", "a", FAILING, "a", "a"],
    ]],
    ["sees what has changed meanwhile", SENSOR, ["a", null, "b"], ["a", "a", "b"]],
    ["has nothing to count before the first good run", SENSOR, [null, null, "a", null], [
      ...[FAILING, FAILING, "a", "a"],
    ]],
    ["reports the first with grace=0", withHeader("grace=0"), ["a", null, "a"], [
      "a",
      FAILING,
      "a",
    ]],
    [
      "reports the third with grace=2",
      withHeader("grace=2"),
      ["a", null, null, null, "a"],
      ["a", "a", "a", FAILING, "a"],
    ],
    [
      "counts runs, not ticks, with an interval",
      withHeader("interval=600"),
      ["a", null, null],
      ["a", "a", "a"],
    ],
  ] as [string, string, (string | null)[], unknown[]][]
) {
  Deno.test(`sense() ${what}`, async () => {
    await using profile = await profileWith(script);
    const seen = [];
    for (const signal of signals) seen.push(await signalWith(profile, signal));
    assertEquals(seen, expected);
  });
}

Deno.test("sense() leaves in the reading of a failed run both its error and what counts", async () => {
  await using profile = await profileWith(SENSOR);
  await signalWith(profile, "a");
  await signalWith(profile, null);
  const [{ result, last }] = await readSnapshots(profile.paths.snapshots);
  assert(!result.ok && result.error.startsWith("it exited with status 1"), JSON.stringify(result));
  assertEquals(last, { value: { signal: "a" }, failures: 1 });
});

Deno.test("sense() gives no grace to an edited sensor, an invalid header or a damaged snapshot", async () => {
  await using profile = await profileWith(SENSOR);
  for (
    const break_ of [
      () => profile.write("sensors/ci.sh", `${SENSOR}# edited\n`),
      () => profile.write("sensors/ci.sh", withHeader("graze=1")),
      () => profile.write("snapshots/ci.json", "{"),
      () => profile.write("snapshots/ci.json", "[]"),
    ]
  ) {
    await profile.write("sensors/ci.sh", SENSOR);
    assertEquals(await signalWith(profile, "a"), "a");
    await break_();
    assertEquals(await signalWith(profile, null), FAILING);
  }
});

Deno.test("sense() gives the same grace to a symlink that leads nowhere for a moment", async () => {
  await using profile = await profileWith(SENSOR);
  const [path, there] = [`${profile.paths.sensors}/ci.sh`, `${profile.root}/disk`];
  await Deno.rename(path, there);
  await Deno.symlink(there, path);
  const signals = [await signalWith(profile, "a")];
  await Deno.rename(there, `${there}.away`);
  for (const _ of [1, 2]) signals.push(await signalWith(profile, "a"));
  await Deno.rename(`${there}.away`, there);
  signals.push(await signalWith(profile, "a"));
  assertEquals(signals, ["a", "a", FAILING, "a"]);
});

Deno.test("sense() masks what counts with the secrets of today", async () => {
  await using profile = await profileWith(SENSOR);
  await signalWith(profile, "hush-hush-1234");
  const mask = Object.assign((text: string) => text.replaceAll("hush-hush-1234", "[masked]"), {
    idle: false,
  });
  await Deno.remove(`${profile.paths.dataDir}/now`);
  const { readings: [reading] } = await sense({ ...profile, mask } as unknown as TempProfile);
  assertEquals(signalOf(reading), "[masked]");
});

Deno.test("sense() gives a sensor in code the same grace", async () => {
  await using profile = await tempProfile({ history: false });
  const run = async (sensor: () => { n: number }): Promise<Reading> =>
    (await sense(profile, { sensors: { code: sensor } })).readings[0];
  const fails = () => {
    throw new Error("no network");
  };
  const signals = [];
  for (const sensor of [() => ({ n: 1 }), fails, fails]) signals.push(signalOf(await run(sensor)));
  assertEquals(signals, [{ n: 1 }, { n: 1 }, FAILING]);
});

Deno.test("a sensor that fails once costs no decision, and one that goes on failing costs one", async () => {
  await using profile = await profileWith(SENSOR);
  const { decide, prompts } = scripted(noop(), noop(), noop());
  const tick = async () => (await tickOnce(profile, { decider: decide })).outcome;
  assertEquals(await tick(), "moved");
  await Deno.rename(`${profile.paths.dataDir}/now`, `${profile.paths.dataDir}/then`);
  assertEquals(await tick(), "idle");
  await Deno.rename(`${profile.paths.dataDir}/then`, `${profile.paths.dataDir}/now`);
  assertEquals([await tick(), prompts.length], ["idle", 1]);
  await Deno.remove(`${profile.paths.dataDir}/now`);
  assertEquals([await tick(), await tick(), await tick()], ["idle", "moved", "idle"]);
  assertEquals(prompts.length, 2);
});

Deno.test("a rule does not fire on a sensor that fails once", async () => {
  await using profile = await profileWith(SENSOR);
  const rule = `{name: r, when: 'type(sensors.ci) == map', do: {action: noop, reason: down}}`;
  await profile.write("goals/a.md", `---\ngoal: x\nrules: [${rule}]\n---\n`);
  const tick = async () => {
    const result = await tickOnce({ ...profile, config: { ...profile.config, runner: "none" } });
    return result.outcome === "moved" ? result.decision.source : result.outcome;
  };
  await tick();
  await Deno.remove(`${profile.paths.dataDir}/now`);
  assertEquals([await tick(), await tick()], ["undecided", "a/r"]);
});
