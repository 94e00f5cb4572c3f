import { assertEquals } from "@std/assert";
import { awaitWorkers, isOver } from "../../src/loop/handoff.ts";
import { raiseFlag } from "../../src/inbox/flags.ts";
import { systemClock } from "../../src/os/clock.ts";
import type { Worker } from "../../src/schema/worker.ts";
import { eventually } from "../support/eventually.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { start, workerProfile } from "../support/worker_profile.ts";

/** Waits for workers, and notes what is reported of them: state, flag, whether verified. */
function awaiting(profile: TempProfile, ids: string[], timeoutMs?: number) {
  const stop = new AbortController();
  const seen: string[] = [];
  const workers = awaitWorkers(profile, ids, {
    timeoutMs,
    signal: stop.signal,
    onChange: ({ id, state, flag, verification }) =>
      void seen.push(`${id} ${state} ${flag?.note} ${verification?.passed}`),
  });
  return { seen, stop, workers };
}

const states = (workers: Worker[]) => workers.map(({ id, state }) => [id, state]);

Deno.test("awaitWorkers reports each change of the named workers once, and returns when they have ended", async () => {
  await using profile = await workerProfile();
  await start(profile, "other", "sleep 60");
  await start(profile, "fix", "while ! test -e go; do sleep 0.1; done", {
    verify: "ls PLAYBOOK.md",
  });
  const { seen, workers } = awaiting(profile, ["fix"]);
  await raiseFlag(profile, "fix", "look");
  await eventually("the flag is reported", () => seen.length > 0);
  await profile.write("go", "");
  assertEquals(states(await workers), [["fix", "done"]]);
  assertEquals([seen[0], seen.at(-1)], ["fix waiting look undefined", "fix done look true"]);
  assertEquals(new Set(seen).size, seen.length);
});

Deno.test("awaitWorkers waits until the last of the workers has ended", async () => {
  await using profile = await workerProfile();
  await start(profile, "first", "true");
  await start(profile, "last", "while ! test -e go; do sleep 0.1; done");
  const { seen, workers } = awaiting(profile, ["first", "last"]);
  await eventually("the first end is reported", () => seen.length > 0);
  await profile.write("go", "");
  assertEquals(states(await workers), [["first", "done"], ["last", "done"]]);
});

Deno.test("awaitWorkers checks every 2 s, and at once when a file of a worker changes", async () => {
  const sleeps: number[] = [];
  const sleep = (ms: number, signal?: AbortSignal) => {
    sleeps.push(ms);
    return new Promise<void>((end) => signal?.addEventListener("abort", () => end()));
  };
  await using profile = await workerProfile({ clock: { ...systemClock, sleep } });
  await start(profile, "fix", "while ! test -e go; do sleep 0.1; done");
  const { workers } = awaiting(profile, ["fix"]);
  // The mailbox waits, too.
  await eventually("both wait", () => sleeps.length > 1);
  await profile.write("go", "");
  assertEquals(states(await workers), [["fix", "done"]]);
  assertEquals([...new Set(sleeps)], [2000]);
});

Deno.test("awaitWorkers returns those alive when the time is up, and reports nothing of what goes on", async () => {
  await using profile = await workerProfile();
  await start(profile, "fix", "sleep 60");
  const { seen, workers } = awaiting(profile, ["fix", "gone"], 300);
  assertEquals([states(await workers), seen], [[["fix", "running"]], []]);
});

Deno.test("awaitWorkers ends at its signal, and the workers live on", async () => {
  await using profile = await workerProfile();
  await start(profile, "fix", "sleep 60");
  const { stop, workers } = awaiting(profile, ["fix"]);
  stop.abort();
  assertEquals((await workers).every(({ alive }) => alive), true);
});

const passed = { passed: true, exit_code: 0, output_tail: "" };

for (
  const [title, worker, expected] of [
    ["that runs", { alive: true, verify: null, verification: null }, false],
    ["that has ended", { alive: false, verify: null, verification: null }, true],
    ["whose verify has not run", { alive: false, verify: "ls", verification: null }, false],
    ["whose verify has run", { alive: false, verify: "ls", verification: passed }, true],
    ["that runs after a verify", { alive: true, verify: "ls", verification: passed }, false],
  ] as const
) {
  Deno.test(`isOver of a worker ${title} is ${expected}`, () => {
    assertEquals(isOver(worker as unknown as Worker), expected);
  });
}
