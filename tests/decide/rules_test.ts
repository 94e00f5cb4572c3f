import { assertEquals } from "@std/assert";
import type { RuleInput } from "../../src/cel/variables.ts";
import {
  checkGoal,
  effectHolds,
  explainError,
  fireRule,
  readDigest,
} from "../../src/decide/rules.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import { type JsonObject, sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import type { Worker } from "../../src/schema/worker.ts";
import type { Goal, Rule, Wakes, World } from "../../src/schema/world.ts";

const at = "2026-11-23T09:00:00.000Z";
const ask: Ask = { id: "q1", kind: "question", question: "Ship?", asked_at: at, run_id: "r1" };
const worker: Worker = {
  ...{ id: "alive", generation: "1", started_at: at, runner: "pi", goal: null, run_id: null },
  ...{ verify: null, verify_access: NO_ACCESS, sandbox: "none", wrapper: null },
  ...{ state: "running", alive: true, exit_code: null, flag: null, since: at, idle_s: 0 },
  verification: null,
};
const world: World = {
  at,
  workers: [worker, { ...worker, id: "ended", state: "done", alive: false, exit_code: 0 }],
  claims: [],
  playbook: { text: "be kind", digest: "" },
  goals: ["a", "last"].map((id) => parseGoal(id, "---\ngoal: x\n---\n", "")),
  readings: await Promise.all(["#!/bin/sh\n", "last"].map(async (script) => ({
    ...{ name: "git", file: script === "last" ? "last.sh" : "git.sh", at, trusted: true },
    ...{ ms: 1, bytes: 2, result: { ok: true, value: {} } },
    script: await sha256Hex(script),
  }))),
  asks: [ask, { ...ask, id: "q2", question: "Old?", answer: { text: "yes", at } }],
};

const journal = "x";

Deno.test("effectHolds tells what a move would change", async () => {
  const moves: [Move, boolean][] = [
    [{ action: "noop", reason: "x", journal }, false],
    [{ action: "run", command: "ls", journal }, false],
    [{ action: "write_goal", id: "a", body: "---\ngoal: x\n---\n", journal }, true],
    [{ action: "write_goal", id: "a", body: "---\ngoal: y\n---\n", journal }, false],
    [{ action: "write_goal", id: "b", body: "---\ngoal: x\n---\n", journal }, false],
    [{ action: "archive_goal", id: "a", journal }, false],
    [{ action: "archive_goal", id: "b", journal }, true],
    [{ action: "write_sensor", name: "git.sh", script: "#!/bin/sh\n", journal }, true],
    [{ action: "write_sensor", name: "git.sh", script: "#!/bin/bash\n", journal }, false],
    [{ action: "write_sensor", name: "mail.sh", script: "#!/bin/sh\n", journal }, false],
    [{ action: "write_sensor", name: "git.ts", script: "#!/bin/sh\n", journal }, false],
    [{ action: "remove_sensor", name: "git.sh", journal }, false],
    [{ action: "remove_sensor", name: "mail", journal }, true],
    [{ action: "write_playbook", body: "be kind", journal }, true],
    [{ action: "write_playbook", body: "be swift", journal }, false],
    [{ action: "start_worker", id: "alive", prompt: "x", journal }, true],
    [{ action: "start_worker", id: "ended", prompt: "x", journal }, false],
    [{ action: "start_worker", id: "other", prompt: "x", journal }, false],
    [{ action: "stop_worker", id: "alive", reason: "x", journal }, false],
    [{ action: "stop_worker", id: "ended", reason: "x", journal }, true],
    [{ action: "stop_worker", id: "other", reason: "x", journal }, true],
    [{ action: "ask", question: "Ship?", journal }, true],
    [{ action: "ask", question: "Old?", journal }, false],
  ];
  for (const [move, holds] of moves) {
    assertEquals(await effectHolds(move, world), holds, JSON.stringify(move));
  }
});

