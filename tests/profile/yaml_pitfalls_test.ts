import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { checkGoal } from "../../src/decide/rules.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { scheduleProblem } from "../../src/profile/schedule_file.ts";
import { yamlPitfalls } from "../../src/profile/yaml_pitfalls.ts";
import { sense } from "../../src/sense/sense.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

const COMMENT = 'line 2: YAML takes what follows " #" for a comment and reads ';
const OTHER = 'or begin a comment with "# " and a word';

/** Front matter, and what is wrong with it. */
const PITFALLS: [yaml: string, found: string][] = [
  ["goal: fix #42 now", `${COMMENT}"fix"; quote it: goal: "fix #42 now", ${OTHER}`],
  ["goal: post in #general", `${COMMENT}"post in"; quote it: goal: "post in #general", ${OTHER}`],
  ["- when: a > 1\t#x", `${COMMENT}"a > 1"; quote it: when: "a > 1\\t#x", ${OTHER}`],
  ["  - #1", ""],
  [
    `goal: say "hi" to #2`,
    `${COMMENT}"say \\"hi\\" to"; quote it: goal: "say \\"hi\\" to #2", ${OTHER}`,
  ],
  [
    "priority: 010",
    'line 2: YAML reads 010 as another number; write 10, or quote it: priority: "010"',
  ],
  ["priority: 0x1F", "line 2: YAML reads 0x1F as another number; quote it, or write it in decimal"],
  [
    "priority: 1_000 # much",
    'line 2: YAML reads 1_000 as another number; write 1000, or quote it: priority: "1_000"',
  ],
  ["goal: !!str 5", 'line 2: YAML takes !!str for a tag and drops it; quote it: goal: "!!str 5"'],
  [
    "goal: &tea make tea",
    'line 2: YAML takes &tea for an anchor and drops it; quote it: goal: "&tea make tea"',
  ],
];

/** Whole texts with such values in other places: how many lines are reported. */
const PLACES: [yaml: string, lines: number[]][] = [
  ["goal: fix # 42", [2]],
  ["goal: port it to C #", [2]],
  ["goal: fix\n  #42 now\npriority: 1", [3]],
  ["metric: { value: '1', from: 010, to: 0x10 }", [2, 2]],
  ["metric: {\n  value: '010',\n  from: 010 }\nx: 010", [4, 5]],
  ["options: [a, &b c, 1_0]", [2, 2]],
  ["priority: 12345678901234567890", [2]],
  ["priority: 10 # 2nd\nuntrusted: true # 1\ngoal: a # as of 2", []],
  ["goal: see 010, [0x1F] and {1_0}", []],
  ["rules:\n  #- when: x\n  - when: a > 1\n    #old: y\n    do: {}", []],
];

for (const [yaml, lines] of PLACES) {
  Deno.test(`yamlPitfalls() reports lines ${JSON.stringify(lines)} of ${JSON.stringify(yaml)}`, () => {
    const found = yamlPitfalls(yaml);
    assertEquals(found.map((line) => Number(/^line (\d+): /.exec(line)?.[1])), lines, found.join());
  });
}

for (
  const [yaml, hint] of [
    ["goal: fix the: bug", 'quote it: goal: "fix the: bug"'],
    ["goal: @todo", 'quote it: goal: "@todo"'],
    ["goal: `make` it", 'quote it: goal: "`make` it"'],
    ["priority: 1\ngoal: 50: more", 'quote it: goal: "50: more"'],
    ["goal: *all* of it", 'quote it: goal: "*all* of it"'],
    ["goal: - one", 'quote it: goal: "- one"'],
    ["goal: %x", 'quote it: goal: "%x"'],
    [`goal: "a" b`, String.raw`quote it: goal: "\"a\" b"`],
    ["goal: 'a' and 'b' too", `quote it: goal: "'a' and 'b' too"`],
  ]
) {
  Deno.test(`an error of YAML in ${JSON.stringify(yaml)} says what to quote`, () => {
    const { error = "" } = parseGoal("g", `---\n${yaml}\n---\n`, "");
    assert(error.endsWith(`; ${hint}`), error);
  });
}

