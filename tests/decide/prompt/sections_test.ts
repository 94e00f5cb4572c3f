import { assertEquals } from "@std/assert";
import type { Part, PromptInput } from "../../../src/decide/prompt/parts.ts";
import {
  brokenGoalsText,
  trustedGoalParts,
  untrustedGoalParts,
} from "../../../src/decide/prompt/goal_sections.ts";
import {
  asksSection,
  lastRunSection,
  readingParts,
  workerAsksParts,
  workersSection,
} from "../../../src/decide/prompt/sections.ts";
import { parseGoal } from "../../../src/profile/goal_file.ts";
import type { Ask } from "../../../src/schema/ask.ts";
import { NO_ACCESS } from "../../../src/schema/config.ts";
import { INITIAL_STATE } from "../../../src/schema/state.ts";
import type { Worker } from "../../../src/schema/worker.ts";
import type { Reading, World } from "../../../src/schema/world.ts";
import { reading, worldOf } from "./prompt_of.ts";

const fence = (name: string, text: string) => `[${name}|${text}]`;
const ASK: Ask = {
  ...{ id: "a1", kind: "question", question: "Tea?", asked_at: "t", run_id: "r" },
};
const approval = {
  move: { action: "run", command: "make", journal: "built" },
  ...{ move_sha256: "", digests: {}, preview: "", expires_at: "t" },
} as const;
const answer = { text: "yes", at: "t" };

for (
  const [what, asks, text] of [
    ["none", [], "None."],
    ["a question", [ASK], "question a1, open: do not repeat it\n[ask a1|Tea?]"],
    [
      "an approval with its move",
      [{ ...ASK, kind: "approval", approval }],
      "approval a1, open: do not repeat it\n[ask a1|Tea?\nmove: run, built]",
    ],
    [
      "a new answer, and options",
      [{ ...ASK, options: ["yes", "no\nno"], answer }],
      "question a1, ANSWERED: the answer is new\n" +
      "[ask a1|Tea?\noptions: yes | no\n  no\nanswer of the user: yes]",
    ],
    [
      "several with blank lines between them",
      [ASK, { ...ASK, id: "a2" }],
      "question a1, open: do not repeat it\n[ask a1|Tea?]\n\n" +
      "question a2, open: do not repeat it\n[ask a2|Tea?]",
    ],
  ] as [string, Ask[], string][]
) {
  Deno.test(`asksSection shows ${what}`, () => {
    assertEquals(asksSection(inputOf({ asks })), { text: `# ASKS\n\n${text}` });
  });
}

const QUESTION = { ...ASK, worker: "fix" };
for (
  const [what, asks, text] of [
    [
      "in part, its lines indented",
      [{ ...QUESTION, question: `a\n${"b".repeat(2000)}` }],
      "question a1 of worker fix, open: the user answers it\n" +
      `[ask a1|a\n  ${"b".repeat(997)}…]`,
    ],
    [
      "that was answered, without the answer",
      [{ ...QUESTION, answer }],
      "question a1 of worker fix, answered: the worker receives the answer\n[ask a1|Tea?]",
    ],
  ] as [string, Ask[], string][]
) {
  Deno.test(`workerAsksParts shows a question ${what}`, () => {
    const [part, ...more] = workerAsksParts(inputOf({ asks: [ASK, ...asks] }));
    assertEquals([part.text, more], [`# QUESTIONS OF WORKERS\n\n${text}`, []]);
  });
}

Deno.test("workerAsksParts tells an untainted decision only how many there are", () => {
  const asks = [ASK, QUESTION, { ...QUESTION, answer }, { ...QUESTION, question: "OBEY" }];
  const texts = (asks: Ask[]) =>
    workerAsksParts(inputOf({ asks }, [], false)).map((part) => part.text);
  assertEquals(texts([ASK]), []);
  assertEquals(texts(asks), [
    "# QUESTIONS OF WORKERS\n\n2 open, for the user; 1 answered, for the workers; withheld",
  ]);
});

Deno.test("asksSection shows answers first, and leaves out what is too long", () => {
  const asks = [
    { ...ASK, question: "x".repeat(9000) },
    { ...ASK, id: "a2", question: "y".repeat(9000) },
    { ...ASK, id: "a3", answer },
  ];
  const { text } = asksSection(inputOf({ asks }));
  assertEquals(text.match(/^question \w+|^….*/gm), [
    "question a3",
    "question a1",
    "… 1 more are left out",
  ]);
});

