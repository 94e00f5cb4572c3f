import { assert, assertEquals } from "@std/assert";
import { findAsk } from "../../src/inbox/asks.ts";
import { putAwayAsks } from "../../src/loop/archive.ts";
import { systemClock } from "../../src/os/clock.ts";
import { listFolder } from "../../src/os/dirs.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { type TempProfile, tempProfile } from "../profile/temp_profile.ts";

const NOW = Date.UTC(2026, 5, 1);

/** Closed asks, of which the first was asked so many hours ago, and each other one an hour later. */
async function closedAsks(count: number, hoursAgo: number): Promise<TempProfile> {
  const profile = await tempProfile({ clock: { ...systemClock, now: () => new Date(NOW) } });
  for (let index = 0; index < count; index++) {
    const at = new Date(NOW - (hoursAgo - index) * 3_600_000).toISOString();
    const ask = {
      ...{ id: idOf(index), kind: "question", question: "Tea?", asked_at: at, run_id: "r" },
      ...{ answer: { text: "yes", at }, closed_by: "r" },
    };
    await profile.write(`asks/closed/${idOf(index)}.json`, JSON.stringify(ask));
  }
  return profile;
}

function idOf(index: number): string {
  return `a${String(index).padStart(6, "0")}`;
}

function closed({ paths }: Profile): string[] {
  return listFolder(paths.asksClosed).map(({ name }) => name);
}

Deno.test("putAwayAsks leaves 400 closed asks, and makes one file of the oldest where there are more", async () => {
  await using few = await closedAsks(400, 1000);
  assertEquals(await putAwayAsks(few), []);
  await using many = await closedAsks(401, 1000);
  await many.write("asks/closed/odd.json", "no ask");
  const written = await putAwayAsks(many);
  assertEquals(written.length, 202);
  const [name, ...left] = closed(many);
  assertEquals(name, "2026-06-01T000000.000Z.jsonl");
  assertEquals(left.length, 201);
  assertEquals(left[0], `${idOf(201)}.json`);
  const asks = (await many.read(`asks/closed/${name}`)).trim().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(asks.map(({ id }) => id), Array.from({ length: 201 }, (_, index) => idOf(index)));
  assertEquals([asks[0].answer.text, asks[0].closed_by], ["yes", "r"]);
  assertEquals((await findAsk(many, idOf(400)))?.closed_by, "r");
  assertEquals(await putAwayAsks(many), []);
});

Deno.test("putAwayAsks keeps the files of what was asked in the last two days: they refuse used approvals", async () => {
  await using profile = await closedAsks(401, 47);
  assertEquals(await putAwayAsks(profile), []);
  assert(closed(profile).every((name) => name.endsWith(".json")));
});
