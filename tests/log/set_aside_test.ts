import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliOn } from "../support/cli_on.ts";
import { setAsideAfter } from "../../src/log/log.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { parseGoals } from "../../src/profile/goal_file.ts";
import { readState, writeState } from "../../src/profile/state.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";
import { INITIAL_STATE, isCurrent, type State } from "../../src/schema/state.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
import { readGoals } from "../../src/sense/documents.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { intentOf } from "./intent_of.ts";

const PUSH: Move = { action: "run", command: "git push", journal: "pushes" };
const DENIED: Outcome = { status: "denied", summary: "never push", paths: [] };
const FAILED: Outcome = { status: "failed", summary: "no network", paths: [] };
const MADE: Outcome = { status: "made", summary: "exit 0", paths: [] };
const SECRET = { config: "c", mask: (text: string) => text.replaceAll("hunter2", "[masked]") };
const world = (shas: Record<string, string>) =>
  Object.fromEntries(Object.entries(shas).map(([key, sha256]) => [key, { sha256, was: "" }]));

const BEFORE: State = { ...INITIAL_STATE, baseline: world({ a: "1", b: "1", gone: "1" }) };

Deno.test("setAsideAfter remembers a denied or failed move with the change that it was decided on", async () => {
  const intent = intentOf(PUSH, { baseline: world({ a: "2", b: "1", new: "1" }), tainted: true });
  const secret = { ...FAILED, summary: "no network\nfor hunter2" };
  const [failed] = await setAsideAfter(BEFORE, intent, secret, SECRET);
  assertEquals({ ...failed, effect: "" }, {
    ...{ run_id: intent.run_id, effect: "", what: "run: pushes", why: "no network for [masked]" },
    ...{ denied: false, tries: 1, tainted: true, world: "w", config: "c" },
    change: { a: "2", new: "1", gone: null },
  });
  const before = { ...BEFORE, set_aside: [failed] };
  const again = { ...intent, move: { ...PUSH, journal: "again", more: true } as Move };
  const [denied, ...others] = await setAsideAfter(before, again, DENIED, SECRET);
  assertEquals([others, denied.tries, denied.denied, denied.why], [[], 2, true, "never push"]);
  assertEquals(await setAsideAfter(before, again, MADE, SECRET), []);
  const unchanged = intentOf(PUSH, { baseline: BEFORE.baseline });
  assertEquals((await setAsideAfter(BEFORE, unchanged, DENIED, SECRET))[0].change, {
    ...{ a: "1", b: "1", gone: "1" },
  });
});

Deno.test("setAsideAfter forgets a move once its change is over or the config differs, and keeps the latest 20", async () => {
  const [one] = await setAsideAfter(
    BEFORE,
    intentOf(PUSH, { baseline: world({ a: "2" }) }),
    DENIED,
    SECRET,
  );
  const state = { ...BEFORE, set_aside: [one] };
  const after = (shas: Record<string, string>, config = "c") =>
    setAsideAfter(state, intentOf(noop(), { baseline: world(shas) }), MADE, { ...SECRET, config });
  assertEquals(await after({ a: "2", other: "9" }), [one]);
  assertEquals(await after({ a: "3" }), []);
  assertEquals(await after({ a: "2", b: "1" }), []);
  assertEquals(await after({ a: "2" }, "other"), []);
  // Of an approved move the world is not known.
  assertEquals(await setAsideAfter(state, intentOf(noop(), { baseline: null }), MADE, SECRET), [
    one,
  ]);
  assertEquals(isCurrent(one, { a: "2" }, "c"), true);
  let many = BEFORE;
  for (let i = 0; i < 25; i++) {
    const intent = intentOf({ ...PUSH, command: `git push ${i}`, journal: `pushes ${i}` } as Move);
    many = { ...many, set_aside: await setAsideAfter(many, intent, DENIED, SECRET) };
  }
  assertEquals(
    many.set_aside.map(({ what }) => what),
    Array.from({ length: 20 }, (_, i) => `run: pushes ${i + 5}`),
  );
});

const DENY = {
  policy: [{
    name: "no-push",
    when: `move.command.startsWith("git push")`,
    then: "deny",
    why: "never push",
  }],
} as const;

