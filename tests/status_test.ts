import { assertEquals, assertMatch } from "@std/assert";
import { readStatus } from "../src/loop/status.ts";
import { tryLock } from "../src/os/lock.ts";
import { tempProfile } from "./profile/temp_profile.ts";

const QUESTION = {
  id: "q1",
  kind: "question",
  question: `Which branch?\n${"x".repeat(300)}`,
  asked_at: "2026-11-23T09:00:00.000Z",
  run_id: "r1",
};

Deno.test("readStatus gathers pulse, last tick, asks and what needs a human", async () => {
  await using profile = await tempProfile({
    config: { runner: "none", interval: 30 },
    files: {
      "asks/q1.json": JSON.stringify(QUESTION),
      "asks/q2.json": JSON.stringify({
        ...QUESTION,
        id: "q2",
        answer: { text: "main", at: "2026-11-23T09:01:00.000Z" },
      }),
      ".looop/last_tick.json": '{"at":"2026-11-23T09:00:01.000Z","hash":"ab","outcome":"idle"}',
      ".looop/paused": "",
    },
  });
  using _ = await tryLock(profile.paths.pulseLock, "4711\n");
  const status = await readStatus(profile);
  assertEquals(status.pulse, { running: true, pid: 4711, interval_s: 30 });
  assertEquals(status.last_tick, {
    at: "2026-11-23T09:00:01.000Z",
    hash: "ab",
    outcome: "idle",
  });
  assertEquals(status.asks.map(({ id, question }) => [id, question]), [["q1", QUESTION.question]]);
  assertEquals(status.attention.map((line) => line.slice(0, 40)), [
    'looop answer q1 "…": Which branch?\nxxxxx',
    "paused: looop resume goes on",
  ]);
  assertEquals([status.paused, status.exists, status.runner, status.cost_today_usd], [
    true,
    true,
    null,
    0,
  ]);
});

Deno.test("readStatus tells of broken files rather than throw", async () => {
  await using profile = await tempProfile({
    config: { runner: "none" },
    files: {
      "asks/x.json": "{}",
      "state.json": "{",
      ".looop/last_tick.json": "[]",
    },
  });
  const { attention, parked, last_tick } = await readStatus(profile);
  assertEquals([parked, last_tick], [null, null]);
  assertEquals(attention.length, 3);
  assertMatch(attention[0], /^asks\/x\.json is no ask:\n/);
  assertMatch(attention[1], /state\.json is not valid JSON: [^]*git -C .* checkout state\.json/);
  assertMatch(attention[2], /last_tick\.json cannot be used:/);
});

Deno.test("readStatus names the parking, and a runner that is missing", async () => {
  const parked = { kind: "rate_limit", why: "no quota", world: "w", config: "c", until: "2099" };
  await using profile = await tempProfile({
    config: { runner: "mine", runners: {} },
    env: { PATH: "/nowhere" },
    files: {
      "state.json": JSON.stringify({
        ...{ version: 1, baseline: null, again: false, fired: {}, failure: null, last_run: null },
        parked,
      }),
    },
  });
  const status = await readStatus(profile);
  assertEquals(status.parked, { kind: "rate_limit", why: "no quota", until: "2099" });
  assertEquals(status.attention, [
    "parked, so nothing is decided (looop resume tries again): no quota",
    "only the goals' own rules decide: the runner mine is not on PATH",
  ]);
});
