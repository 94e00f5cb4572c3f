import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { readStatus } from "../../src/loop/status.ts";
import { tryLock } from "../../src/os/lock.ts";
import { writeState } from "../../src/profile/state.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import { budgetProfile, timeOf } from "../support/budget_profile.ts";
import { RunningPulse } from "../support/running_pulse.ts";
import { noop } from "../support/scripted_decider.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("a pulse that is over budget is woken by the answer", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock, files: { "cost.jsonl": "" } });
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({
      runner: "mine",
      runners: { mine: { tick: `echo '{"action":"noop","reason":"r","journal":"j"}'` } },
      budget: { decides_per_hour: 0 },
    }),
  );
  await using running = new RunningPulse(profile);
  await clock.begun(1);
  const [held] = running.results;
  assert(held.outcome === "held");
  await answerAsk(profile, held.ask_id ?? "", "lift it for today");
  await clock.begun(2);
  assertEquals([running.outcomes(), clock.woken], [["held", "moved"], 1]);
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
  assertEquals(status.attention.map((line) => line.slice(0, 52)), [
    'looop answer q1 "…": looop asks: Which branch?\nxxxxx',
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
      "goals/late.md": "---\ngoal: Ship it\ndue: tomorrow\n---\n",
      ".looop/last_tick.json": "[]",
    },
  });
  const { attention, parked, last_tick } = await readStatus(profile);
  assertEquals([parked, last_tick], [null, null]);
  assertEquals(attention.length, 4);
  assertMatch(attention[0], /^asks\/x\.json is not an ask:\n/);
  assertMatch(
    attention[1],
    /state\.json is not valid JSON: [^]*git -C .* checkout HEAD -- state\.json/,
  );
  assertMatch(
    attention[2],
    /^looop goal write late: goals\/late\.md: [^]*`due` must be a date and/,
  );
  assertMatch(attention[3], /cannot use .*last_tick\.json:/);
});

const UNTIL = new Date(2099, 0, 1).toISOString();

Deno.test("readStatus tells since when decisions fail, unless the loop is parked", async () => {
  await using profile = await tempProfile({ config: { runner: "none" } });
  const at = new Date(2026, 10, 23, 9, 30).toISOString();
  const since = new Date(2026, 10, 22, 23, 5).toISOString();
  const failure = { world: "w", count: 0, why: "model: Overloaded", at, since };
  await writeState(profile, { ...INITIAL_STATE, failure });
  const failing = await readStatus(profile);
  assertEquals(failing.failing, { why: "model: Overloaded", since });
  assertEquals(failing.attention, [
    "failing since 2026-11-22 23:05: model: Overloaded; looop retries by itself",
  ]);
  // An older version wrote no beginning, and a user any time.
  for (const [time, shown] of [[at, "2026-11-23 09:30"], ["soon", "soon"]]) {
    await writeState(profile, {
      ...INITIAL_STATE,
      failure: { ...failure, at: time, since: undefined },
    });
    const { attention } = await readStatus(profile);
    assertEquals(attention, [`failing since ${shown}: model: Overloaded; looop retries by itself`]);
  }
  const parked = { kind: "auth", why: "no key", world: "w", config: "c" } as const;
  await writeState(profile, { ...INITIAL_STATE, failure, parked });
  assertEquals((await readStatus(profile)).attention, [
    "parked, so nothing is decided: no key; looop resume retries",
  ]);
  await writeState(profile, INITIAL_STATE);
  assertEquals((await readStatus(profile)).failing, null);
});

Deno.test("readStatus names the parking, and a runner that is missing", async () => {
  const parked = { kind: "rate_limit", why: "no quota", world: "w", config: "c", until: UNTIL };
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
  assertEquals(status.parked, { kind: "rate_limit", why: "no quota", until: UNTIL });
  assertEquals(status.attention, [
    "parked until 2099-01-01 00:00, so nothing is decided: no quota; looop resume retries",
    "only the goals' own rules decide: the runner mine is not on PATH",
  ]);
});

/** The day of the budget, by which its ask is found. */
const DAY = "2026-11-23";