const denying = (files: Record<string, string> = {}): Promise<TempProfile> =>
  tempProfile({
    config: { policy: [...DENY.policy] },
    files: {
      "sensors/a.sh": "#!/bin/sh\ncat a\n",
      a: `{"signal":1}`,
      "sensors/b.sh": "#!/bin/sh\ncat b\n",
      b: `{"signal":1}`,
      ...files,
    },
  });

Deno.test("a denied move is refused when it is repeated, and the prompt has its reason while the change lasts", async () => {
  await using profile = await denying();
  const first = scripted(PUSH);
  await tickOnce(profile, { decider: first.decide });
  const second = scripted(PUSH);
  const refused = await tickOnce(profile, { decider: second.decide });
  assert(refused.outcome === "failed");
  assertStringIncludes(
    refused.error.message,
    "this move was denied, and is set aside for this change (",
  );
  assertStringIncludes(
    second.prompts[0],
    "# SET ASIDE\n\nThese moves were denied or failed for this change.",
  );
  assertStringIncludes(second.prompts[0], "- denied: run: pushes: ");
  const third = scripted({
    action: "write_goal",
    id: "b",
    body: "---\ngoal: b\n---\n",
    journal: "wrote b",
    more: true,
  });
  assertEquals((await tickOnce(profile, { decider: third.decide })).outcome, "moved");
  const fourth = scripted();
  await tickOnce(profile, { decider: fourth.decide });
  assertStringIncludes(fourth.prompts[0], "- denied: run: pushes: ");
  const status = await cliOn(profile, ["status"]);
  assertStringIncludes(status.stdout, "set aside  run: pushes: denied: ");
  await profile.write("a", `{"signal":2}`);
  const fifth = scripted(PUSH);
  const tried = await tickOnce(profile, { decider: fifth.decide });
  assert(!fifth.prompts[0].includes("# SET ASIDE"));
  assert(tried.outcome === "moved" && tried.result.status === "denied");
});

Deno.test("a decider that insists on a denied move does not keep a later change from being decided", async () => {
  await using profile = await denying();
  await tickOnce(profile, { decider: scripted().decide });
  await profile.write("a", `{"signal":2}`);
  const insists = scripted(...Array.from({ length: 9 }, () => PUSH));
  const outcomes: string[] = [];
  for (let i = 0; i < 4; i++) {
    outcomes.push((await tickOnce(profile, { decider: insists.decide })).outcome);
  }
  assertEquals(outcomes, ["moved", "failed", "failed", "idle"]);
  assertEquals((await readState(profile)).parked, null);
  await profile.write("b", `{"signal":2}`);
  const next = scripted();
  assertEquals((await tickOnce(profile, { decider: next.decide })).outcome, "moved");
  assertStringIncludes(next.prompts[0], "# WHAT CHANGED");
  assertStringIncludes(next.prompts[0], "changed sensor:b");
  assert(!next.prompts[0].includes("changed sensor:a"));
  assertStringIncludes(next.prompts[0], "- denied: run: pushes: ");
});

Deno.test("a move that fails twice on one world is refused there, and accepted again on another", async () => {
  await using profile = await denying();
  // It fails, because the goal is edited by the user meanwhile.
  const write: Move = {
    action: "write_goal",
    id: "tea",
    body: "---\ngoal: tea\n---\n",
    journal: "wrote tea",
  };
  const failing = scripted(write);
  const state = await readState(profile);
  const result = await tickOnce(profile, {
    decider: async (prompt, signal) => {
      await profile.write("goals/tea.md", "---\ngoal: mine\n---\n");
      return await failing.decide(prompt, signal);
    },
  });
  assert(result.outcome === "moved" && result.result.status === "failed");
  const { set_aside: [one] } = await readState(profile);
  assertEquals([one.tries, one.denied], [1, false]);
  // The user's edit is another world.
  assertEquals((await tickOnce(profile, { decider: scripted(write).decide })).outcome, "moved");
  assertEquals(await profile.read("goals/tea.md"), write.body);
  assertEquals(state.set_aside, []);
});

