import { assert, assertEquals } from "@std/assert";
import { compareWorld, isTainted } from "../../src/diff/diff.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import type { Json, JsonObject } from "../../src/schema/json.ts";
import { baselineOf, entryOf, INITIAL_STATE, type State } from "../../src/schema/state.ts";
import type { Worker } from "../../src/schema/worker.ts";
import {
  type Comparison,
  type Reading,
  untrustedKeysOf,
  wakesOf,
  type World,
} from "../../src/schema/world.ts";
import { timeRatio } from "../support/time_ratio.ts";

function reading(name: string, value: JsonObject, more: Partial<Reading> = {}): Reading {
  const result = { ok: true, value } as const;
  return {
    name,
    file: `${name}.sh`,
    at: "t",
    trusted: true,
    script: "s",
    ms: 1,
    bytes: 1,
    result,
    ...more,
  };
}

function failing(name: string, error: string, ms = 1): Reading {
  return reading(name, {}, { ms, result: { ok: false, error } });
}

function world(readings: Reading[], more: Partial<World> = {}): World {
  const playbook = { text: "p", digest: "d" };
  return {
    at: "t",
    playbook,
    goals: [],
    readings,
    asks: [],
    workers: [],
    claims: [],
    schedules: [],
    ...more,
  };
}

function goal(id: string, text: string) {
  return { id, text, digest: "d", goal: id, priority: 0, rules: [], untrusted: false };
}

async function changesFrom(before: World, after: World): Promise<string[]> {
  const { changes } = await compareWorld(after, await baselineOf(wakesOf(before)));
  return changes.map(({ key, kind, lines, untrusted }) =>
    [untrusted ? "untrusted" : "", kind, key, ...lines].filter(Boolean).join(" | ")
  );
}

function signal(value: Json, detail: Json = 0): World {
  return world([reading("ci", { signal: value, detail })]);
}

Deno.test("compareWorld calls all of a world added where there is no baseline", async () => {
  const { changes } = await compareWorld(
    world([reading("ci", { a: 1 })], { goals: [goal("tea", "x")] }),
    null,
  );
  assertEquals(changes, [
    { key: "goal:tea", kind: "added", lines: [], untrusted: true },
    { key: "playbook", kind: "added", lines: [], untrusted: false },
    { key: "sensor:ci", kind: "added", lines: [`now {"a":1}`], untrusted: false },
  ]);
});

Deno.test("compareWorld does not see detail, key order, times and sizes", async () => {
  const before = signal({ a: 1, b: [{ c: 1, d: 2 }] }, "old");
  const after = world([
    reading("ci", { detail: "new", signal: { b: [{ d: 2, c: 1 }], a: 1 } }, {
      at: "later",
      ms: 99,
      bytes: 7,
      script: "other",
    }),
  ], { at: "later" });
  assertEquals(await changesFrom(before, after), []);
  assertEquals((await compareWorld(before, null)).hash, (await compareWorld(after, null)).hash);
});

Deno.test("compareWorld wakes once for a sensor that begins to fail, whatever it fails of next", async () => {
  const fine = world([reading("ci", { a: 1 })]);
  assertEquals(await changesFrom(fine, world([failing("ci", "exit 3")])), [
    `changed | sensor:ci | a: removed, was 1 | failing: added true`,
  ]);
  assertEquals(
    await changesFrom(world([failing("ci", "exit 3")]), world([failing("ci", "hung", 9)])),
    [],
  );
  assertEquals(await changesFrom(world([failing("ci", "exit 3")]), fine), [
    `changed | sensor:ci | a: added 1 | failing: removed, was true`,
  ]);
});

Deno.test("compareWorld tells what was removed, and takes a removed reading for a stranger's", async () => {
  const before = world([reading("ci", { a: 1 })], {
    goals: [goal("tea", "---\ngoal: Tea\n---\n")],
  });
  assertEquals(await changesFrom(before, world([])), [
    "removed | goal:tea | was ---\ngoal: Tea\n---\n",
    `untrusted | removed | sensor:ci | was {"a":1}`,
  ]);
});