Deno.test("readStatus lists what is open: an approval until it expires, no ask about a budget", async () => {
  await using profile = await budgetProfile({});
  const at = (time: string) => timeOf(time).toISOString();
  const approval = (id: string, expires_at: string) => ({
    ...{ ...QUESTION, id, kind: "approval", question: `${id}?`, options: ["yes"], ref: "r" },
    approval: {
      ...{ move: noop(), move_sha256: "m", digests: {}, preview: "", expires_at },
    },
  });
  const hold = { budget: "usd_per_day", day: DAY };
  for (
    const ask of [
      approval("a1", at("09:01")),
      approval("a2", at("09:00")),
      { ...QUESTION, id: "h1", hold },
    ]
  ) {
    await profile.write(`asks/${ask.id}.json`, JSON.stringify(ask));
  }
  const { asks, attention } = await readStatus(profile);
  assertEquals(asks.map(({ id }) => id).sort(), ["a1", "h1"]);
  assertEquals(asks.find(({ id }) => id === "a1"), {
    ...{ id: "a1", kind: "approval", from: "looop", question: "a1?", options: ["yes"], ref: "r" },
    ...{ asked_at: QUESTION.asked_at, expires_at: at("09:01") },
  });
  assertEquals(attention, ["looop approve a1: looop asks: a1?"]);
});

Deno.test("readStatus cuts a long question in what needs the user", async () => {
  await using profile = await tempProfile({
    config: { runner: "none" },
    files: { "asks/q1.json": JSON.stringify(QUESTION) },
  });
  const { attention } = await readStatus(profile);
  const text = `looop asks: ${QUESTION.question}`.slice(0, 219);
  assertEquals(attention, [`looop answer q1 "…": ${text}…`]);
});

Deno.test("readStatus names all that one worker proposes at once, and how to set a program up", async () => {
  await using profile = await tempProfile({ config: { runner: "none" } });
  const at = QUESTION.asked_at;
  const proposal = (id: string, proposer: string, path: string) => ({
    ...{ ...QUESTION, id, proposer, kind: "approval", question: `Change ${path}?`, asked_at: at },
    approval: {
      ...{ move: { action: "noop", reason: "r", journal: "j" }, move_sha256: "0".repeat(64) },
      ...{ digests: { [path]: null }, preview: "", expires_at: new Date(2099, 0).toISOString() },
    },
  });
  const setup = { runner: "pi", refused: false };
  for (
    const ask of [
      proposal("p1", "setup", "PLAYBOOK.md"),
      proposal("p2", "docs", "goals/wiki.md"),
      proposal("p3", "setup", "goals/site.md"),
      { ...QUESTION, id: "s1", question: "pi needs you", setup },
    ]
  ) {
    await profile.write(`asks/${ask.id}.json`, JSON.stringify(ask));
  }
  const { attention } = await readStatus(profile);
  assertEquals(attention.toSorted(), [
    "looop approve --all-of setup: worker setup proposes PLAYBOOK.md, goals/site.md",
    "looop approve p2: worker docs asks: Change goals/wiki.md?",
    "looop setup-agent pi: looop asks: pi needs you",
  ]);
});

Deno.test("readStatus of a profile that does not exist yet names its runner, and writes nothing", async () => {
  await using profile = await tempProfile({
    config: { runner: "mine", runners: { mine: { tick: "true" } } },
  });
  const { dataDir } = profile.paths;
  await Deno.remove(dataDir, { recursive: true });
  const status = await readStatus(profile);
  assertEquals([status.exists, status.runner, status.data_dir, status.config], [
    false,
    "mine",
    dataDir,
    profile.configPath,
  ]);
  assertEquals([status.pulse.running, status.pulse.pid, status.last_tick, status.parked], [
    false,
    null,
    null,
    null,
  ]);
  assertEquals([status.attention, status.paused], [[], false]);
  assertEquals(await Deno.stat(dataDir).catch(() => null), null);
});

Deno.test("readStatus knows that a pulse runs whose pid it cannot read", async () => {
  await using profile = await tempProfile({ config: { runner: "none" } });
  using _ = await tryLock(profile.paths.pulseLock, "x\n");
  const { running, pid } = (await readStatus(profile)).pulse;
  assertEquals([running, pid], [true, null]);
});

Deno.test("readStatus tells of a sandbox that cannot be used", async () => {
  await using profile = await tempProfile({
    config: { runner: "none", sandbox: "bwrap" },
    env: { PATH: "/nowhere" },
  });
  const { attention } = await readStatus(profile);
  assertEquals(attention.length, 1);
  assertMatch(attention[0], /bwrap|bubblewrap/);
});

Deno.test("readStatus says how to replace a note of the last tick that it cannot read", async () => {
  await using profile = await tempProfile({
    config: { runner: "none" },
    files: { ".looop/last_tick.json": "{" },
  });
  assertStringIncludes((await readStatus(profile)).attention[0], "The next tick replaces it.");
});