Deno.test("denied moves of rules neither park the loop nor keep the other rules and the decider from their turn", async () => {
  const rule = (i: number) =>
    `  - { name: r${i}, when: "sensors.a == 1", do: { action: run, command: "git push ${i}", journal: "push ${i}" } }\n`;
  await using profile = await denying({
    "goals/a.md": `---\ngoal: a\nrules:\n${[1, 2, 3, 4].map(rule).join("")}---\n`,
  });
  const decider = scripted();
  const sources: string[] = [];
  for (let i = 0; i < 5; i++) {
    const result = await tickOnce(profile, { decider: decider.decide });
    assert(result.outcome === "moved");
    sources.push(result.decision.source);
  }
  assertEquals(sources.slice(0, 4), ["a/r1", "a/r2", "a/r3", "a/r4"]);
  assertEquals(decider.prompts.length, 1);
  for (const i of [1, 2, 3, 4]) {
    assertStringIncludes(decider.prompts[0], `- denied: run: push ${i}: `);
  }
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
});

const INVALID = {} as Move;

Deno.test("invalid answers park, also while a rule's move fails that is tried again", async () => {
  await using profile = await denying({
    "goals/a.md":
      `---\ngoal: a\nrules:\n  - { name: fix, when: "sensors.a == 1", do: { action: start_worker, id: fix, prompt: repair, runner: gone, journal: starts fix } }\n---\n`,
  });
  const decider = scripted(...Array.from({ length: 9 }, () => INVALID));
  const results: TickResult[] = [];
  for (let i = 0; i < 6; i++) {
    results.push(await tickOnce(profile, { decider: decider.decide }));
  }
  assertEquals(results.map(({ outcome }) => outcome), [
    ...["moved", "moved", "failed", "failed", "failed", "parked"],
  ]);
  assertStringIncludes(decider.prompts[0], "- failed 2 times: start_worker: starts fix: ");
  const { parked, set_aside: [one], baseline } = await readState(profile);
  assertEquals([parked?.kind, one.tries, baseline], ["failures", 2, null]);
});

Deno.test("a change counts as decided after three moves and answers that brought nothing, some of them moves", async () => {
  await using profile = await denying();
  await tickOnce(profile, { decider: scripted().decide });
  await profile.write("a", `{"signal":2}`);
  const decider = scripted(PUSH, INVALID, PUSH);
  const outcomes: string[] = [];
  for (let i = 0; i < 4; i++) {
    outcomes.push((await tickOnce(profile, { decider: decider.decide })).outcome);
  }
  assertEquals(outcomes, ["moved", "failed", "failed", "idle"]);
  const { failure, parked, set_aside: [{ what }] } = await readState(profile);
  assertEquals([failure, parked, what], [null, null, "run: pushes"]);
});

Deno.test("a decider that insists in a forced decision leaves the change to the next one", async () => {
  await using profile = await denying({ "goals/a.md": "---\ngoal: a\n---\n" });
  await tickOnce(profile, { decider: scripted().decide });
  await profile.write("a", `{"signal":2}`);
  const decider = scripted(...Array.from({ length: 3 }, () => PUSH));
  for (let i = 0; i < 3; i++) {
    const [only] = parseGoals(profile, await readGoals(profile));
    await tickOnce(profile, { only, decider: decider.decide });
  }
  const next = scripted();
  assertEquals((await tickOnce(profile, { decider: next.decide })).outcome, "moved");
  assertStringIncludes(next.prompts[0], "changed sensor:a");
});

Deno.test("a failed move of a rule stays set aside when the rest of its change has been decided", async () => {
  const tried = intentOf(PUSH, { baseline: world({ a: "2", b: "1" }) });
  const [first] = await setAsideAfter(BEFORE, tried, FAILED, SECRET);
  const decided = { ...BEFORE, baseline: tried.baseline, set_aside: [first] };
  const [second] = await setAsideAfter(decided, tried, FAILED, SECRET);
  assertEquals([second.tries, second.change], [2, { a: "2", gone: null }]);
  const elsewhere = intentOf(PUSH, { baseline: world({ a: "3", b: "1" }) });
  const [third] = await setAsideAfter(decided, elsewhere, FAILED, SECRET);
  assertEquals(third.change, { a: "3" });
});

Deno.test("what a tainted decision wanted is withheld from a decision that is not tainted", async () => {
  await using profile = await denying();
  await tickOnce(profile, { decider: scripted(PUSH).decide });
  const state = await readState(profile);
  const set_aside = state.set_aside.map((one) => ({ ...one, tainted: true }));
  await writeState(profile, { ...state, failure: null, set_aside });
  const next = scripted();
  await tickOnce(profile, { decider: next.decide });
  assertStringIncludes(next.prompts[0], "- denied: withheld\n");
  assert(!next.prompts[0].split("# JOURNAL")[0].includes("pushes"));
});
