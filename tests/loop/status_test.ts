import { assert, assertEquals, assertMatch } from "@std/assert";
import { renderStatus } from "../../src/cli/output/status.ts";
import { PLAIN } from "../../src/cli/output/view.ts";
import { answerAsk } from "../../src/inbox/answer.ts";
import { listAttention } from "../../src/inbox/attention.ts";
import { pulse } from "../../src/loop/pulse.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readStatus } from "../../src/loop/status.ts";
import { tryLock } from "../../src/os/lock.ts";
import type { TickResult } from "../../src/schema/status.ts";
import { budgetProfile, spent } from "../support/budget_profile.ts";
import { eventually } from "../support/eventually.ts";
import { tempProfile } from "../support/temp_profile.ts";

const WHY = "$1.25 of $1.00 is spent today (budget.usd_per_day)";

Deno.test("readStatus tells of budgets and of what holds, until it is lifted or has passed", async () => {
  await using profile = await budgetProfile({ usd_per_day: 1, usd_per_worker: 0.5, workers: 3 });
  await profile.write(
    "cost.jsonl",
    spent(1.25, "08:30") + spent(9, "08:00", { kind: "worker", cost_usd: 0 }),
  );
  const none = (await readStatus(profile)).budget;
  assertEquals(none, {
    usd_per_day: 1,
    spent_today_usd: 1.25,
    unknown_costs_today: 0,
    usd_per_worker: 0.5,
    decides_per_hour: 60,
    decides_last_hour: 1,
    workers: 3,
    workers_alive: 0,
    held: null,
  });
  const held = await tickOnce(profile);
  assert(held.outcome === "held");
  const status = await readStatus(profile);
  assertEquals(status.budget.held, {
    budget: "usd_per_day",
    why: WHY,
    ask: held.ask_id,
    lifted: false,
  });
  assertEquals(status.attention, [
    `over budget: ${WHY}; looop answer ${held.ask_id} lift continues for today`,
  ]);
  assertEquals(status.last_tick?.outcome, "held");
  assert(
    renderStatus(status, PLAIN, profile.clock.now()).includes(
      `\nbudget     $1.25 of $1.00 today; at most $0.5000 per worker; over budget: ${WHY}\n`,
    ),
  );
  // `looop wait` and `notify` show the ask itself.
  const asks = (await listAttention(profile)).filter(({ kind }) => kind === "question");
  assertEquals(asks.map(({ ask }) => ask), [held.ask_id ?? undefined]);
  await answerAsk(profile, held.ask_id ?? "", "lift it for today");
  await tickOnce(profile);
  const lifted = await readStatus(profile);
  assertEquals([lifted.budget.held?.lifted, lifted.budget.held?.ask, lifted.attention], [
    true,
    null,
    [],
  ]);
  profile.at("00:00", 1);
  assertEquals((await readStatus(profile)).budget.held, null);
});

Deno.test("a pulse that is held goes on at the answer, before its next tick is due", async () => {
  await using profile = await tempProfile({ files: { "cost.jsonl": "" } });
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({
      runner: "mine",
      runners: { mine: { tick: `echo '{"action":"noop","reason":"r","journal":"j"}'` } },
      budget: { decides_per_hour: 0 },
    }),
  );
  const results: TickResult[] = [];
  const stop = new AbortController();
  const running = pulse(profile, {
    signal: stop.signal,
    onTick: (result) => void results.push(result),
  });
  try {
    await eventually("a held tick", () => results.length === 1);
    const [held] = results;
    assert(held.outcome === "held");
    await answerAsk(profile, held.ask_id ?? "", "lift it for today");
    await eventually("the next tick", () => results.length > 1);
    assertEquals(results[1].outcome, "moved");
  } finally {
    stop.abort();
    await running;
  }
});

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
    "paused; looop resume continues",
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
  assertMatch(attention[0], /^asks\/x\.json is not an ask:\n/);
  assertMatch(attention[1], /state\.json is not valid JSON: [^]*git -C .* checkout state\.json/);
  assertMatch(attention[2], /cannot use .*last_tick\.json:/);
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
    "parked, so nothing is decided: no quota; once that is fixed: looop resume",
    "only the goals' own rules decide: the runner mine is not on PATH",
  ]);
});
