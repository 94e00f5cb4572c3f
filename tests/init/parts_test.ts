import { assertEquals } from "@std/assert";
import { composeSensor } from "../../src/catalogue/render.ts";
import { parseSensor } from "../../src/cli/commands/init.ts";
import { fireRule } from "../../src/decide/rules.ts";
import { configText, type Today } from "../../src/init/answers.ts";
import { goalText, planGoals, sensorRules } from "../../src/init/goals.ts";
import { addPlaybookLines, readPlaybookLines } from "../../src/init/playbook.ts";
import { keyLength, withoutKeys } from "../../src/os/prompter.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import type { Fired } from "../../src/schema/failing.ts";
import type { Json } from "../../src/schema/json.ts";

/** What the rules for a sensor ask of each signal in turn, and what went wrong. */
async function asked(name: string, as: string, set: string[], signals: Json[]): Promise<string[]> {
  const { values } = composeSensor({ name, as, set });
  const text = await goalText({
    ...{ id: "watch", goal: "Watch", notes: "" },
    rules: sensorRules({ name, as, values }),
  });
  const goals = [parseGoal("watch", text, "d")];
  let fired: Fired = {};
  const journal: string[] = [];
  for (const signal of signals) {
    const result = await fireRule({
      ...{ goals, fired, hash: "w", workers: [], now: new Date(0), runner: "none", tainted: false },
      wakes: { [`sensor:${as}`]: signal },
      changed: [`sensor:${as}`],
      untrusted: new Set<string>(),
      holds: () => false,
    });
    fired = result.fired;
    journal.push(
      ...result.errors.map(({ rule, error }) => `${rule}: ${error}`),
      result.decision?.move.journal ?? "-",
    );
  }
  return journal;
}

Deno.test("sensorRules ask of each catalogue sensor's signal what is worth it, and of its failing", async () => {
  const failing = { failing: true };
  assertEquals(
    await asked("git", "git", [`repositories=~/a 'b' "c",/d`], [
      { [`~/a 'b' "c"`]: { state: ["dirty"], stale: [] }, "/d": { state: [], stale: [] } },
      { [`~/a 'b' "c"`]: { state: ["ahead"], stale: [] }, "/d": { state: [], stale: [] } },
      { [`~/a 'b' "c"`]: { state: [], stale: [] }, "/d": { state: ["missing"], stale: [] } },
      failing,
    ]),
    [
      "-",
      `asked: ~/a 'b' "c" has commits that are not pushed`,
      "asked: /d needs a manual fix",
      "asked: The sensor git fails",
    ],
  );
  const quiet = { reviews: [], failing: [], assigned: [], workflows: [] };
  assertEquals(
    await asked("github", "gh-1", [], [
      quiet,
      { ...quiet, reviews: ["a/b#1"] },
      { ...quiet, failing: ["a/b#1"] },
      { ...quiet, assigned: ["a/b#1"] },
      { ...quiet, workflows: ["a/b@main ci"] },
      failing,
    ]),
    [
      "-",
      "asked: Your review is requested on GitHub",
      "asked: Checks of your pull requests fail",
      "asked: Issues on GitHub are assigned to you",
      "asked: A workflow that you watch has failed",
      "asked: The sensor gh-1 fails",
    ],
  );
  assertEquals(
    await asked("http", "1st", ["urls=https://x.test"], [
      { "https://x.test/": { status: 200, speed: "fast" } },
      { "https://x.test/": { status: null, speed: "down" } },
      { "https://x.test/": { status: 503, speed: "fast" } },
      { "https://x.test/": { status: 200, speed: "slow" } },
      failing,
    ]),
    [
      "-",
      "asked: https://x.test/ is down",
      "asked: https://x.test/ is down",
      "asked: https://x.test/ is slow",
      "asked: The sensor 1st fails",
    ],
  );
  assertEquals(
    await asked("command", "in", [`command=make 'x': "y"`], [{ exit: 0 }, { exit: 2 }, failing]),
    ["-", `asked: make 'x': "y" fails`, "asked: The sensor in fails"],
  );
  assertEquals(
    await asked("linear", "linear", [], [{ open: {} }, { open: { "A-1": "Todo P1" } }, failing]),
    ["-", "asked: Issues in Linear are assigned to you", "asked: The sensor linear fails"],
  );
  assertEquals(
    await asked("grafana", "grafana", ["url=http://g.test"], [
      { firing: [] },
      { firing: ["HighLoad"] },
      failing,
    ]),
    ["-", "asked: Alerts fire in Grafana", "asked: The sensor grafana fails"],
  );
});