Deno.test("compareWorld marks what strangers wrote", async () => {
  const inbox = (text: string) => world([reading("inbox", { text }, { trusted: false })]);
  assertEquals(await changesFrom(inbox("a"), inbox("b")), [
    `untrusted | changed | sensor:inbox | text: "a" → "b"`,
  ]);
  const untrusted = "---\ngoal: Tea\nuntrusted: true\n---\n";
  const goals = (text: string) => world([], { goals: [goal("tea", text)] });
  assertEquals(await changesFrom(goals("---\ngoal: Tea\n---\n"), goals(untrusted)), [
    "untrusted | changed | goal:tea | + untrusted: true",
  ]);
});

Deno.test("compareWorld shows nothing of an untrusted old value once a person trusts the entry", async () => {
  const text = (more: string) => `---\ngoal: Tea\n${more}---\nRun it all.\n`;
  const goals = (untrusted: boolean) => {
    const one = goal("tea", text(untrusted ? "untrusted: true\n" : ""));
    return world([reading("mail", { text: "obey" }, { trusted: !untrusted })], {
      goals: [{ ...one, untrusted }],
    });
  };
  const before = goals(true);
  const after = goals(false);
  after.readings = [reading("mail", { text: "fine" })];
  const baseline = await baselineOf(wakesOf(before), untrustedKeysOf(before));
  const { changes } = await compareWorld(after, baseline);
  assertEquals(changes, [
    { key: "goal:tea", kind: "changed", lines: [], untrusted: false },
    { key: "sensor:mail", kind: "changed", lines: [], untrusted: false },
  ]);
  const gone = await compareWorld(world([]), baseline);
  assertEquals(gone.changes.map(({ key, untrusted }) => [key, untrusted]), [
    ["goal:tea", true],
    ["sensor:mail", true],
  ]);
});

for (
  const [was, is, shown] of [
    [true, true, true],
    [true, false, false],
    [false, true, true],
    [false, false, true],
  ]
) {
  const entry = (untrusted: boolean) => untrusted ? "an untrusted" : "a trusted";
  const verb = shown ? "shows" : "hides";
  Deno.test(`compareWorld ${verb} the lines of ${entry(is)} entry that was ${entry(was)} one`, async () => {
    const mail = (text: string, untrusted: boolean) =>
      world([reading("mail", { text }, { trusted: !untrusted })]);
    const before = mail("old", was);
    const baseline = await baselineOf(wakesOf(before), untrustedKeysOf(before));
    assertEquals((await compareWorld(mail("new", is), baseline)).changes, [{
      key: "sensor:mail",
      kind: "changed",
      lines: shown ? [`text: "old" → "new"`] : [],
      untrusted: is,
    }]);
  });
}

Deno.test("compareWorld takes for a stranger's what a failed verify printed, and answers to tainted asks", async () => {
  const worker = (id: string, verification: Worker["verification"]): Worker => ({
    ...{ id, generation: id, started_at: "t", runner: "sh", goal: null, run_id: null },
    ...{
      verify: "x",
      verify_access: NO_ACCESS,
      sandbox: "none",
      wrapper: null,
      state: "done",
      alive: false,
      exit_code: 0,
      flag: null,
    },
    ...{ since: "t", idle_s: null, verification },
  });
  const workers = [
    worker("bad", { passed: false, exit_code: 1, output_tail: "obey" }),
    worker("good", { passed: true, exit_code: 0, output_tail: "obey" }),
    worker("plain", null),
  ];
  const asked = { kind: "question", question: "q", asked_at: "t", run_id: "r" } as const;
  const answer = { text: "yes", at: "t" };
  const asks = [{ ...asked, id: "a1", answer }, { ...asked, id: "a2", answer, tainted: true }];
  const { changes } = await compareWorld(world([], { workers, asks }), {
    playbook: await entryOf("p"),
  });
  assertEquals(changes.map(({ key, untrusted }) => [key, untrusted]), [
    ["worker:bad", true],
    ["worker:good", false],
    ["worker:plain", false],
    ["answer:a1", false],
    ["answer:a2", true],
  ]);
});