Deno.test("checkGoal says what is wrong with front matter and rules", async () => {
  const check = (text: string) => checkGoal(parseGoal("a", text, ""));
  const rule = (when: string) =>
    `---\ngoal: x\nrules: [{name: r, when: '${when}', do: {action: noop, reason: x}}]\n---\n`;
  assertEquals(await check("---\ngoal: x\n---\n"), null);
  assertEquals(await check(rule("sensors.ci.red")), null);
  assertEquals(
    await check(rule("sensor.ci.red")),
    "goals/a.md: rule r: when: Unknown variable: sensor: sensor.ci.red",
  );
  assertEquals(
    await check("x"),
    'goals/a.md: line 1: found "x", but front matter begins with a line of just ---',
  );
});

Deno.test("checkGoal gives each rule's problem a line", async () => {
  const text = `---
goal: x
rules:
  - {name: one, when: nope, do: {action: noop, reason: x}}
  - {name: two, when: "1", do: {action: noop, reason: x}}
  - {name: three, when: "true", do: {action: noop, reason: x}}
---
`;
  assertEquals(
    await checkGoal(parseGoal("a", text, "")),
    "goals/a.md: rule one: when: Unknown variable: nope: nope\n" +
      "goals/a.md: rule two: when: returns int; it must return true or false: 1",
  );
});

const now = new Date("2026-11-23T09:00:00Z");

function noop(reason: string): Move {
  return { action: "noop", reason, journal: reason };
}

function goal(id: string, priority: number, rules: Record<string, string>): Goal {
  return {
    ...{ id, priority, text: "", digest: "", goal: `aim of ${id}`, untrusted: false },
    rules: Object.entries(rules).map(([name, when]) => ({ name, when, do: noop(`${id}/${name}`) })),
  };
}

/** A loop that remembers what fired, as `state.json` does. Gives `goal/rule` of what fired, or `-`. */
function loop(goals: Goal[], holds: (move: Move) => boolean = () => false) {
  let fired: Record<string, string> = {};
  const errors: string[] = [];
  async function decide(
    wakes: Wakes,
    changed: string[],
    more: { tainted?: boolean; now?: Date } = {},
  ): Promise<string> {
    const world = {
      goals,
      wakes,
      changed,
      tainted: false,
      runner: "none",
      workers: [],
      now,
      ...more,
    };
    const result = await fireRule({ ...world, untrusted: new Set(), fired, holds });
    fired = result.fired;
    for (const { goal, rule, error } of result.errors) errors.push(`${goal}/${rule}: ${error}`);
    return result.decision ? `${result.decision.goal}/${result.decision.rule}` : "-";
  }
  return { decide, errors, fired: () => Object.keys(fired) };
}

Deno.test("fireRule takes the first rule that matches: by priority, id, then order in the file", async () => {
  const goals = [
    goal("b", 1, { x: "true", y: "true" }),
    goal("a", 1, { x: "false", z: "true" }),
    goal("top", 2, { x: "true" }),
  ];
  const { decide } = loop(goals);
  const order = [];
  for (let i = 0; i < 5; i++) order.push(await decide({}, []));
  assertEquals(order, ["top/x", "a/z", "b/x", "b/y", "-"]);
});

Deno.test("fireRule fires a rule once for each change of what it reads", async () => {
  const { decide } = loop([goal("a", 0, { red: "sensors.ci.red" })]);
  const ci = (red: boolean, more = {}): Wakes => ({ "sensor:ci": { red }, ...more });
  assertEquals(await decide(ci(true), ["sensor:ci"]), "a/red");
  assertEquals(await decide(ci(true), []), "-");
  assertEquals(await decide(ci(true, { "sensor:mail": 1 }), ["sensor:mail"]), "-");
  assertEquals(await decide(ci(false), ["sensor:ci"]), "-");
  assertEquals(await decide(ci(true), ["sensor:ci"]), "a/red");
  assertEquals(await decide({ "sensor:ci": { red: true, n: 2 } }, ["sensor:ci"]), "a/red");
});