Deno.test("parseSensor: a comma begins a setting only before KEY=, and never behind a backslash", () => {
  assertEquals(parseSensor("linear"), { name: "linear", set: [] });
  assertEquals(parseSensor("git:repositories=~/a,/b,stale_days=7,as=mine"), {
    name: "git",
    as: "mine",
    set: ["repositories=~/a,/b", "stale_days=7"],
  });
  assertEquals(parseSensor("command:command=f a\\,b=1 | g:h,limit_s=5"), {
    name: "command",
    set: ["command=f a,b=1 | g:h", "limit_s=5"],
  });
});

Deno.test("addPlaybookLines keeps what is there, in its place, and says nothing twice", () => {
  const wanted = { may: ["a"], ask: [], never: ["z", "z"] };
  const first = addPlaybookLines("# P\n\ntext", wanted);
  assertEquals(
    first,
    "# P\n\ntext\n\n## What looop may do\n\nBy itself:\n\n- a\n\nNever:\n\n- z\n",
  );
  assertEquals(addPlaybookLines(first, wanted), first);
  assertEquals(readPlaybookLines(first), { may: ["a"], ask: [], never: ["z"] });
  assertEquals(
    addPlaybookLines(`${first}\n## Mine\n\n- own\n`, { may: ["b"], ask: ["c"], never: [] }),
    "# P\n\ntext\n\n## What looop may do\n\nBy itself:\n\n- a\n- b\n\nNever:\n\n- z\n\n" +
      "Only after approval:\n\n- c\n\n## Mine\n\n- own\n",
  );
  assertEquals(addPlaybookLines("# P\n", { may: [], ask: [], never: [] }), "# P\n");
  // As looop 0.1.0 wrote it.
  const old = "## What looop may do\n\nOnly after a yes:\n\n- c\n";
  assertEquals(
    addPlaybookLines(old, { may: [], ask: ["c", "d"], never: [] }),
    `${old.trimEnd()}\n- d\n`,
  );
});

Deno.test("planGoals names goals by their words, and takes no id twice", async () => {
  const goals = [{ ...parseGoal("ship-1-0", "---\ngoal: Ship, 1.0\n---\n", "d") }];
  const today = { goals } as unknown as Today;
  const aims = [
    "Ship 1.0!",
    "Ship, 1.0",
    "Note changes",
    "Watch gît",
    "¿?",
    `${"long ".repeat(20)}`.trim(),
  ];
  const git = { name: "git", as: "git", values: new Map([["repositories", ["~/x"]]]) };
  assertEquals([...(await planGoals(aims, [git], today, true)).keys()], [
    "ship-1-0-2",
    "note-changes-2",
    "watch-git-2",
    "goal",
    "long-long-long-long-long-long-long-long",
    "watch-git",
    "note-changes",
  ]);
});

Deno.test("configText changes what was answered, and keeps all else", () => {
  const answers = { runner: "pi", workerRunner: "same", usdPerDay: null, sandbox: "none" } as const;
  const data = {
    runners: { pi: { model: "m" } },
    worker_runner: "claude",
    budget: { workers: 2, usd_per_day: 3 },
    interval: 5,
  };
  assertEquals(JSON.parse(configText(data, answers)), {
    runners: { pi: { model: "m" } },
    budget: { workers: 2 },
    interval: 5,
    runner: "pi",
  });
  const more = { ...answers, workerRunner: "codex", usdPerDay: 0.5, sandbox: "bwrap" } as const;
  assertEquals(JSON.parse(configText(data, more, "pi")), {
    runners: { pi: { model: "m", network: true } },
    worker_runner: "codex",
    budget: { workers: 2, usd_per_day: 0.5 },
    interval: 5,
    runner: "pi",
    sandbox: "bwrap",
  });
});

Deno.test("withoutKeys makes one line of whatever keys there are", () => {
  assertEquals(withoutKeys(" a\tb\x1b\r"), "a b");
  assertEquals(withoutKeys("日本\x1b[3~\u2028x"), "日本 x");
});

Deno.test("keyLength tells where a key ends among others", () => {
  const first = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    return new TextDecoder().decode(bytes.subarray(0, keyLength(bytes)));
  };
  assertEquals(
    ["yes\r", " \r", "日本", "é", "🎉x", "\x1b[Ax", "\x1b[3~x", "\x1bOAx", "\x1bx"].map(first),
    [
      ...["y", " ", "日", "é", "🎉", "\x1b[A", "\x1b[3~", "\x1bOA", "\x1b"],
    ],
  );
});
