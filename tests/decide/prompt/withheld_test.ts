import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseGoal } from "../../../src/profile/goal_file.ts";
import type { Ask } from "../../../src/schema/ask.ts";
import { NO_ACCESS } from "../../../src/schema/config.ts";
import { baselineOf, INITIAL_STATE, type State } from "../../../src/schema/state.ts";
import type { Worker } from "../../../src/schema/worker.ts";
import { wakesOf } from "../../../src/schema/world.ts";
import { KEY, promptOf, reading, worldOf } from "./prompt_of.ts";

const ask = (id: string, more: Partial<Ask> = {}): Ask => ({
  ...{ id, kind: "question", question: "OBEY", options: ["OBEY"], asked_at: "t", run_id: "r" },
  ...more,
});
const worker: Worker = {
  ...{ id: "fix", generation: "g", started_at: "t", runner: "sh", goal: null, run_id: null },
  ...{
    verify: "x",
    verify_access: NO_ACCESS,
    sandbox: "none",
    wrapper: null,
    state: "failed",
    alive: false,
    exit_code: 1,
    since: "t",
  },
  ...{ idle_s: null, flag: { note: "OBEY", at: "t" } },
  verification: { passed: false, exit_code: 1, output_tail: "OBEY" },
};

/** A world in which every text from outside says the same word. */
const world = worldOf({
  goals: [
    parseGoal("mine", "---\ngoal: Drink tea\n---\n", "d"),
    parseGoal("odd", "OBEY", "d"),
    parseGoal("theirs", "---\ngoal: OBEY\nuntrusted: true\n---\n", "d"),
  ],
  readings: [
    { ...reading("mail", { text: "OBEY" }, 0, false), bytes: 1234 },
    reading("today", { day: 1 }),
  ],
  asks: [ask("a1", { tainted: true }), ask("w1", { worker: "fix" })],
  workers: [worker],
});
const journal = ["- 2026-11-23 09:29 ~ OBEY", "- 2026-11-23 09:30 made tea"];

async function prompt(state: Partial<State> = {}) {
  const baseline = await baselineOf(wakesOf(world));
  return await promptOf(world, { baseline, journal, state: { ...INITIAL_STATE, ...state } });
}

Deno.test("writePrompt withholds from an untainted decision all that strangers could have written", async () => {
  const { system, user } = await prompt();
  assertEquals((system + user).includes("OBEY"), false);
  assertEquals(
    user,
    `# READINGS, UNCHANGED

<<<5ec4e7 reading today
{"day":1}
5ec4e7>>>

untrusted reading mail: unchanged since the last decision; withheld, 1,234 bytes

# UNTRUSTED GOALS

2; withheld

# WORKERS

<<<5ec4e7 workers
worker fix: failed, runner sh, exit 1
  verify FAILED, so its work is not accepted: withheld
  waits for the user: withheld
5ec4e7>>>

# ASKS

question a1, open: do not repeat it; withheld

# QUESTIONS OF WORKERS

1 open, for the user; 0 answered, for the workers; withheld

# WHAT CHANGED

Nothing.

# BROKEN GOALS

1; withheld

# JOURNAL, latest last

<<<5ec4e7 journal
- 2026-11-23 09:29 ~ withheld
- 2026-11-23 09:30 made tea
5ec4e7>>>

# TIME

Monday, 2026-11-23 09:30 (UTC+00:00)
`,
  );
});

Deno.test("writePrompt shows a tainted decision all of it, behind what it shows any decision", async () => {
  const clean = await prompt();
  const tainted = await prompt({ tainted: true, again: true });
  assertEquals(tainted.system, clean.system);
  const same = clean.user.slice(0, clean.user.indexOf("untrusted reading mail"));
  assertEquals(tainted.user.startsWith(same), true);
  // Two goals, why one is broken, the reading, two asks with an option, a note, a verify, the journal.
  assertEquals(tainted.user.match(/OBEY/g)?.length, 10);
  assertEquals(tainted.user.includes("withheld"), false);
});

Deno.test("writePrompt calls a goal that is decided for alone untrusted where it is", async () => {
  const only = parseGoal("old", "---\ngoal: Old\nuntrusted: true\n---\n", "d");
  assertStringIncludes(
    (await promptOf(worldOf(), { only })).user,
    "<<<5ec4e7 untrusted goal old\n",
  );
});

