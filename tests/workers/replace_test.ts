import { assertEquals } from "@std/assert";
import { workerFiles } from "../../src/workers/files.ts";
import { listEnded, listWorkers } from "../../src/workers/list.ts";
import { pruneWorkers, removeUnstarted } from "../../src/workers/replace.ts";
import { openSession, type SessionProcess } from "../../src/workers/session.ts";
import { listSessions, prepareTmux, tmux } from "../../src/workers/tmux.ts";
import { eventually } from "../support/eventually.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { marked, start, stateOf, untilPrinted, workerProfile } from "../support/worker_profile.ts";

/** Leaves a worker as a looop does that is killed between its record and its environment. */
async function unbegun(profile: TempProfile): Promise<{ close(): Promise<void> }> {
  const record = await start(profile, "old", "true", { runId: "run-0" });
  const files = workerFiles(profile.paths, "a");
  const socket = await prepareTmux(profile);
  await Deno.mkdir(files.dir);
  const { promise, resolve } = Promise.withResolvers<SessionProcess>();
  openSession(profile, socket, {
    name: "looop-a",
    pipe: files.start,
    args: ["worker", files.dir],
    begin(process) {
      resolve(process);
      return new Promise(() => {}); // never
    },
  });
  const { pid } = await promise;
  const kept = JSON.parse(await Deno.readTextFile(workerFiles(profile.paths, "old").record));
  const wrapper = { pid, started: record.wrapper?.started };
  const text = JSON.stringify({ ...kept, id: "a", generation: "g", run_id: "run-1", wrapper });
  await Deno.writeTextFile(files.record, text);
  return {
    async close() {
      await tmux(profile, socket, ["kill-session", "-t", "=looop-a"]);
    },
  };
}

Deno.test("removeUnstarted removes a worker that waits for an environment in vain, and its session", async () => {
  await using profile = await workerProfile();
  await unbegun(profile);
  assertEquals(await stateOf(profile, "a"), ["running", null]);
  assertEquals(await removeUnstarted(profile, "a", "run-2"), false);
  assertEquals(await removeUnstarted(profile, "a", "run-1"), true);
  const left = (await listSessions(profile))?.map(({ name }) => name);
  assertEquals(left?.includes("looop-a"), false);
  assertEquals(await Deno.stat(workerFiles(profile.paths, "a").dir).catch(() => null), null);
});

Deno.test("removeUnstarted removes a worker that has given up waiting", async () => {
  await using profile = await workerProfile();
  await (await unbegun(profile)).close();
  assertEquals(await removeUnstarted(profile, "a", "run-1"), true);
});

Deno.test("removeUnstarted leaves a worker that has begun, living or ended", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "echo here; exec sleep 600", { runId: "run-1" });
  assertEquals(await removeUnstarted(profile, "a", "run-1"), false);
  await untilPrinted(profile, "a", /here/);
  assertEquals(await removeUnstarted(profile, "nobody", "run-1"), false);
});

Deno.test("a worker does not begin with half of its environment", async () => {
  await using profile = await workerProfile();
  await unbegun(profile);
  const files = workerFiles(profile.paths, "a");
  const half = `LOOOP_BIN=/bin/true\0LOOOP_GENERATION=half\0`;
  // In place of the 30 s after which it stops waiting: nobody holds the pipe open for writing but itself.
  await Deno.writeTextFile(files.command, "echo begun; exec sleep 600");
  await Deno.writeTextFile(files.start, half);
  await eventually(
    "the wrapper gives up",
    async () => (await stateOf(profile, "a"))[0] !== "running",
    40_000,
  );
  assertEquals(await marked("half"), []);
  assertEquals(await Deno.stat(files.transcript).catch(() => null), null);
});

Deno.test("pruneWorkers removes those that ended long enough ago, and unseen ones if told to", async () => {
  const now = new Date("2026-11-23T12:00:00Z");
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  await using profile = await workerProfile({ clock });
  const ended = async (dir: string, id: string, day: number) => {
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
    await profile.write(`workers/${dir}/worker.json`, JSON.stringify(record));
    const end = { exit_code: 0, at, how: "exited" };
    await profile.write(`workers/${dir}/exit.json`, JSON.stringify(end));
  };
  for (const day of [19, 20, 21]) await ended(`ended/a.g${day}`, "a", day);
  await ended("b", "b", 19);
  assertEquals((await pruneWorkers(profile, { olderThanDays: 3 })).removed, ["a", "a"]);
  assertEquals((await listEnded(profile)).map(({ generation }) => generation), ["g21"]);
  assertEquals((await pruneWorkers(profile, { unseen: true })).removed, ["b", "a"]);
  assertEquals([await listEnded(profile), await listWorkers(profile)], [[], []]);
});