Deno.test("a schedule's pitfalls are reported by a tick, and refused where it is written", async () => {
  const text = "every: 1h\nnote: post in #general\n";
  const found = `line 2: ${
    COMMENT.slice(8)
  }"post in"; quote it: note: "post in #general", ${OTHER}`;
  assertEquals(scheduleProblem("daily", text), found);
  await using profile = await tempProfile({
    files: { "schedules/daily.yaml": text },
    history: false,
  });
  await tickOnce(profile, { decider: scripted().decide });
  assertEquals(profile.warnings.includes(`schedules/daily.yaml: ${found}`), true);
});

for (const [yaml, found] of PITFALLS) {
  Deno.test(`yamlPitfalls() finds what YAML changes in ${yaml}`, () => {
    assertEquals(yamlPitfalls(yaml).join("\n"), found);
  });
}

Deno.test("yamlPitfalls() finds nothing in what YAML keeps", () => {
  const yaml = `# a comment
#without a space
goal: "fix #42"   # with a comment
priority: 10 # high
untrusted: false
rules:
  - name: 'it''s #1'
    when: |
      a > 1 #2
      b: 010
    do:
      action: ask # really
      question: "a
        folded #3
        text"
      ref: c#4
  - when: >-
        x #5
    do: { action: ask, question: "is it #6?", options: ["#7", '#8'] }
  - do: {
      question: "x #9", ref: "#10" }
`;
  assertEquals(yamlPitfalls(yaml), []);
  assertEquals(yamlPitfalls("rules:\n  - when: |\n      a #1\n    ref: b #2").length, 1);
});

Deno.test("a tick warns of them with file and line, and the goal goes on; writing such a goal is refused", async () => {
  const text = "---\npriority: 3\ngoal: fix #42 now\n---\n";
  await using profile = await tempProfile({ files: { "goals/bug.md": text }, history: false });
  const { outcome } = await tickOnce(profile, { decider: scripted().decide });
  assertEquals(outcome, "moved");
  const found =
    'goals/bug.md: line 3: YAML takes what follows " #" for a comment and reads "fix"; ' +
    `quote it: goal: "fix #42 now", ${OTHER}`;
  assertEquals(profile.warnings.includes(found), true);
  assertEquals(await checkGoal(parseGoal("bug", text, "")), found);
});

Deno.test("a file that begins like a schedule and has another extension is reported, and nothing else is", async () => {
  const schedule = "# Tea time\ncron: 0 9 * * *\ntz: UTC\n";
  const wrong = ["a.yml", "b.txt", "c", "d.yaml.txt", "E.YAML"];
  const others = ["a.yaml~", "#a.yaml#", "a.yaml.orig", ".a.yaml.swp", "a (1).yml", "a.yaml.bak"];
  await using profile = await tempProfile({
    files: {
      ...Object.fromEntries([...wrong, ...others].map((name) => [`schedules/${name}`, schedule])),
      "schedules/README.md": "one file each\n",
    },
  });
  await Deno.mkdir(join(profile.paths.schedules, "old"));
  assertEquals((await sense(profile)).schedules, []);
  assertEquals(
    profile.warnings.toSorted(),
    wrong.map((name) =>
      `schedules/${name} is not a schedule, though it begins like one: rename it to ${
        name.replace(/\..*/, "").toLowerCase()
      }.yaml`
    ).toSorted(),
  );
});

Deno.test("a file with a goal's front matter and another extension is reported, and nothing else is", async () => {
  const goal = "---\ngoal: tea\n---\n";
  const wrong = ["a.markdown", "b.txt", "c.MD", "d.yaml", "e", "f.md.txt", "G.TXT", "Hi.MD", "I"];
  const others = ["#tea.md#", "tea.md~", "tea.md.orig", ".tea.txt", "tea.mdx.swp"];
  await using profile = await tempProfile({
    files: {
      ...Object.fromEntries([...wrong, ...others].map((name) => [`goals/${name}`, goal])),
      "goals/notes.txt": "only notes\n",
      "goals/crlf.txt": goal.replaceAll("\n", "\r\n"),
      "goals/bom.txt": `\ufeff${goal}`,
    },
  });
  assertEquals((await sense(profile)).goals, []);
  const names = [...wrong, "bom.txt", "crlf.txt"].toSorted();
  assertEquals(
    profile.warnings,
    names.map((name) =>
      `goals/${name} is not a goal, though it begins like one: rename it to ${
        name.replace(/\..*/, "").toLowerCase()
      }.md`
    ),
  );
});
