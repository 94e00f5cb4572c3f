import { pathsOf } from "../../src/profile/paths.ts";
import { commandAs } from "../support/run_as.ts";
import { assertEquals } from "@std/assert";
import {
  costOf,
  newRun,
  type Plan,
  planMove,
  saveRun,
  targetDigests,
} from "../../src/loop/move.ts";
import type { Decided, Verdict } from "../../src/schema/decision.ts";
import type { Ask } from "../../src/schema/ask.ts";
import type { Move } from "../../src/schema/move.ts";
import { type AdmittedAction, NO_ACTION } from "../../src/schema/action.ts";
import { baselineOf, INITIAL_STATE } from "../../src/schema/state.ts";
import type { Worker } from "../../src/schema/worker.ts";
import type { Comparison, Goal, Reading, World } from "../../src/schema/world.ts";
import { tempProfile } from "../support/temp_profile.ts";

const AT = "2026-11-23T09:30:00.000Z";
const RUN: Move = { action: "run", command: "ls", journal: "listed" };

function goal(id: string, more: Partial<Goal> = {}): Goal {
  return {
    ...{ id, text: `${id}!`, digest: `goal-${id}`, goal: id, priority: 0, rules: [] },
    ...{ untrusted: false, ...more },
  };
}

function reading(file: string, trusted = true): Reading {
  const name = file.split(".")[0];
  const result = { ok: true, value: { signal: "red" } } as const;
  return { name, file, at: AT, trusted, script: `script-${file}`, ms: 1, bytes: 1, result };
}

function worker(id: string, state: Worker["state"]): Worker {
  return { id, state, generation: `${id}-1`, exit_code: 0, verification: null } as Worker;
}

function ask(id: string, more: Partial<Ask> = {}): Ask {
  return { id, kind: "question", question: "Tea?", asked_at: AT, run_id: "r", ...more };
}

const ENDED: string[] = ["done", "failed", "killed", "lost"];
const ANSWER = { text: "yes", at: AT };
const APPROVAL = ask("a1", {
  kind: "approval",
  answer: ANSWER,
  approval: {
    ...{ move: RUN, move_sha256: "m", digests: { "goals/tea.md": "then" }, preview: "" },
    expires_at: AT,
    action_sha256: "",
  },
});

const WORLD: World = {
  at: AT,
  playbook: { text: "# Playbook\n", digest: "playbook" },
  goals: [goal("tea"), goal("cake", { untrusted: true })],
  readings: [reading("git.sh"), reading("mail.sh", false)],
  asks: [
    APPROVAL,
    ask("q1", { answer: ANSWER }),
    ask("q2"),
    ask("w1", { answer: ANSWER, worker: "fix" }),
  ],
  workers:
    (["running", "waiting", "stuck", "orphaned", "done", "failed", "killed", "lost"] as const)
      .map((state) => ({ ...worker(state, state), alive: !ENDED.includes(state) })),
  claims: [],
  schedules: [],
};
const COMPARISON: Comparison = { hash: "world", digests: {}, changes: [] };
const FIRED = { "tea/rule-1": "d" };

const ACTION: AdmittedAction = {
  ...NO_ACTION,
  command: commandAs({ paths: pathsOf("/data") }, ["ls"], { reads: [] }),
};

/** The plan of a decision, where policy gives a verdict. */
function plan(
  by: "approval" | "rule" | "runner" | "code",
  source: string,
  { then = "allow", forced = false, move = RUN }: {
    then?: Verdict["then"];
    forced?: boolean;
    move?: Move;
  } = {},
): Promise<Plan> {
  return planMove({
    decided: {
      ...{ kind: "decided", decision: { by, source, move }, tainted: true, fired: FIRED },
      calls: [],
    },
    verdict: {
      ...{ then, rule: "r", why: "w", action: ACTION, action_sha256: "", parts: [] },
    },
    ...{ runId: "run-1", world: WORLD, comparison: COMPARISON, forced, state: INITIAL_STATE },
  });
}

const PLAN: Plan = {
  run_id: "run-1",
  at: AT,
  by: "runner",
  source: "claude",
  move: RUN,
  verdict: { then: "allow", rule: "r", why: "w" },
  action: ACTION,
  tainted: true,
  world: "world",
  digests: {},
  baseline: await baselineOf({
    playbook: "# Playbook\n",
    "goal:tea": "tea!",
    "goal:cake": "cake!",
    "sensor:git": "red",
    "sensor:mail": "red",
    "worker:stuck": { state: "stuck", generation: "stuck-1" },
    ...Object.fromEntries(ENDED.map((state) => [
      `worker:${state}`,
      { state, generation: `${state}-1`, exit_code: 0, verified: null },
    ])),
  }, new Set(["goal:cake", "sensor:mail"])),
  fired: FIRED,
  closes: ["a1", "q1"],
  ended: ENDED.map((id) => ({ id, generation: `${id}-1` })),
  slots: [],
};

const OFF_WORLD = { baseline: null, fired: null, ended: [] };
const APPROVED = {
  then: "allow",
  rule: "approval",
  why: "approved by the user (a1)",
} as const;

