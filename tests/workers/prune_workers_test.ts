import { assertEquals } from "@std/assert";
import { listEnded, listWorkers } from "../../src/workers/list.ts";
import { pruneWorkers } from "../../src/workers/replace.ts";
import { workerProfile } from "./worker_profile.ts";

Deno.test("pruneWorkers removes those that ended long enough ago, and unseen ones if told to", async () => {
  const now = new Date("2026-11-23T12:00:00Z");
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  await using profile = await workerProfile({ clock });
  const ended = async (folder: string, id: string, day: number) => {
    const at = `2026-11-${day}T10:00:00Z`;
    const record = {
      id,
      generation: `g${day}`,
      started_at: at,
      runner: "sh",
      goal: null,
      run_id: null,
      verify: null,
      wrapper: null,
    };
    await profile.write(`workers/${folder}/worker.json`, JSON.stringify(record));
    const end = { exit_code: 0, at, how: "exited" };
    await profile.write(`workers/${folder}/exit.json`, JSON.stringify(end));
  };
  for (const day of [19, 20, 21]) await ended(`ended/a.g${day}`, "a", day);
  await ended("b", "b", 19);
  assertEquals(await pruneWorkers(profile, { olderThanDays: 3 }), ["a", "a"]);
  assertEquals((await listEnded(profile)).map(({ generation }) => generation), ["g21"]);
  assertEquals(await pruneWorkers(profile, { unseen: true }), ["b", "a"]);
  assertEquals([await listEnded(profile), await listWorkers(profile)], [[], []]);
});
