import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { appendEvent, MAX_EVENT_BYTES } from "../../src/profile/journal.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { newRunId, pruneRuns, writeRunFile } from "../../src/profile/runs.ts";
import { isId } from "../../src/schema/schema.ts";
import { tempProfile } from "../support/temp_profile.ts";

const clock = { now: () => new Date("2026-11-23T09:30:12.345Z"), sleep: () => Promise.resolve() };

Deno.test("appendEvent writes one JSON line with its time", async () => {
  await using profile = await tempProfile({ clock });
  await appendEvent(profile, { event: "move", why: "a\nb\u2028" });
  assertEquals(
    await profile.read("events.jsonl"),
    `{"ts":"2026-11-23T09:30:12.345Z","event":"move","why":"a\\nb\u2028"}\n`,
  );
});

Deno.test("appendEvent rotates at 5 MiB, and keeps one old generation", async () => {
  await using profile = await tempProfile({ clock });
  for (const letter of ["a", "b"]) {
    await profile.write("events.jsonl", `${letter.repeat(MAX_EVENT_BYTES - 1)}\n`);
    await appendEvent(profile, { event: "pulse" });
    assertEquals((await profile.read("events.jsonl.1")).slice(0, 3), letter.repeat(3));
    assertEquals((await profile.read("events.jsonl")).split("\n").length, 2);
  }
});

Deno.test("appendEvent only warns where the event cannot be written", async () => {
  await using profile = await tempProfile({ clock });
  await Deno.mkdir(profile.paths.events);
  await appendEvent(profile, { event: "pulse" });
  assertEquals(profile.warnings, [
    `an event was lost: cannot append to ${profile.paths.events}: it is a directory, not a file; move it away`,
  ]);
});

Deno.test("newRunId is an id that sorts by time", () => {
  const [a, b] = ["2026-11-23T09:30:12Z", "2026-12-01T00:00:00Z"].map((at) =>
    newRunId(new Date(at))
  );
  assertEquals([a.slice(0, 16), isId(a), a < b], ["20261123t093012-", true, true]);
});

Deno.test("pruneRuns takes runs from the future for older ones, since the clock was set back", async () => {
  await using profile = await tempProfile({ clock });
  const ids = Array.from({ length: DEFAULT_CONFIG.keep_runs + 1 }, (_, i) => {
    return newRunId(new Date(clock.now().getTime() + (i === 0 ? 3_600_000 : -i * 1000)));
  });
  for (const id of ids) await writeRunFile(profile, id, "prompt.md", "x");
  await pruneRuns(profile);
  const kept = [...Deno.readDirSync(profile.paths.runs)].map(({ name }) => name).sort();
  assertEquals(kept, ids.slice(1).sort());
});

Deno.test("pruneRuns keeps the newest 50, or as many as the config says", async () => {
  for (const keep_runs of [undefined, 2]) {
    const config = keep_runs === undefined ? {} : { keep_runs };
    await using profile = await tempProfile({ config });
    const count = keep_runs ?? 50;
    const ids = Array.from({ length: count + 3 }, (_, i) => newRunId(new Date(i * 1000)));
    for (const id of ids.toReversed()) await writeRunFile(profile, id, "prompt.md", "x");
    await pruneRuns(profile);
    const kept = [...Deno.readDirSync(profile.paths.runs)].map(({ name }) => name).sort();
    assertEquals(kept, ids.slice(3));
    assertEquals(await profile.read(join("runs", ids[3], "prompt.md")), "x");
  }
});
