import { assertEquals } from "@std/assert";
import { checkGoal, fireRule } from "../../src/decide/rules.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import type { Goal, Wakes } from "../../src/schema/world.ts";
import { goal, loop, noop, now } from "./rule_loop.ts";

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

/** Reports whether the move of a rule is untrusted while these keys are. */
async function isUntrusted(
  when: string,
  keys: string[],
  more: Partial<Goal> = {},
): Promise<boolean | undefined> {
  const { decision } = await fireRule({
    goals: [{ ...goal("a", 0, { x: when }), ...more }],
    wakes: { "sensor:ci": 1, "sensor:git": 1, "sensor:mail": 1 },
    ...{ changed: [], tainted: false, runner: "none", workers: [], now, hash: "w", fired: {} },
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