Deno.test("fireRule fires a rule on changed or tainted once for each change", async () => {
  const { decide } = loop([goal("a", 0, { ci: "'sensor:ci' in changed" })]);
  assertEquals(await decide({ "sensor:ci": 1 }, ["sensor:ci"]), "a/ci");
  assertEquals(await decide({ "sensor:ci": 1 }, ["sensor:ci"]), "-");
  assertEquals(await decide({ "sensor:ci": 1 }, []), "-");
  assertEquals(await decide({ "sensor:ci": 2 }, ["sensor:ci"]), "a/ci");
  assertEquals(await decide({ "sensor:ci": 1 }, ["sensor:ci"]), "a/ci");

  const outside = loop([goal("a", 0, { t: "tainted" })]);
  const tainted = { tainted: true };
  assertEquals(await outside.decide({ "sensor:in": 1 }, ["sensor:in"], tainted), "a/t");
  assertEquals(await outside.decide({ "sensor:in": 1 }, ["sensor:in"], tainted), "-");
  assertEquals(await outside.decide({ "sensor:in": 2 }, ["sensor:in"], tainted), "a/t");
  assertEquals(await outside.decide({ "sensor:in": 2 }, []), "-");
});

Deno.test("fireRule does not take the clock for a change", async () => {
  const { decide } = loop([goal("a", 0, { late: "now.getHours() >= 9 && sensors.day.n > 0" })]);
  const at = (hour: string) => ({ now: new Date(`2026-11-23T${hour}:00:00Z`) });
  assertEquals(await decide({ "sensor:day": { n: 1 } }, [], at("08")), "-");
  assertEquals(await decide({ "sensor:day": { n: 1 } }, [], at("09")), "a/late");
  assertEquals(await decide({ "sensor:day": { n: 1 } }, [], at("10")), "-");
  assertEquals(await decide({ "sensor:day": { n: 1 } }, [], at("08")), "-");
  assertEquals(await decide({ "sensor:day": { n: 1 } }, [], at("11")), "-");
  assertEquals(await decide({ "sensor:day": { n: 2 } }, [], at("12")), "a/late");
});

Deno.test("fireRule keeps a rule due while another one fires, also across a value that comes back", async () => {
  const { decide } = loop([
    goal("high", 9, { r: "sensors.a.v == 2" }),
    goal("low", 1, { r: "sensors.a.v > 0" }),
  ]);
  const a = (v: number): Wakes => ({ "sensor:a": { v } });
  assertEquals(await decide(a(1), []), "low/r");
  assertEquals(await decide(a(2), []), "high/r");
  assertEquals(await decide(a(1), []), "low/r");
  assertEquals(await decide(a(2), []), "high/r");
  assertEquals(await decide(a(2), []), "low/r");
  assertEquals(await decide(a(2), []), "-");
});

Deno.test("fireRule makes no move whose effect holds already, and passes on to the next rule", async () => {
  let there = true;
  const { decide } = loop(
    [goal("a", 1, { r: "sensors.a.v > 0" }), goal("b", 0, { r: "true" })],
    (move) => there && move.journal === "a/r",
  );
  assertEquals(await decide({ "sensor:a": { v: 1 } }, []), "b/r");
  there = false;
  assertEquals(await decide({ "sensor:a": { v: 1 } }, []), "-");
  assertEquals(await decide({ "sensor:a": { v: 2 } }, []), "a/r");
});

Deno.test("fireRule reports rules that err, and evaluates the next", async () => {
  const rules = loop([goal("a", 0, { miss: "sensors.ci.red", bad: "nope", ok: "true" })]);
  assertEquals(await rules.decide({}, []), "a/ok");
  assertEquals(rules.errors, [
    "a/miss: there is no sensor `ci` (there are none)",
    "a/bad: Unknown variable: nope",
  ]);
  assertEquals(rules.fired(), ["a/ok"]);
});

for (
  const [what, error, reads, sensors, expected] of [
    [
      "a missing sensor",
      ...["No such key: ci", ["sensor:ci"], { git: 1, mail: 1 }],
      "there is no sensor `ci` (there are git, mail)",
    ],
    ["no other error", "x: No such key: ci", ["sensor:ci"], {}, null],
    ["no error that goes on", "No such key: ci x", ["sensor:ci"], {}, null],
    ["no key of the same name within a sensor", "No such key: ci", ["sensor:ci"], { ci: 1 }, null],
    ["no key that is not a sensor's name", "No such key: red", ["sensor:ci"], {}, null],
  ] as [string, string, string[], JsonObject, string | null][]
) {
  Deno.test(`explainError explains ${what}`, () => {
    assertEquals(explainError(error, reads, { sensors }), expected ?? error);
  });
}

