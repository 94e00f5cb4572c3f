import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type Clock, systemClock } from "../../src/os/clock.ts";
import { sense } from "../../src/sense/sense.ts";
import { readSnapshots } from "../../src/sense/snapshot.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { resultsOf } from "./results_of.ts";

/** Counts its runs in the file `n`. */
const COUNTS = "#!/bin/sh\n# looop: interval=60\nn=$(($(cat n 2>/dev/null || echo 0) + 1))\n" +
  'echo $n > n\necho "{\\"n\\":$n}"\n';
const MINUTE = 60_000;

function clockAt(text: string): Clock & { ms: number } {
  const clock = {
    ms: Date.parse(text),
    now: () => new Date(clock.ms),
    sleep: systemClock.sleep,
  };
  return clock;
}

Deno.test("sense() leaves each reading in snapshots/, and removes those of sensors that are gone", async () => {
  const files = {
    "sensors/a.sh": "#!/bin/sh\necho '{\"a\":1}'\n",
    "sensors/b.sh": "#!/bin/sh\nexit 3\n",
    "snapshots/old.json": "{}",
    "snapshots/note": "",
    "snapshots/.a.json.1234abcd.tmp": "",
  };
  await using profile = await tempProfile({ files });
  const { readings } = await sense(profile);
  const names = () => [...Deno.readDirSync(profile.paths.snapshots)].map((it) => it.name).sort();
  assertEquals(names(), [".a.json.1234abcd.tmp", "a.json", "b.json"]);
  assertEquals(JSON.parse(await profile.read("snapshots/a.json")), readings[0]);
  assertEquals(JSON.parse(await profile.read("snapshots/b.json")), readings[1]);
  await profile.write("snapshots/c.json", "{");
  assertEquals(await readSnapshots(profile.paths.snapshots), readings);
  await Deno.remove(join(profile.paths.snapshots, "c.json"));
  const { mode } = await Deno.stat(join(profile.paths.snapshots, "a.json"));
  assertEquals((mode ?? 0) & 0o777, 0o600);
  await Deno.utime(join(profile.paths.snapshots, ".a.json.1234abcd.tmp"), 0, 0);
  await Deno.remove(join(profile.paths.sensors, "a.sh"));
  await sense(profile);
  assertEquals(names(), ["b.json"]);
  assertEquals(profile.warnings, []);
});

Deno.test("sense() keeps a good reading while its interval lasts", async () => {
  const clock = clockAt("2026-11-23T09:00:00Z");
  await using profile = await tempProfile({ files: { "sensors/n.sh": COUNTS }, clock });
  const first = await sense(profile);
  clock.ms += MINUTE - 1;
  assertEquals((await sense(profile)).readings, first.readings);
  clock.ms += 1;
  assertEquals(await resultsOf(profile), { n: { n: 2 } });
});

Deno.test("sense() trusts a kept reading as far as the sensor's header does, whatever its snapshot says", async () => {
  const script = COUNTS.replace("interval=60", "interval=60 trust=untrusted");
  await using profile = await tempProfile({ files: { "sensors/mail.sh": script } });
  await sense(profile);
  const kept = JSON.parse(await profile.read("snapshots/mail.json"));
  await profile.write("snapshots/mail.json", JSON.stringify({ ...kept, trusted: true }));
  const [{ trusted, result }] = (await sense(profile)).readings;
  assertEquals([trusted, result], [false, { ok: true, value: { n: 1 } }]);
});

Deno.test("sense() runs a sensor again when its script changed", async () => {
  await using profile = await tempProfile({ files: { "sensors/n.sh": COUNTS } });
  assertEquals(await resultsOf(profile), { n: { n: 1 } });
  await profile.write("sensors/n.sh", COUNTS + "# changed\n");
  assertEquals(await resultsOf(profile), { n: { n: 2 } });
  assertEquals(await resultsOf(profile), { n: { n: 2 } });
});

Deno.test("sense() runs a .ts sensor again when a module of it changed", async () => {
  const files = { "sensors/lib/x.ts": "export const x = 1;\n" };
  await using profile = await tempProfile({ files });
  const script = '// looop: interval=60\nimport { x } from "./lib/x.ts";\n' +
    "console.log(JSON.stringify({ x, at: performance.timeOrigin }));\n";
  await profile.write("sensors/t.ts", script);
  const first = await resultsOf(profile);
  assertEquals(await resultsOf(profile), first);
  await profile.write("sensors/lib/x.ts", "export const x = 2;\n");
  assertEquals((await resultsOf(profile) as { t: { x: number } }).t.x, 2);
});

Deno.test("sense() does not keep a reading from the future: the clock went back", async () => {
  const clock = clockAt("2026-11-23T09:00:00Z");
  await using profile = await tempProfile({ files: { "sensors/n.sh": COUNTS }, clock });
  await sense(profile);
  clock.ms -= MINUTE;
  assertEquals(await resultsOf(profile), { n: { n: 2 } });
});

Deno.test("sense() does not keep a failed reading", async () => {
  const script = "#!/bin/sh\n# looop: interval=60\n[ -e ready ] || exit 1\necho '{}'\n";
  await using profile = await tempProfile({ files: { "sensors/s.sh": script } });
  assertEquals(await resultsOf(profile), { s: "it exited with status 1" });
  await profile.write("ready", "");
  assertEquals(await resultsOf(profile), { s: {} });
});

Deno.test("sense() takes a damaged or hostile snapshot for none", async () => {
  await using profile = await tempProfile({ files: { "sensors/n.sh": COUNTS } });
  await sense(profile);
  const good = await profile.read("snapshots/n.json");
  const reading = JSON.parse(good);
  const hostile = [
    "",
    good.slice(0, -20),
    "[]",
    "null",
    JSON.stringify({ ...reading, name: "other" }),
    JSON.stringify({ ...reading, trusted: "yes" }),
    JSON.stringify({ ...reading, at: "soon" }),
    JSON.stringify({ ...reading, at: new Date(reading.at).toUTCString() }),
    JSON.stringify({ ...reading, ms: -1 }),
    JSON.stringify({ ...reading, result: { ok: true, value: [1] } }),
    good.replace('"n": 1', '"n": 1e999'),
    good.replace('"n": 1', `"n": ${"[".repeat(100_000)}${"]".repeat(100_000)}`),
  ];
  let n = 1;
  for (const text of hostile) {
    await profile.write("snapshots/n.json", text);
    assertEquals(await resultsOf(profile), { n: { n: ++n } }, text.slice(0, 80));
  }
  assertEquals(await resultsOf(profile), { n: { n } });
});

Deno.test("sense() goes on where snapshots cannot be written, and warns", async () => {
  await using profile = await tempProfile({ files: { "sensors/n.sh": COUNTS } });
  await Deno.mkdir(join(profile.paths.snapshots, "n.json", "full"), { recursive: true });
  assertEquals(await resultsOf(profile), { n: { n: 1 } });
  await Deno.remove(profile.paths.snapshots, { recursive: true });
  assertEquals(await resultsOf(profile), { n: { n: 2 } });
  assertEquals(profile.warnings.length, 2);
  for (const warning of profile.warnings) {
    assert(warning.startsWith("the snapshots of sensors are not all up to date: cannot "), warning);
  }
});
