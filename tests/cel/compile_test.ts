import { assert, assertEquals } from "@std/assert";
import { compileExpression, type Evaluation } from "../../src/cel/compile.ts";
import { GOAL_VARIABLES, moveVariable, POLICY_VARIABLES } from "../../src/cel/variables.ts";

const values = {
  sensors: {
    git: { n: 3, f: 1.5, s: "a", none: null, list: [1, 2.5, { a: 1 }], empty: [] },
    "in-box": JSON.parse('{"__proto__":{"x":1},"constructor":2,"big":1e300}'),
    list: [1, 2],
  },
  changed: ["sensor:git"],
  tainted: false,
  workers: {},
  goals: { a: { priority: 1, goal: "aim" } },
  now: new Date("2026-11-23T09:00:00Z"),
};

async function evaluate(source: string): Promise<Evaluation> {
  const compiled = await compileExpression(source, GOAL_VARIABLES);
  assert(compiled.ok, `${source}: ${compiled.ok || compiled.error}`);
  return compiled.expression.evaluate(values);
}

async function compileError(source: string): Promise<string> {
  const compiled = await compileExpression(source, POLICY_VARIABLES);
  return compiled.ok ? `compiled: ${source}` : compiled.error;
}

Deno.test("compileExpression evaluates JSON values as CEL has them", async () => {
  const yes = [
    "sensors.git.n == 3",
    "sensors.git.n == 3.0",
    "sensors.git.n + 1 == 4",
    "sensors.git.n > 1.5 && sensors.git.f > 1",
    "sensors.git.none == null",
    "sensors.git.list == [1, 2.5, {'a': 1}]",
    "sensors.git.list[2].a == 1",
    "sensors.git.list.exists(x, x == 1)",
    "sensors.git.empty.size() == 0",
    "sensors.exists(k, k == 'git')",
    "sensors['in-box'].constructor == 2",
    "sensors['in-box'].big > 1.0",
    "has(sensors.git.n) && !has(sensors.git.nope) && !has(sensors.nope)",
    "'git' in sensors && !('nope' in sensors)",
    "'sensor:git' in changed && !tainted",
    "goals.a.priority == 1 && goals.a.goal.startsWith('a')",
    "now > timestamp('2026-11-23T08:00:00Z') && now - duration('1h') < now",
    "now.getHours('Europe/Berlin') == 10",
    "sensors.nope.x == 1 || true",
  ];
  for (const source of yes) assertEquals(await evaluate(source), { ok: true, value: true }, source);
});

Deno.test("compileExpression gives evaluation errors as values", async () => {
  const errors: [string, string][] = [
    ["sensors.nope.x == 1", "No such key: nope"],
    ["has(sensors.nope.x)", "No such key: nope"],
    ["sensors.git.x == 1", "No such key: x"],
    ["sensors.git.none.x == 1", "No such key: x"],
    ["sensors.git.list[9] == 1", "No such key: index out of bounds, index 9 >= size 3"],
    ["sensors.git.n && true", "Logical operator requires bool operands, got 'int'"],
    ["sensors.git.n", "returned an int; it must return true or false"],
    ["sensors.git", "returned a map; it must return true or false"],
    ["sensors.git.none", "returned null; it must return true or false"],
    ["now.getHours('Nope/X') == 1", "Invalid time zone specified: Nope/X"],
  ];
  for (const [source, error] of errors) {
    assertEquals(await evaluate(source), { ok: false, error }, source);
  }
});

Deno.test("compileExpression reaches no prototype", async () => {
  const keys = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "length",
    "hasOwnProperty",
    "size",
    "get",
  ];
  for (const key of keys) {
    const missing: Evaluation = { ok: false, error: `No such key: ${key}` };
    assertEquals(await evaluate(`sensors.git.${key} == 1`), missing);
    assertEquals(await evaluate(`sensors["${key}"] == 1`), missing);
    assertEquals(await evaluate(`sensors.list.${key} == 1`), missing);
    assertEquals(await evaluate(`sensors.git.s.${key} == 1`), missing);
    assertEquals(await evaluate(`"${key}" in sensors || has(sensors.${key})`), {
      ok: true,
      value: false,
    });
  }
  assertEquals(await evaluate("sensors['in-box'].__proto__.x == 1"), { ok: true, value: true });
});

Deno.test("compileExpression refuses what it cannot vouch for, naming it", async () => {
  const refused: [string, string][] = [
    ["foo == 1", "Unknown variable: foo"],
    ["1 +", "Unexpected token: EOF"],
    ["", "Unexpected token: EOF"],
    ["size(changed)", "returns int; it must return true or false"],
    ["tainted == 1", "no such overload: bool == int"],
    ["move.comand == 'x'", "No such key: comand"],
    [
      "move.command.matches('(a+)+$')",
      "uses matches(): regular expressions are not available; use contains, startsWith, endsWith",
    ],
    ["cel.bind(x, 1, x == 1)", "uses bind(), which is not available"],
    ["b'{}'.json() == {}", "uses json(), which is not available"],
    [
      "sensors.a.map(x, x + x) == []",
      "adds two computed values inside a macro, where lists could double " +
      "each time; one side must be a literal",
    ],
    ["duration(sensors.a) > duration('1s')", 'duration() takes a literal, such as duration("90m")'],
    ["[1].all(a, [1].all(b, [1].all(c, true)))", "nests all() more than 2 deep"],
    [Array(9).fill("[1].all(a, true)").join(" && "), "has 9 macros; at most 8"],
    ["'" + "x".repeat(3994) + "' == ''", "is 4002 characters long; at most 4000"],
    ["(".repeat(50) + "true" + ")".repeat(50), "Exceeded maxDepth (32)"],
  ];
  for (const [source, error] of refused) {
    assertEquals(await compileError(source), error, source.slice(0, 60));
  }
});

Deno.test("compileExpression shows a policy every field of every action", async () => {
  const move = moveVariable({ action: "noop", reason: "quiet", journal: "x" }, null);
  const fields =
    "move.command == '' && move.argv == [] && !move.simple && move.id == '' && move.body == '' " +
    "&& move.next_interval_s == 0 && move.more && move.reason == 'quiet' && move.options == []";
  const compiled = await compileExpression(fields, POLICY_VARIABLES);
  assert(compiled.ok, compiled.ok ? "" : compiled.error);
  assertEquals(compiled.expression.evaluate({ ...values, move }), { ok: true, value: true });
  assertEquals(compiled.expression.reads, ["move"]);
});