Deno.test("fireRule forgets rules that are gone, keeps those of a goal that is broken for now", async () => {
  const goals = [goal("a", 0, { r: "true" }), goal("b", 0, { r: "true" })];
  const { decide, fired } = loop(goals);
  await decide({}, []);
  await decide({}, []);
  assertEquals(fired(), ["a/r", "b/r"]);
  goals.splice(0, 2, { ...goals[0], rules: [], error: "goals/a.md: half-way" }, {
    ...goals[1],
    rules: [],
  });
  assertEquals(await decide({}, []), "-");
  assertEquals(fired(), ["a/r"]);
});

Deno.test("fireRule takes an edited rule for a new one", async () => {
  const goals = [goal("a", 0, { r: "true" })];
  const { decide } = loop(goals);
  assertEquals(await decide({}, []), "a/r");
  goals[0] = { ...goals[0], rules: [{ name: "r", when: "true", do: noop("another") }] };
  assertEquals(await decide({}, []), "a/r");
});

const rule: Rule = { name: "r", when: "true", do: noop("x") };
const input: RuleInput = {
  goals: [goal("a", 1, {}), goal("b", 2, {})],
  wakes: { "playbook": "p", "goal:a": "g", "sensor:ci": { red: true }, "sensor:git": null },
  changed: ["sensor:ci", "sensor:mail"],
  ...{ tainted: false, runner: "pi", workers: [worker, { ...worker, id: "b" }], now },
};

Deno.test("readDigest keeps its form: another one would make each rule of each profile fire again", async () => {
  const reads = ["changed", "goal:*", "goal:a", "goal:gone", "now", "playbook", "runner"];
  const more = ["sensor:*", "sensor:ci", "sensor:gone", "tainted", "worker:*", "worker:alive"];
  const values = {
    "changed:sensor:ci": [{ red: true }],
    "changed:sensor:mail": [],
    "goal:a": { goal: "aim of a", priority: 1 },
    "goal:b": { goal: "aim of b", priority: 2 },
    "goal:gone": null,
    playbook: ["p"],
    runner: "pi",
    "sensor:ci": [{ red: true }],
    "sensor:git": [null],
    "sensor:gone": [],
    tainted: false,
    "worker:alive": { exit_code: null, generation: "1", state: "running" },
    "worker:b": { exit_code: null, generation: "1", state: "running" },
  };
  const text = JSON.stringify(["true", { action: "noop", journal: "x", reason: "x" }, values]);
  assertEquals(await readDigest(rule, [...reads, ...more], input), await sha256Hex(text));
});

