import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { parseGoal } from "../../src/profile/goal_file.ts";

const parse = (text: string) => parseGoal("fix-ci", text, "d1");
const front = (yaml: string) => parse(`---\n${yaml}\n---\n`);
const errorOf = (yaml: string) => front(yaml).error?.replace("goals/fix-ci.md: ", "");

Deno.test("parseGoal reads front matter and fills in what rules leave out", () => {
  const text = `---
goal: Keep main green
priority: 5
untrusted: true
rules:
  - name: red
    when: sensors.ci.red
    do: { action: ask, question: "Main is red. Fix?" }
  - when: |
      changed.size() > 1
    do: { action: noop, reason: quiet, journal: nothing to do, goal: other, more: false }
---
# Notes
`;
  assertEquals(parse(text), {
    id: "fix-ci",
    text,
    digest: "d1",
    goal: "Keep main green",
    priority: 5,
    untrusted: true,
    rules: [
      {
        name: "red",
        when: "sensors.ci.red",
        do: {
          action: "ask",
          question: "Main is red. Fix?",
          journal: "red: Keep main green",
          goal: "fix-ci",
        },
      },
      {
        name: "rule-2",
        when: "changed.size() > 1",
        do: {
          action: "noop",
          reason: "quiet",
          journal: "nothing to do",
          goal: "other",
          more: false,
        },
      },
    ],
  });
});

Deno.test("parseGoal takes a byte order mark and Windows line ends", () => {
  const goal = parse("\uFEFF---\r\ngoal: a b\r\n---\r\nnotes\r\n");
  assertEquals([goal.goal, goal.priority, goal.error], ["a b", 0, undefined]);
});

Deno.test("parseGoal says what is wrong with front matter, where, and what is allowed", () => {
  const broken = parse("# A goal\n");
  assertEquals(broken, {
    id: "fix-ci",
    text: "# A goal\n",
    digest: "d1",
    goal: "fix-ci",
    priority: 0,
    rules: [],
    untrusted: true,
    error:
      'goals/fix-ci.md: line 1: found "# A goal", but front matter begins with a line of just ---',
  });
  const cases: [string, string][] = [
    ["goal: 5", "  `goal` must be text; found 5"],
    [
      "x: 1\ngoal: a",
      "  unknown key `x`; allowed are goal, priority, untrusted, rules",
    ],
    ["goal: a\npriority: high", '  `priority` must be a number; found "high"'],
    ["goal: |\n  a\n  b", '  `goal` must be one line of text; found "a\\nb\\n"'],
    ["goal: a\nrules: [{when: x}]", "  `rules.0.do` is missing (object)"],
    [
      "goal: a\nrules: [{when: x, do: {action: run, comand: ls}}]",
      "  `rules.0.do`: `run` needs `command` (text)\n" +
      "  `rules.0.do`: unknown key `comand` (did you mean `command`?); allowed are",
    ],
    [
      "goal: a\nrules: [{when: x, do: {action: rn}}]",
      "  `rules.0.do.action` must be one of noop, run, ",
    ],
    [
      "goal: a\nrules: [{name: r, when: x, do: {action: noop, reason: x}}, " +
      "{name: r, when: y, do: {action: noop, reason: x}}]",
      '  `rules.1.name`: an earlier rule of this goal is also named "r"',
    ],
    ["goal: [", "the front matter is not valid YAML: "],
    ["goal: a\ngoal: b", "at line 3"],
    ["", "  must be an object; found null"],
    ["- a", '  must be an object; found ["a"]'],
    [
      "goal: a\nx: &x {y: 1}\nrules: [*x]",
      "the front matter uses a YAML alias (*name); write the value out",
    ],
    [`goal: ${"[".repeat(40)}${"]".repeat(40)}`, "the front matter is nested more than 16 deep"],
    [`goal: ${"x".repeat(40_000)}`, "the front matter has 40006 characters; at most 32768"],
  ];
  for (const [yaml, error] of cases) {
    assertStringIncludes(errorOf(yaml) ?? "no error", error, yaml.slice(0, 80));
  }
  assertStringIncludes(parse("---\ngoal: a\n").error ?? "", "has no closing line of just ---");
});

Deno.test("parseGoal is not taken in by a billion laughs", () => {
  const lines = ["a0: &a0 [lol, lol]"];
  for (let i = 1; i < 40; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}, *a${i - 1}]`);
  lines.push("goal: *a39");
  const from = performance.now();
  assertEquals(
    errorOf(lines.join("\n")),
    "the front matter uses a YAML alias (*name); write the value out",
  );
  assertStringIncludes(errorOf(`goal: ${"[".repeat(15_000)}`) ?? "", "the front matter is");
  assertStringIncludes(errorOf("goal: &g [*g]") ?? "", "the front matter ");
  assert(performance.now() - from < 90_000);
});

Deno.test("parseGoal never throws and never gives a goal without an aim", () => {
  const bits = fc.constantFrom(
    ...[
      "---",
      "\n",
      "goal: ",
      "rules:",
      "  - ",
      "when: ",
      "do: ",
      "{",
      "}",
      "[",
      "]",
      "&a ",
      "*a",
      "<<: ",
      "!!js",
    ],
    ...[
      "x",
      "action: noop",
      "|",
      ">",
      "\t",
      '"',
      "'",
      "#",
      ": ",
      "\r",
      "__proto__: ",
      "!!set ",
      "2026-01-01",
    ],
  );
  const text = fc.array(bits, { maxLength: 40 }).map((parts) => `---\n${parts.join("")}\n---\n`);
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (file) => {
      const goal = parse(file);
      assert(goal.goal.length > 0);
      assert(goal.error === undefined || goal.rules.length === 0);
    }),
    { numRuns: 3000 },
  );
});