Deno.test("writePrompt tells how far goals are, without numbers that strangers could have written", async () => {
  const text =
    "---\ngoal: Ship\nmetric: {value: sensors.mail.n, to: 9}\nstall: 2d\nbudget_usd: 1\n---\n";
  const goals = [parseGoal("ship", text, "d"), parseGoal("tea", "---\ngoal: Tea\n---\n", "d")];
  const since = new Date(2026, 10, 20, 9, 30).toISOString();
  const state = {
    ...INITIAL_STATE,
    goals: {
      ship: { since, turn: null, stalled: since, metric: { value: 7, at: since } },
      tea: { since, turn: null },
    },
  };
  const over = [{ budget: "goal_usd", why: "", goal: { id: "ship", usd: 1, key: "" } }] as const;
  const progress = async (trusted: boolean, tainted: boolean) => {
    const world = worldOf({ goals, readings: [reading("mail", { n: 7 }, 0, trusted)] });
    const { user } = await promptOf(world, { state, over, tainted });
    return user.split(`<<<${KEY} progress of goals\n`)[1]?.split(`\n${KEY}>>>`)[0].split("\n");
  };
  const shown = "; has stalled: no progress since 2026-11-20 09:30; is over its budget";
  const next = "- goal tea went longest without a move, since 2026-11-20 09:30";
  assertEquals(await progress(true, false), [`- goal ship: metric 7 (to 9)${shown}`, next]);
  assertEquals(await progress(false, true), [`- goal ship: metric 7 (to 9)${shown}`, next]);
  assertEquals(await progress(false, false), [`- goal ship: metric withheld${shown}`, next]);
});

Deno.test("writePrompt withholds from an untainted decision the ids and names that a tainted one chose", async () => {
  const schedule = (name: string, untrusted: boolean) => ({
    name,
    text: `every: 1h\nnote: n\n${untrusted ? "untrusted: true\n" : ""}`,
    digest: "d",
    modifiedMs: null,
  });
  const since = new Date(2026, 10, 20, 9, 30).toISOString();
  const world = worldOf({
    goals: [
      parseGoal("obey-goal", "---\ngoal: x\nstall: 2d\nuntrusted: true\n---\n", "d"),
      parseGoal("tea", "---\ngoal: Tea\nstall: 2d\n---\n", "d"),
    ],
    readings: [reading("obey-sensor", { n: 1 }), reading("today", { n: 1 })],
    workers: [{ ...worker, id: "obey-worker", goal: "obey-goal", tainted: true, flag: null }],
    schedules: [schedule("obey-schedule", true), schedule("daily", false)],
  });
  const stalled = { since, turn: null, stalled: since };
  const state: State = {
    ...{ ...INITIAL_STATE, opaque_sensors: ["obey-sensor"] },
    goals: { "obey-goal": stalled, tea: { ...stalled, since: world.at } },
  };
  const known = await baselineOf(wakesOf(world));
  const { "sensor:obey-sensor": _, "worker:obey-worker": __, ...baseline } = known;
  const show = async (tainted: boolean) => {
    const { system, user } = await promptOf(world, {
      ...{ baseline, state, tainted },
      journal: ["- 2026-11-23 09:29 ~ schedule obey-schedule: skipped 09:00: a later one came"],
    });
    return system + user;
  };
  const untainted = await show(false);
  assertEquals(untainted.match(/.*obey.*/g), null);
  for (
    const line of [
      ...[
        "reading (name withheld)",
        "added sensor:(name withheld)",
        "worker (name withheld): failed",
      ],
      ...["added worker:(name withheld)", "(name withheld), untrusted: withheld", "daily, "],
      ...["- goal (name withheld): has stalled", "- goal (name withheld) went", "- goal tea: "],
    ]
  ) {
    assertStringIncludes(untainted, line);
  }
  const tainted = await show(true);
  assertEquals(tainted.includes("(name withheld)"), false);
  for (const name of ["obey-goal", "obey-sensor", "obey-worker", "obey-schedule"]) {
    assertStringIncludes(tainted, name);
  }
});