const plans: [title: string, Promise<Plan>, expected: Partial<Plan>][] = [
  ["a runner's move", plan("runner", "claude"), {}],
  ["a rule's move", plan("rule", "tea/rule-1"), { by: "rule", source: "tea/rule-1" }],
  ["a forced move", plan("runner", "claude", { forced: true }), { ...OFF_WORLD, closes: [] }],
  ["an approved move", plan("approval", "a1", { then: "ask" }), {
    ...{ ...OFF_WORLD, by: "approval", source: "a1", verdict: APPROVED, closes: ["a1"] },
    digests: { "goals/tea.md": "then" },
  }],
  ["an approved move that policy denies by now", plan("approval", "a1", { then: "deny" }), {
    ...{ ...OFF_WORLD, by: "approval", source: "a1", closes: ["a1"] },
    ...{ verdict: { then: "deny", rule: "r", why: "w" }, digests: { "goals/tea.md": "then" } },
  }],
  ["a move of a runner with the name of an approval", plan("runner", "a1", { then: "ask" }), {
    ...{ source: "a1", verdict: { then: "ask", rule: "r", why: "w" } },
  }],
  [
    "a move that replaces a file",
    plan("code", "code", { move: { action: "archive_goal", id: "tea", journal: "j" } }),
    {
      ...{ by: "code", source: "code", digests: { "goals/tea.md": "goal-tea" } },
      move: { action: "archive_goal", id: "tea", journal: "j" },
    },
  ],
];

for (const [title, planned, expected] of plans) {
  Deno.test(`planMove plans ${title}`, async () => {
    assertEquals(await planned, { ...PLAN, ...expected });
  });
}

const journal = "j";
const digests: [Move, Record<string, string | null>][] = [
  [{ action: "write_goal", id: "tea", body: "x", journal }, { "goals/tea.md": "goal-tea" }],
  [{ action: "write_goal", id: "new", body: "x", journal }, { "goals/new.md": null }],
  [{ action: "archive_goal", id: "cake", journal }, { "goals/cake.md": "goal-cake" }],
  [
    { action: "write_sensor", name: "mail.sh", script: "x", journal },
    { "sensors/mail.sh": "script-mail.sh" },
  ],
  [{ action: "write_sensor", name: "mail", script: "x", journal }, { "sensors/mail": null }],
  [{ action: "remove_sensor", name: "git.sh", journal }, { "sensors/git.sh": "script-git.sh" }],
  [{ action: "write_playbook", body: "x", journal }, { "PLAYBOOK.md": "playbook" }],
  [{ action: "stop_worker", id: "tea", reason: "r", journal }, {}],
  [{ action: "tell_worker", id: "tea", text: "x", journal }, {}],
  [RUN, {}],
];

for (const [move, expected] of digests) {
  Deno.test(`targetDigests of ${JSON.stringify(move)}`, () => {
    assertEquals(targetDigests(move, WORLD), expected);
  });
}

Deno.test("newRun names a run by the clock, and parses the goals", async () => {
  const clock = { now: () => new Date(AT), sleep: () => Promise.resolve() };
  await using profile = await tempProfile({ clock });
  const text = "---\ngoal: Tea\npriority: 2\n---\n";
  const goals = [{ id: "tea", text, digest: "d" }];
  const { runId, world } = await newRun(profile, { ...WORLD, goals });
  assertEquals(runId.slice(0, 16), "20261123t093000-");
  assertEquals(world, {
    ...WORLD,
    goals: [goal("tea", { text, digest: "d", goal: "Tea", priority: 2 })],
  });
});

const CALL = { runner: "mine", cost_usd: 1 };
const saves: [title: string, decided: Decided, saved: boolean][] = [
  [
    "an undecided tick without a call",
    { kind: "undecided", why: "w", fired: {}, calls: [] },
    false,
  ],
  [
    "an undecided tick with a call",
    { kind: "undecided", why: "w", fired: {}, calls: [CALL] },
    true,
  ],
  [
    "a tick over budget without a call",
    { kind: "held", over: { budget: "usd_per_day", why: "w" }, fired: {}, calls: [] },
    false,
  ],
  [
    "a tick over budget with a call",
    { kind: "held", over: { budget: "usd_per_day", why: "w" }, fired: {}, calls: [CALL] },
    true,
  ],
  [
    "a failed decision without a call",
    {
      ...{ kind: "failed", error: { kind: "auth", message: "m" }, tainted: false },
      ...{ fired: {}, calls: [] },
    },
    true,
  ],
  [
    "a rule's decision",
    {
      ...{ kind: "decided", decision: { by: "rule", source: "a/b", move: RUN }, tainted: false },
      ...{ fired: {}, calls: [] },
    },
    true,
  ],
];

for (const [title, decided, saved] of saves) {
  Deno.test(`saveRun ${saved ? "saves" : "does not save"} ${title}`, async () => {
    await using profile = await tempProfile();
    const comparison = COMPARISON;
    const run = { runId: "run-1", world: WORLD, comparison, state: INITIAL_STATE, decided };
    await saveRun(profile, run);
    const names = [...Deno.readDirSync(profile.paths.runs)].map(({ name }) => name);
    assertEquals(names, saved ? ["run-1"] : []);
    if (!saved) return;
    const text = await profile.read("runs/run-1/decision.json");
    assertEquals(text, JSON.stringify(decided, null, 1) + "\n");
    assertEquals(
      JSON.parse(await profile.read("runs/run-1/world.json")),
      JSON.parse(JSON.stringify({ world: WORLD, comparison, state: INITIAL_STATE })),
    );
  });
}

for (
  const [costs, sum] of [
    [[], 0],
    [[0.5], 0.5],
    [[0.5, 0.25], 0.75],
    [[null], null],
    [[null, 1], null],
    [[1, null, 1], null],
  ] as [(number | null)[], number | null][]
) {
  Deno.test(`costOf calls of ${JSON.stringify(costs)} is ${sum}`, () => {
    assertEquals(costOf(costs.map((cost_usd) => ({ runner: "mine", cost_usd }))), sum);
  });
}