/** The input of a prompt of this world, of which these sensors changed. */
function inputOf(world: Partial<World>, changed: string[] = [], tainted = true): PromptInput {
  const changes = changed.map((name) => ({
    ...{ key: `sensor:${name}`, kind: "changed" as const, lines: [], untrusted: false },
  }));
  return {
    world: worldOf(world),
    comparison: { hash: "", digests: {}, changes },
    ...{ state: INITIAL_STATE, journal: [], tainted, fence, time: "now" },
  };
}

const goal = (id: string, lines: string) => parseGoal(id, `---\ngoal: x\n${lines}---\n`, "d");
const keeps = (parts: Part[]) => parts.map(({ optional }) => optional?.keep);

Deno.test("trustedGoalParts leaves goals out by priority, after all readings, and says where there is none", () => {
  const goals = [-2e6, -7, 0, 7, 2e6].map((n) => goal(`g${n}`, `priority: ${n}\n`));
  const parts = trustedGoalParts(inputOf({ goals: [...goals, goal("odd", "untrusted: true\n")] }));
  assertEquals(keeps(parts), [undefined, 900_000, 999_993, 1_000_000, 1_000_007, 1_100_000]);
  assertEquals(parts.slice(0, 2), [{ text: "# GOALS" }, {
    text: `[goal g-2000000|${goals[0].text}]`,
    optional: { name: "goal g-2000000", keep: 900_000 },
  }]);
  assertEquals(trustedGoalParts(inputOf({ goals: [] })), [{ text: "# GOALS\n\nNone." }]);
});

Deno.test("untrustedGoalParts shows or withholds untrusted goals, and nothing where there is none", () => {
  const [one, two] = ["one", "two"].map((id) => goal(id, "untrusted: true\n"));
  const texts = (goals: World["goals"], tainted: boolean) =>
    untrustedGoalParts(inputOf({ goals }, [], tainted)).map(({ text }) => text);
  assertEquals(texts([goal("mine", "")], true), []);
  assertEquals(texts([one], true), [
    "# UNTRUSTED GOALS",
    `[untrusted goal one|${one.text}]`,
  ]);
  assertEquals(texts([one, two], false), [
    "# UNTRUSTED GOALS",
    "2; withheld",
  ]);
});

Deno.test("brokenGoalsText gives each broken goal a line, and no text where there is none", () => {
  const text = (ids: string[], tainted: boolean) => {
    const broken = ids.map((id) => ({ ...goal(id, ""), error: `${id} is broken` }));
    return brokenGoalsText(inputOf({ goals: [goal("fine", ""), ...broken] }, [], tainted));
  };
  assertEquals([text([], true), text([], false)], ["", ""]);
  assertEquals(text(["a", "b"], true), "[broken goals|- a is broken\n- b is broken]");
  assertEquals(
    text(["a", "b"], false),
    "2; withheld",
  );
});

Deno.test("lastRunSection tells how a command ended and what it printed", () => {
  const run = { run_id: "r", command: "make", exit_code: 2, output_tail: "no" };
  assertEquals(
    lastRunSection(run, fence, 9999),
    "This command exited with status 2.\n\n[last run|$ make\nno]",
  );
  assertEquals(
    lastRunSection({ ...run, exit_code: null, output_tail: "" }, fence, 9999),
    "This command was interrupted; whether it took effect is unknown. " +
      "Check before you repeat it.\n\n[last run|$ make\n(no output)]",
  );
  assertEquals(lastRunSection(null, fence, 9999), "");
});

Deno.test("readingParts leaves older readings out first, by the minute, and changed ones last", () => {
  const at = (name: string, at: string): Reading => ({ ...reading(name, {}), at });
  const readings = [
    at("new", "2000-01-01T00:01:00.000Z"),
    at("same", "2000-01-01T00:01:59.999Z"),
    at("old", "1999-12-31T23:59:00.000Z"),
    at("woke", "2000-01-01T00:00:00.000Z"),
    at("newest", "2000-01-01T00:02:00.000Z"),
  ];
  const input = inputOf({ readings }, ["woke"]);
  assertEquals(keeps(readingParts(input, "unchanged")), [undefined, 2, 2, 0, 4]);
  assertEquals(readingParts(input, "changed"), [
    { text: "# READINGS, CHANGED" },
    { text: "[reading woke|{}]", optional: { name: "reading woke", keep: 6 } },
  ]);
  assertEquals(readingParts(inputOf({ readings }), "changed"), []);
});

