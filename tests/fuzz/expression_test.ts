import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compileExpression } from "../../src/cel/compile.ts";
import { GOAL_VARIABLES } from "../../src/cel/variables.ts";
import { fuzz } from "./fuzz.ts";
import { hostileJson } from "./hostile_json.ts";
import { hostileText, mutated, repeated } from "./hostile_text.ts";

const ATOMS = [
  ...[
    "sensors",
    "changed",
    "tainted",
    "workers",
    "goals",
    "runner",
    "now",
    "true",
    "false",
    "null",
  ],
  ...[
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "1u",
    "1.5",
    "1e999",
    '""',
    '"git"',
  ],
  ...[
    "'x'",
    'b"x"',
    '"\\u0000"',
    "[]",
    "{}",
    "[1, 2]",
    '{"a": 1}',
    "sensors.git",
    'sensors["git"]',
  ],
  ...["sensors.git.clean", "goals.green.priority", 'workers["fix"]', "nobody", 'duration("90m")'],
  ...['timestamp("2026-11-23T09:30:00Z")', "sensors.list", "sensors.__proto__", "sensors.big"],
];

/** Expressions by the grammar of CEL, most of which type-check. */
const expression: fc.Arbitrary<string> = fc.letrec<{ any: string; truth: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom(...ATOMS),
    fc.tuple(tie("any"), fc.constantFrom("+", "-", "*", "/", "%"), tie("any"))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie("truth"), tie("any"), tie("any")).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    fc.tuple(tie("any"), fc.constantFrom("map", "filter"), tie("any"))
      .map(([a, macro, b]) => `${a}.${macro}(x, ${b})`),
    fc.tuple(
      fc.constantFrom("size", "string", "int", "double", "dyn", "duration", "type"),
      tie("any"),
    )
      .map(([name, a]) => `${name}(${a})`),
    fc.tuple(tie("any"), tie("any")).map(([a, b]) => `${a}[${b}]`),
    fc.tuple(tie("any"), fc.constantFrom("a", "x", "git", "__proto__")).map(([a, b]) =>
      `${a}.${b}`
    ),
    fc.tuple(
      tie("any"),
      fc.constantFrom("split", "join", "trim", "matches", "substring"),
      tie("any"),
    )
      .map(([a, name, b]) => `${a}.${name}(${b})`),
  ),
  truth: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom(
      "true",
      "tainted",
      "sensors.git.clean",
      '"playbook" in changed',
      'runner == "none"',
    ),
    fc.tuple(tie("any"), fc.constantFrom("==", "!=", "<", ">=", "in"), tie("any"))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(tie("truth"), fc.constantFrom("&&", "||"), tie("truth"))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie("truth").map((a) => `!(${a})`),
    fc.tuple(tie("any"), fc.constantFrom("all", "exists", "exists_one"), tie("truth"))
      .map(([a, macro, b]) => `${a}.${macro}(x, ${b})`),
    fc.tuple(fc.constantFrom("sensors", "goals", "workers"), fc.constantFrom("git", "x"))
      .map(([map, key]) => `has(${map}.${key})`),
    fc.tuple(tie("any"), fc.constantFrom("contains", "startsWith", "endsWith"), tie("any"))
      .map(([a, name, b]) => `${a}.${name}(${b})`),
  ),
})).truth;

const LONG = Array.from({ length: 2000 }, (_, i) => ({ id: i, text: `line ${i}` }));

function world(odd: unknown): Record<string, unknown> {
  return {
    sensors: {
      git: { clean: true, a: odd },
      list: LONG.slice(0, 200),
      big: "x".repeat(8000),
      x: odd,
    },
    changed: ["playbook", "sensor:git"],
    tainted: false,
    workers: { fix: "running" },
    goals: { green: { priority: 1, goal: "main is green" } },
    runner: "none",
    now: new Date("2026-11-23T09:30:00Z"),
  };
}

fuzz("expression", {
  input: fc.tuple(
    fc.oneof(
      { weight: 8, arbitrary: expression },
      { weight: 2, arbitrary: mutated(expression, ATOMS) },
      { weight: 1, arbitrary: hostileText(ATOMS) },
      {
        weight: 1,
        arbitrary: repeated([
          "(",
          "!",
          "-",
          "[",
          "{",
          "1+",
          "a.",
          "x.map(y,",
          "true?",
          "||",
          ...ATOMS,
        ])
          .map((text) => text.slice(0, 4000)),
      },
    ),
    hostileJson(),
  ),
  shares: { accepted: 0.1, refused: 0.2 },
  async check([source, odd]) {
    const compiled = await compileExpression(source, GOAL_VARIABLES);
    if (!compiled.ok) {
      assert(compiled.error !== "" && !/[\n\r]/.test(compiled.error));
      return "refused";
    }
    const { reads, evaluate } = compiled.expression;
    assertEquals(reads, [...new Set(reads)].sort());
    for (const read of reads) {
      assert(
        /^(sensor|goal|worker):|^(changed|tainted|runner|now)$/.test(read),
        `it reads ${read}`,
      );
    }
    const found = evaluate(world(odd));
    assert(
      found.ok
        ? typeof found.value === "boolean"
        : found.error !== "" && !found.error.includes("\n"),
    );
    // What it does not read cannot change what it gives.
    if (!reads.includes("sensor:x") && !reads.includes("sensor:*")) {
      assertEquals(
        evaluate({ ...world(odd), sensors: { ...world(odd).sensors as object, x: "another" } }),
        found,
      );
    }
    if (!reads.includes("runner")) assertEquals(evaluate({ ...world(odd), runner: "pi" }), found);
    return "accepted";
  },
});
