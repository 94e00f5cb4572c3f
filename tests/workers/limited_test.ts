import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { listAsks } from "../../src/inbox/asks.ts";
import { systemClock } from "../../src/os/clock.ts";
import { newsOf } from "../../src/schema/world.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { reconcileWorkers } from "../../src/workers/reconcile.ts";
import { startSession } from "../../src/workers/start.ts";
import { eventually } from "../support/eventually.ts";
import { marked, untilPrinted, workerProfile } from "../support/worker_profile.ts";

/** Stands in for pi: it reaches a limit at once, and again whenever `limit` is there when it is continued. */
const PI = `#!/bin/bash
echo "$*" >>"$LOOOP_DATA_DIR/calls"
dir=$2
record() {
  printf '{"type":"message","id":"1","timestamp":"%s","message":%s}\\n' \\
    "$(date -u -d "@$(($(date +%s) + $(cat "$LOOOP_DATA_DIR/offset") + 1))" +%FT%TZ)" "$1" >>"$dir/2026_1.jsonl"
}
mkdir -p "$dir"
record '{"role":"user"}'
if [[ $* != *--continue* || -e $LOOOP_DATA_DIR/limit ]]; then
  record "{\\"role\\":\\"assistant\\",\\"stopReason\\":\\"error\\",\\"errorMessage\\":\\"429 $(cat "$LOOOP_DATA_DIR/text")\\"}"
fi
echo up
sleep 600
`;

/** A profile with one worker that has reached a limit, and a clock that can be set forward. */
async function limitedProfile(text: string) {
  let ms = 0;
  const clock = { ...systemClock, now: () => new Date(Date.now() + ms) };
  const bin = await Deno.makeTempDir();
  await Deno.writeTextFile(join(bin, "pi"), PI, { mode: 0o700 });
  const profile = await workerProfile({
    clock,
    // With a key, pi is set up.
    env: { PATH: `${bin}:${Deno.env.get("PATH")}`, OPENAI_API_KEY: "sk-pi" },
  });
  const later = async (minutes: number) => {
    ms += minutes * 60_000;
    await profile.write("offset", String(ms / 1000));
  };
  const tend = async () => {
    const { asks } = await listAsks(profile);
    const [worker] = await reconcileWorkers(profile, asks, { resume: true });
    return worker;
  };
  await profile.write("text", text);
  await later(0);
  const { generation } = await startSession(profile, { id: "a", prompt: "Paint.", runner: "pi" });
  await untilPrinted(profile, "a", /up/);
  await later(1);
  const dispose = profile[Symbol.asyncDispose].bind(profile);
  return Object.assign(profile, {
    ...{ generation, later, tend },
    calls: async () => (await profile.read("calls")).split("--session-dir").length - 1,
    async [Symbol.asyncDispose]() {
      await dispose();
      await Deno.remove(bin, { recursive: true });
    },
  });
}

Deno.test("a worker at a usage limit is limited until that ends, and then continues its session once", async () => {
  await using profile = await limitedProfile("quota exceeded, try again in 2h");
  const limited = await profile.tend();
  assertEquals([limited.state, limited.alive], ["limited", true]);
  assertEquals(Date.parse(limited.until!) - Date.parse(limited.since), 2 * 3_600_000);
  assertEquals(newsOf(limited), { state: "limited", generation: profile.generation });
  await profile.later(118);
  assertEquals((await profile.tend()).state, "limited");
  const before = await marked(profile.generation);

  await profile.later(2);
  assertEquals((await profile.tend()).state, "running");
  await eventually("it is continued", async () => await profile.calls() === 2);
  const [, call] = (await profile.read("calls")).split(/\n(?=--session-dir)/);
  assertStringIncludes(call, "--continue A usage limit had stopped you. It continues now.");
  const after = await marked(profile.generation);
  assertEquals(after.filter((pid) => before.includes(pid)), []);
  await profile.later(1);
  for (let i = 0; i < 2; i++) assertEquals((await profile.tend()).state, "running");
  assertEquals(await profile.calls(), 2);
});

Deno.test("a limit without a known end is tried again every 15 minutes, as often as needed", async () => {
  await using profile = await limitedProfile("too many requests");
  await profile.write("limit", "");
  for (let tries = 1; tries <= 5; tries++) {
    assertEquals((await profile.tend()).state, "limited");
    await profile.later(13);
    assertEquals([(await profile.tend()).state, await profile.calls()], ["limited", tries]);
    await profile.later(3);
    await profile.tend();
    await eventually("it is continued", async () => await profile.calls() === tries + 1);
    await profile.later(0.5);
  }
});

Deno.test("a limit that should have ended at once is not tried again for 5 minutes", async () => {
  await using profile = await limitedProfile("rate limit, retry after 1s");
  await profile.later(3);
  assertEquals((await profile.tend()).state, "limited");
  await profile.later(1.5);
  assertEquals((await profile.tend()).state, "running");
});

Deno.test("a worker that prints is not searched for a limit, and one whose records are unreadable has none", async () => {
  await using profile = await limitedProfile("too many requests");
  assertEquals((await listWorkers(profile))[0].state, "limited");
  await Deno.remove(`${profile.paths.workers}/a/pi-sessions`, { recursive: true });
  await Deno.mkdir(`${profile.paths.workers}/a/pi-sessions/2026_2.jsonl`, { recursive: true });
  assertEquals((await listWorkers(profile))[0].state, "running");
});