Deno.test("compareWorld names no two different worlds alike", async () => {
  const worlds = [
    world([]),
    world([reading("a", {})]),
    world([reading("a", { b: 1 })]),
    world([reading("a", { b: "1" })]),
    world([reading("ab", { signal: 1 })]),
    world([reading("a", { signal: 1 }), reading("b", { signal: 1 })]),
    world([], { playbook: { text: "", digest: "" } }),
    world([], { goals: [goal("a", "")] }),
    world([], { goals: [goal("a", "sensor:b")] }),
    world([reading("a", {})], { goals: [goal("a", "{}")] }),
  ];
  const hashes = await Promise.all(worlds.map(async (one) => (await compareWorld(one, null)).hash));
  assertEquals(new Set(hashes).size, worlds.length);
});

Deno.test("compareWorld takes an answer for a change, cut to size", async () => {
  const ask = {
    id: "a1",
    kind: "question",
    question: "q".repeat(1000),
    asked_at: "t",
    run_id: "r",
  } as const;
  const asks = [{ ...ask, answer: { text: "y".repeat(100_000), at: "t" } }, { ...ask, id: "a2" }];
  assertEquals(await changesFrom(world([]), world([], { asks })), [
    `added | answer:a1 | ${"q".repeat(399)}… → ${"y".repeat(399)}…`,
  ]);
});

Deno.test("compareWorld takes time in proportion to the goals", async () => {
  const compares = async (count: number) => {
    const goals = Array.from({ length: count }, (_, i) => goal(`g${i}`, `---\ngoal: g${i}\n---\n`));
    const before = await baselineOf(wakesOf(world([], { goals })));
    const edited = goals.map((one, i) =>
      i % 50 === 0 ? { ...one, text: `${one.text}more\n` } : one
    );
    return async () => {
      const { changes } = await compareWorld(world([], { goals: edited }), before);
      assertEquals(changes.length, count / 50);
    };
  };
  const ratio = await timeRatio(await compares(100), await compares(1000), 5);
  assert(ratio < 50, `${ratio} times as long for 10 times the goals`);
});

const quiet = { hash: "h", digests: {}, changes: [] };
const change = (untrusted: boolean): Comparison => ({
  ...quiet,
  changes: [{ key: "sensor:a", kind: "changed", lines: [], untrusted }],
});
const failure = { world: "w", count: 1, why: "obey", at: "t" };
const last_run = { run_id: "r", command: "ls", exit_code: 0, output_tail: "obey" };
const state = (more: Partial<State>) => ({ ...INITIAL_STATE, ...more });

Deno.test("isTainted holds for an untrusted change, and a forced untrusted goal", () => {
  assertEquals(isTainted(change(false), INITIAL_STATE), false);
  assertEquals(isTainted(change(true), INITIAL_STATE), true);
  const goal = (mark: string) => parseGoal("tea", `---\ngoal: Tea\n${mark}---\n`, "d");
  assertEquals(isTainted(quiet, INITIAL_STATE, goal("")), false);
  assertEquals(isTainted(quiet, INITIAL_STATE, goal("untrusted: true\n")), true);
});

Deno.test("isTainted holds for what a tainted decision left, and for any command's output", () => {
  assertEquals(isTainted(quiet, state({ tainted: true })), false);
  assertEquals(isTainted(quiet, state({ again: true, failure })), false);
  assertEquals(isTainted(quiet, state({ tainted: true, again: true })), true);
  assertEquals(isTainted(quiet, state({ tainted: true, failure })), true);
  assertEquals(isTainted(quiet, state({ last_run })), true);
});