for (
  const [read, keys] of [
    ["now", []],
    ["runner", ["runner"]],
    ["sensor:*", ["sensor:ci", "sensor:git"]],
    ["sensor:ci", ["sensor:ci"]],
    ["goal:*", ["goal:a", "goal:b"]],
    ["goal:a", ["goal:a"]],
    ["worker:*", ["worker:alive", "worker:b"]],
    ["worker:b", ["worker:b"]],
    ["changed", ["changed", "tainted", "sensor:ci"]],
    ["tainted", ["changed", "tainted", "sensor:ci"]],
  ] as [string, string[]][]
) {
  const other = (change: Partial<RuleInput>) => ({ ...input, ...change });
  const [a, b] = input.goals;
  const inputs: [key: string, RuleInput][] = [
    ["now", other({ now: new Date(0) })],
    ["runner", other({ runner: "none" })],
    ["sensor:ci", other({ wakes: { ...input.wakes, "sensor:ci": { red: false } } })],
    ["sensor:git", other({ wakes: { ...input.wakes, "sensor:git": 1 } })],
    ["playbook", other({ wakes: { ...input.wakes, "playbook": "x" } })],
    ["goal:a", other({ goals: [{ ...a, priority: 7 }, b] })],
    ["goal:a", other({ goals: [{ ...a, goal: "another" }, b] })],
    ["goal:b", other({ goals: [a, { ...b, goal: "another" }] })],
    ["goal text", other({ goals: [{ ...a, text: "another" }, b] })],
    ["goal text", other({ wakes: { ...input.wakes, "goal:a": "another" } })],
    ["worker:alive", other({ workers: [{ ...worker, state: "stuck" }, input.workers[1]] })],
    ["worker:b", other({ workers: [worker, { ...worker, id: "b", generation: "2" }] })],
    ["worker:b", other({ workers: [worker, { ...worker, id: "b", exit_code: 1 }] })],
    ["worker's idle time", other({ workers: input.workers.map((w) => ({ ...w, idle_s: 9 })) })],
    ["changed", other({ changed: ["sensor:ci"] })],
    ["tainted", other({ tainted: true })],
  ];
  Deno.test(`readDigest of ${read} changes with ${keys.join(", ") || "nothing"} alone`, async () => {
    const before = await readDigest(rule, [read], input);
    for (const [key, changed] of inputs) {
      const isOther = await readDigest(rule, [read], changed) !== before;
      assertEquals(isOther, keys.includes(key), key);
    }
  });
}

/** Reports whether the move of a rule is untrusted while these keys are. */
async function isUntrusted(
  when: string,
  keys: string[],
  more: Partial<Goal> = {},
): Promise<boolean | undefined> {
  const { decision } = await fireRule({
    goals: [{ ...goal("a", 0, { x: when }), ...more }],
    wakes: { "sensor:ci": 1, "sensor:git": 1, "sensor:mail": 1 },
    ...{ changed: [], tainted: false, runner: "none", workers: [], now, fired: {} },
    untrusted: new Set(keys),
    holds: () => false,
  });
  return decision?.untrusted;
}

const ANY_SENSOR = "sensors.exists(name, sensors[name] == 1)";
const ANY_GOAL = 'goals.exists(id, goals[id].goal != "")';
for (
  const [when, keys, untrusted] of [
    ["true", ["sensor:mail", "goal:b"], false],
    ["sensors.ci == 1", ["sensor:mail"], false],
    ["sensors.mail == 1", ["sensor:mail"], true],
    ["sensors.mail == 1", ["goal:b", "sensor:mail"], true],
    ["sensors.ci == 1 && sensors.mail == 1", ["sensor:mail"], true],
    ["sensors.mail == 1 && sensors.ci == 1", ["sensor:mail"], true],
    // The name of one sensor begins the name of another.
    ["sensors.git == 1", ["sensor:gitlab"], false],
    [ANY_SENSOR, ["sensor:mail"], true],
    [ANY_SENSOR, ["goal:b", "sensor:mail"], true],
    [ANY_SENSOR, ["sensor:mail", "goal:b"], true],
    [ANY_SENSOR, ["goal:b"], false],
    ['goals.a.goal != ""', ["goal:a"], true],
    ['goals.a.goal != ""', ["goal:b"], false],
    [ANY_GOAL, ["sensor:mail", "goal:b"], true],
    [ANY_GOAL, ["sensor:mail"], false],
  ] as [string, string[], boolean][]
) {
  const is = untrusted ? "untrusted" : "trusted";
  const title = `fireRule marks the move of "${when}" as ${is}; untrusted keys: ${keys.join(", ")}`;
  Deno.test(title, async () => {
    assertEquals(await isUntrusted(when, keys), untrusted);
  });
}

Deno.test("fireRule marks the move of an untrusted goal as untrusted, whatever its rule reads", async () => {
  assertEquals(await isUntrusted("true", [], { untrusted: true }), true);
  assertEquals(await isUntrusted("true", [], { untrusted: false }), false);
});

Deno.test("fireRule sees goals and failing sensors", async () => {
  const { decide } = loop([
    goal("a", 3, { r: "goals.a.priority == 3 && sensors.ci.failing == true" }),
  ]);
  assertEquals(await decide({ "sensor:ci": { failing: true } }, []), "a/r");
});