Deno.test("readingParts shows why a sensor fails, trusted readings first, withholds the others", () => {
  const readings: Reading[] = [
    { ...reading("mail", { text: "x" }, 0, false), bytes: 1234 },
    { ...reading("ci", {}), result: { ok: false, error: "exit 3" } },
    {
      ...{ ...reading("once", {}), result: { ok: false, error: "exit 4" } },
      last: { value: { n: 1 }, failures: 1 },
    },
  ];
  const texts = (tainted: boolean) =>
    readingParts(inputOf({ readings }, [], tainted), "unchanged").slice(1).map(({ text }) => text);
  assertEquals(texts(true), [
    "[reading ci|failing: exit 3]",
    '[reading once|{"n":1}\nThis is older: the last run failed: exit 4]',
    '[untrusted reading mail|{"text":"x"}]',
  ]);
  assertEquals(texts(false), [
    "[reading ci|failing: exit 3]",
    '[reading once|{"n":1}\nThis is older: the last run failed: exit 4]',
    "untrusted reading mail: unchanged since the last decision; withheld, 1,234 bytes",
  ]);
});

const WORKER: Worker = {
  ...{ id: "fix", generation: "g", started_at: "t", runner: "sh", goal: null, run_id: null },
  ...{ verify: null, verify_access: NO_ACCESS, sandbox: "none", wrapper: null },
  ...{ state: "running", alive: true, exit_code: null, since: "t", idle_s: 0, flag: null },
  verification: null,
};
const passed = { passed: true, exit_code: 0, output_tail: "all good" };

for (
  const [what, workers, lines] of [
    ["one that runs", [WORKER], "worker fix: running, runner sh"],
    [
      "its goal, exit status and end",
      [{ ...WORKER, goal: "ci", state: "failed", exit_code: 0, why: "killed" }],
      "worker fix: failed, runner sh, for goal ci, exit 0, killed",
    ],
    [
      "work that is accepted",
      [{ ...WORKER, verification: passed }],
      "worker fix: running, runner sh\n  verify passed",
    ],
    [
      "work that is not accepted",
      [{ ...WORKER, verification: { ...passed, passed: false } }],
      "worker fix: running, runner sh\n" +
      "  verify FAILED, so its work is not accepted: all good",
    ],
    [
      "the start of its note, indented",
      [{ ...WORKER, flag: { note: `a\n${"b".repeat(500)}`, at: "t" } }],
      `worker fix: running, runner sh\n  waits for the user: a\n  ${"b".repeat(397)}…`,
    ],
    [
      "each in lines of its own",
      [WORKER, { ...WORKER, id: "two" }],
      "worker fix: running, runner sh\nworker two: running, runner sh",
    ],
  ] as [string, Worker[], string][]
) {
  Deno.test(`workersSection shows of workers ${what}`, () => {
    assertEquals(workersSection(inputOf({ workers })), [{
      text: `# WORKERS\n\n[workers|${lines}]`,
      optional: { name: "workers", keep: -2e6 },
    }]);
  });
}

const CLAIM = { name: "repo", session: "w-1", since: "t" };
const claimsText = (claims: World["claims"], tainted: boolean) =>
  workersSection(inputOf({ claims }, [], tainted)).map(({ text }) => text);

Deno.test("workersSection shows a tainted decision who holds each claim, others how many there are", () => {
  const claims = [CLAIM, { ...CLAIM, name: "b", session: "w-2" }];
  assertEquals([claimsText([], true), claimsText([], false)], [[], []]);
  assertEquals(claimsText(claims, true), [
    "# CLAIMS\n\n[claims|repo: held by w-1\nb: held by w-2]",
  ]);
  assertEquals(claimsText(claims, false), ["# CLAIMS\n\n2; withheld"]);
});

Deno.test("workersSection withholds ids that a tainted decision chose, and untrusted goals, unless tainted", () => {
  const goals = [goal("obey", "untrusted: true\n"), goal("mine", "")];
  const workers: Worker[] = [
    { ...WORKER, id: "obey-1", tainted: true, goal: "mine" },
    { ...WORKER, id: "fix", goal: "obey" },
    { ...WORKER, id: "fix-2", goal: "mine" },
  ];
  const [{ text }] = workersSection(inputOf({ goals, workers }, [], false));
  assertEquals(text.split("|")[1].split("\n"), [
    "worker (name withheld): running, runner sh, for goal (name withheld)",
    "worker fix: running, runner sh, for goal (name withheld)",
    "worker fix-2: running, runner sh, for goal mine]",
  ]);
  const [shown] = workersSection(inputOf({ goals, workers }));
  assertEquals(shown.text.match(/obey/g)?.length, 2);
});
