import { assertEquals } from "@std/assert";
import { findFlapping, lastFlapping } from "../../src/diff/diff.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** One tick that sees these signals. */
async function tick(
  profile: TempProfile,
  signals: Record<string, string>,
  input: { only?: unknown; dryRun?: boolean } = {},
): Promise<string[] | undefined> {
  const digests = Object.fromEntries(
    Object.entries(signals).map(([name, digest]) => [`sensor:${name}`, digest]),
  );
  const comparison = { hash: "h", digests: { playbook: "p", ...digests }, changes: [] };
  return (await findFlapping(profile, comparison, input)).flapping;
}

Deno.test("findFlapping names a sensor as soon as its signal has changed on 5 ticks running", async () => {
  await using profile = await tempProfile();
  const found = [];
  for (let i = 0; i < 8; i++) found.push(await tick(profile, { clock: `${i}`, calm: "c" }));
  const named = ["clock"];
  assertEquals(found, [...Array(5).fill(undefined), named, named, named]);
  assertEquals(await tick(profile, { clock: "7", calm: "c" }), undefined);
  assertEquals(await tick(profile, { clock: "8", calm: "c" }), undefined);
});

Deno.test("findFlapping does not count forced and dry runs as ticks", async () => {
  await using profile = await tempProfile();
  for (let i = 0; i < 5; i++) await tick(profile, { clock: `${i}` });
  await tick(profile, { clock: "a" }, { dryRun: true });
  assertEquals(await tick(profile, { clock: "b" }, { only: {} }), undefined);
  assertEquals(await tick(profile, { clock: "c" }), ["clock"]);
  assertEquals(await tick(profile, { clock: "c" }, { dryRun: true }), ["clock"]);
});

Deno.test("findFlapping writes nothing where nothing changed, and begins anew with a damaged file", async () => {
  await using profile = await tempProfile();
  const { signals } = profile.paths;
  await tick(profile, { calm: "c" });
  const { ino } = await Deno.stat(signals);
  await tick(profile, { calm: "c" });
  assertEquals((await Deno.stat(signals)).ino, ino);
  await Deno.writeTextFile(signals, `{"calm":{"digest":"x","changes":"9"}}`);
  assertEquals(await tick(profile, { calm: "d" }), undefined);
  assertEquals(await Deno.readTextFile(signals), `{"calm":{"digest":"d","changes":0}}`);
});

const DAMAGED: [what: string, text: string][] = [
  ["null", "null"],
  ["half of an object", `{"clock":{"digest":"4"`],
  ["a list", `[{"digest":"4","changes":9}]`],
  ["a sensor that is null", `{"calm":null,"clock":{"digest":"4","changes":9}}`],
  ["a digest that is null", `{"clock":{"digest":null,"changes":9}}`],
  ["a count that is null", `{"clock":{"digest":"4","changes":null}}`],
];

for (const [what, text] of DAMAGED) {
  Deno.test(`findFlapping and lastFlapping count anew where the file holds ${what}`, async () => {
    await using profile = await tempProfile();
    await Deno.writeTextFile(profile.paths.signals, text);
    assertEquals(await lastFlapping(profile), []);
    assertEquals(await tick(profile, { clock: "5" }), undefined);
    const counted = `{"clock":{"digest":"5","changes":0}}`;
    assertEquals(await Deno.readTextFile(profile.paths.signals), counted);
    assertEquals(profile.warnings, []);
  });
}
