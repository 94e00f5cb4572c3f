import { assert, assertEquals } from "@std/assert";
import { stringify } from "@std/yaml";
import fc from "fast-check";
import { markUntrusted, parseGoal, splitFrontMatter } from "../../src/profile/goal_file.ts";
import type { Goal } from "../../src/schema/world.ts";
import { fuzz } from "./fuzz.ts";
import { hostileText, mutated, repeated } from "./hostile_text.ts";
import { assertMove, someMove } from "./valid_move.ts";

/** Pieces of YAML, and of the mark, that a parser and a line-wise reader could see differently. */
const YAML = [
  ...[
    "untrusted: false\n",
    "untrusted : false\n",
    '"untrusted": false\n',
    "? untrusted\n: false\n",
    "\u2028",
  ],
  ...[
    "untrusted: true\n",
    "<<: {untrusted: false}\n",
    "{",
    "}",
    "&a ",
    "*a",
    "!!str ",
    "!!set ",
    "!!binary ",
  ],
  ...[
    "!!timestamp ",
    "2026-11-23",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "|\n",
    ">-\n",
    "- ",
    "  ",
    "\r",
    "# x\n",
  ],
  ...[
    "goal: x\n",
    "priority: .inf\n",
    "priority: .nan\n",
    "priority: 1e999\n",
    "rules:\n",
    "&a [*a]\n",
  ],
  ...[
    "__proto__: {untrusted: false}\n",
    "__proto__:\n  goal: y\n",
    "constructor: x\n",
    "[",
    "]",
    ", ",
    "0o7",
    "~",
  ],
];

const rule = fc.record({
  name: fc.option(fc.constantFrom("calm", "two words", "ok", "a/b"), { nil: undefined }),
  when: fc.constantFrom("true", "sensors.git.clean == true", "tainted", "!tainted", " "),
  do: fc.oneof(
    { weight: 1, arbitrary: someMove },
    { weight: 6, arbitrary: fc.record({ action: fc.constant("noop"), reason: fc.constant("x") }) },
  ),
});
const data = fc.record({
  goal: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom("x", "main is green", "ä".repeat(500), "\u{1f600}".repeat(249)),
    },
    { weight: 1, arbitrary: hostileText() },
  ),
  priority: fc.option(fc.constantFrom<number>(0, 1, -2.5, 1e300), { nil: undefined }),
  untrusted: fc.option(fc.boolean(), { nil: undefined }),
  rules: fc.option(fc.array(rule, { maxLength: 2 }), { nil: undefined }),
});
const header = data.map((data) => stringify(JSON.parse(JSON.stringify(data))));
const pieces = fc.array(fc.constantFrom(...YAML), { maxLength: 8 }).map((all) => all.join(""));
const yaml = fc.oneof(
  { weight: 3, arbitrary: header },
  { weight: 3, arbitrary: mutated(header, YAML) },
  { weight: 3, arbitrary: pieces.map((text) => `goal: x\n${text}`) },
  { weight: 1, arbitrary: hostileText(YAML) },
  { weight: 1, arbitrary: repeated(YAML).map((text) => text.slice(0, 32_700)) },
);
const line = fc.constantFrom(
  "---\n",
  "---\n",
  "---\n",
  "--- \n",
  "---\r\n",
  "---\r",
  "\ufeff---\n",
  "--- # x\n",
  "",
);
const file = fc.tuple(
  line,
  yaml,
  fc.constantFrom("---\n", "---\n", "---", "", "...\n"),
  hostileText(),
)
  .map((parts) => parts.join(""));

fuzz("goal front matter", {
  input: fc.oneof({ weight: 9, arbitrary: file }, { weight: 1, arbitrary: mutated(file, YAML) }),
  shares: { accepted: 0.05, refused: 0.2 },
  check(text) {
    const marked = parseGoal("x", markUntrusted(text), "d");
    assertEquals(marked.untrusted, true, "the mark is lost");
    if (marked.error) assertEquals(marked.rules, []);
    assertEquals(markUntrusted(markUntrusted(text)), markUntrusted(text));
    const parts = splitFrontMatter(text);
    const goal = parseGoal("x", text, "d");
    if (goal.error !== undefined) {
      assertEquals({ ...goal, error: "" }, {
        ...{
          id: "x",
          text,
          digest: "d",
          goal: "x",
          priority: 0,
          rules: [],
          untrusted: true,
          error: "",
        },
      });
      assert(goal.error.startsWith("goals/x.md: "));
      return "refused";
    }
    assert(typeof parts === "object" && parts.yaml.length <= 32_768);
    assertGoal(goal);
    // Written anew from what was read, it reads the same.
    const { goal: aim, priority, rules, untrusted } = goal;
    const again = `---\n${stringify({ goal: aim, priority, rules, untrusted })}---\n`;
    const { text: _, ...read } = parseGoal("x", again, "d");
    assertEquals(read, { id: "x", digest: "d", goal: aim, priority, rules, untrusted });
    return "accepted";
  },
});

function assertGoal({ goal, priority, rules, untrusted }: Goal): void {
  assert(goal !== "" && goal.length <= 500 && goal === goal.trim());
  assert(!/[\p{Cc}\u2028\u2029]/u.test(goal));
  assert(Number.isFinite(priority) && typeof untrusted === "boolean" && rules.length <= 50);
  assertEquals(new Set(rules.map(({ name }) => name)).size, rules.length);
  for (const { name, when, do: move } of rules) {
    assert(name.length >= 1 && name.length <= 80 && !name.includes("/"));
    assert(when.trim() !== "" && when.length <= 4000);
    assertMove(move);
  }
}
