import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../../src/loop/run.ts";
import type { Move } from "../../../src/schema/move.ts";
import { cliOn } from "../../support/cli_on.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

/** Local time. */
const NOW = new Date(2026, 10, 25, 9, 30);

const profileAt = (files: Record<string, string> = {}) =>
  tempProfile({ clock: { now: () => NOW, sleep: () => Promise.resolve() }, files });

async function texts(profile: TempProfile, ...args: string[]): Promise<string[]> {
  const { stdout } = await cliOn(profile, ["journal", "--json", ...args]);
  return JSON.parse(stdout).map(({ text }: { text: string }) => text);
}

Deno.test("looop journal shows the last lines with their times, those since a time, and no notes", async () => {
  const old = Array.from(
    { length: 30 },
    (_, i) => `- 2026-11-2${i < 20 ? 2 : 4} 10:${10 + i} line ${i}`,
  );
  await using profile = await profileAt({
    "journal.md": [...old, "a note of mine", "- 2026-11-25 09:00 ~ said so", ""].join("\n"),
    "archive/journal-2026-11-20T000000.000Z.md":
      "- 2026-11-19 08:00 long ago\n- 2026-11-20 08:00 later\n",
  });
  const { stdout } = await cliOn(profile, ["journal"]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals([lines.length, lines[0], lines.at(-1)], [
    21,
    "13 older entries: --since TIME",
    "2026-11-25 09:00  ~ said so",
  ]);
  assertEquals((await texts(profile, "--since", "yesterday")).length, 11);
  assertEquals(await texts(profile, "--since", "today"), ["said so"]);
  assertEquals((await texts(profile, "--since", "2026-11-20")).slice(0, 2), ["later", "line 0"]);
  assertEquals((await texts(profile, "--since", "2026-11-01"))[0], "long ago");
  const json = JSON.parse((await cliOn(profile, ["journal", "--json", "--since", "2h"])).stdout);
  assertEquals(json, [{
    at: new Date(2026, 10, 25, 9).toISOString(),
    text: "said so",
    tainted: true,
    run_id: null,
  }]);
  assertEquals((await cliOn(profile, ["journal", "--since", "5m"])).stdout, "no entries\n");
  assertEquals((await cliOn(profile, ["journal", "--since", "soon"])).status, 2);
});

Deno.test("looop journal --goal has the moves that serve a goal, its edits, and what became of its asks", async () => {
  const goal = (text: string) => `---\ngoal: ${text}\n---\n`;
  // The time of a commit is that of the machine.
  await using profile = await tempProfile({
    files: {
      "goals/tea.md": goal("tea"),
      "goals/teapot.md": goal("pot"),
    },
  });
  const push: Move = { action: "run", command: "git push; :", journal: "pushes tea", goal: "tea" };
  const ask: Move = {
    action: "ask",
    question: "Which pot?",
    journal: "asked about the pot",
    goal: "teapot",
  };
  const write: Move = {
    action: "write_goal",
    id: "tea",
    body: goal("green tea"),
    journal: "greener",
  };
  const decider = scripted(push, ask, write, noop({ journal: "looked" }));
  for (let i = 0; i < 3; i++) await tickOnce(profile, { decider: decider.decide });
  const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
  await cliOn(profile, ["reject", id, "not today"]);
  await tickOnce(profile, { decider: decider.decide });
  await cliOn(profile, ["goal", "archive", "tea", "--why", "all drunk"]);
  assertEquals(await texts(profile, "--goal", "tea"), [
    `wants to run, needs your approval: ${id}: pushes tea`,
    "greener",
    `rejected run: pushes tea (${id}: not today)`,
    "archived goals/tea.md: all drunk",
  ]);
  const pot = await texts(profile, "--goal", "teapot");
  assertEquals(pot.map((text) => text.slice(0, 19)), ["asked about the pot"]);
  assertEquals(await texts(profile, "--goal", "nope"), []);
  assertEquals((await texts(profile)).length, 6);
  assertEquals((await cliOn(profile, ["journal", "--goal", "../x"])).status, 1);
});

Deno.test("looop journal --json names the run of each line, also of equal lines and long ones", async () => {
  await using profile = await tempProfile();
  const long = "x".repeat(280);
  const moves = ["same", "same", long].map((journal) => noop({ journal }));
  const { decide } = scripted(...moves);
  const ids: string[] = [];
  for (const _ of moves) {
    await profile.write("PLAYBOOK.md", `# ${ids.length}\n`);
    const result = await tickOnce(profile, { decider: decide });
    assert(result.outcome === "moved");
    ids.push(result.run_id);
  }
  await cliOn(profile, ["goal", "write", "tea", "-"], { input: "---\ngoal: tea\n---\n" });
  const entries: { run_id: string; text: string }[] = JSON.parse(
    (await cliOn(profile, ["journal", "--json"])).stdout,
  );
  assertEquals(entries.map(({ run_id }) => run_id), [...ids, null]);
  assertEquals(entries[2].text, long);
});

Deno.test("looop runs lists decisions with who decided and what became of them, of one goal, and since a time", async () => {
  await using profile = await decided();
  const list = async (...args: string[]): Promise<Record<string, unknown>[]> =>
    JSON.parse((await cliOn(profile, ["runs", "--json", ...args])).stdout);
  const runs = await list();
  const facts = runs.map(({ action, status, by, source, goal, cost_usd, calls }) =>
    [action, status, by, source, goal, cost_usd, calls].join(" ")
  );
  const ask = await askOf(profile);
  assertEquals(facts, [
    "run made runner mine tea 0.0123 1",
    "noop made runner mine  0.0123 1",
    "run asked rule tea/red tea 0 0",
    `run made approval ${ask} tea 0 0`,
    " no_decision     2",
  ]);
  assertEquals(runs.at(-1)?.cost_usd, null);
  assertEquals((await list("--goal", "tea")).length, 3);
  assertEquals(await list("--goal", "teapot"), []);
  assertEquals((await list("--since", "tomorrow")).length, 0);
  assertEquals((await list("--since", "2h")).length, 5);
  assertEquals((await cliOn(profile, ["runs", "--goal", "../x"])).status, 1);
  const { stdout } = await cliOn(profile, ["runs"]);
  assertMatch(stdout, /^RUN +WHEN +GOAL +ACTION +STATUS +BY +COST +WHAT\n/);
  assertStringIncludes(stdout, "no decision");
  // Without its history the same is read from runs/.
  await Deno.remove(`${profile.paths.dataDir}/.git`, { recursive: true });
  const local = await list();
  assertEquals(
    local.map(({ action, status }) => `${action} ${status}`).sort(),
    ["noop made", "null no_decision", "run asked", "run made", "run made"],
  );
  assertEquals(local.map(({ commit }) => commit), [null, null, null, null, null]);
});

Deno.test("looop why explains each kind of outcome, and names a run in every way", async () => {
  await using profile = await decided();
  const runs = JSON.parse((await cliOn(profile, ["runs", "--json"])).stdout);
  const why = async (word?: string) =>
    (await cliOn(profile, ["why", ...word === undefined ? [] : [word]])).stdout;
  const [read, quiet, red, pushed, failed] = runs;
  const text = await why(read.run_id);
  assertStringIncludes(text, "woken by   the first decision: everything is new\n");
  assertStringIncludes(text, "decided    by runner mine (mine)\n");
  assertStringIncludes(text, "policy     allow, by rule run-read-only: its command is on the");
  assertStringIncludes(text, "done       run made: exit 0\n  │ ");
  assertStringIncludes(text, "cost       $0.0123, 1 call, ");
  assertStringIncludes(text, `led to     next run ${quiet.run_id}\n`);
  assertEquals(text.includes("missing"), false);
  const asked = await why(red.commit);
  assertStringIncludes(asked, "woken by   sensor:build changed\n");
  assertStringIncludes(asked, "  │ was green\n  │ now red\n");
  assertStringIncludes(asked, "decided    by rule tea/red\n");
  assertStringIncludes(asked, `answered "yes" at `);
  assertStringIncludes(asked, `seen by run ${pushed.run_id}`);
  assertStringIncludes(asked, "cost       none: no runner was called\n");
  const approved = await why(pushed.run_id.slice(-8));
  assertStringIncludes(approved, `woken by   you approved ${await askOf(profile)}, which run`);
  const last = await why();
  assertEquals([last, last], [await why("last"), await why(failed.run_id)]);
  assertStringIncludes(last, "done       nothing: no decision\n");
  assertStringIncludes(last, "cost       unknown, 2 calls, ");
  assertStringIncludes(last, "error      mine: exited with status 0 but printed no answer\n");
});

Deno.test("looop why in a fresh clone explains from the history, and lists what is missing", async () => {
  await using profile = await decided();
  const runs = JSON.parse((await cliOn(profile, ["runs", "--json"])).stdout);
  const [, , red, pushed, failed] = runs;
  for (const dir of ["runs", "snapshots", "events.jsonl"]) {
    await Deno.remove(`${profile.paths.dataDir}/${dir}`, { recursive: true });
  }
  const json = async (word: string) =>
    JSON.parse((await cliOn(profile, ["why", word, "--json"])).stdout);
  const ask = await json(red.run_id);
  assertEquals(ask.changes, [
    { key: "sensor:build", kind: "changed", lines: ["was green", "now red"], untrusted: false },
  ]);
  assertEquals(
    [ask.by, ask.source, ask.action, ask.status, ask.policy],
    ["rule", "tea/red", "run", "asked", { then: "ask", rule: "run", why: null }],
  );
  // The move of an approval is in its ask.
  assertEquals(ask.move.command, "git push; :");
  assertEquals(ask.led_to.ask.closed_by, pushed.run_id);
  assertEquals(ask.missing, [
    `runs/${red.run_id}/ (prompt, answer, policy's reason, output): it is not in git, and only the newest 50 ` +
    "runs are stored; what it saw is from state.json, with long values cut",
  ]);
  const none = await json(failed.run_id);
  assertEquals([none.error, none.ledger.length], [
    "empty: mine: exited with status 0 but printed no answer",
    2,
  ]);
  assertStringIncludes(none.missing[0], "(what it saw, prompt,");
  assertEquals((await cliOn(profile, ["why"])).status, 0);
});

Deno.test("looop why tells an undone move, a commit of an edit, an unknown and an ambiguous run", async () => {
  await using profile = await tempProfile();
  const body = "---\ngoal: tea\n---\n";
  const write: Move = { action: "write_goal", id: "tea", body, journal: "wrote tea", more: false };
  const none = await cliOn(profile, ["why"]);
  assertEquals([none.status, none.stderr], [
    1,
    "looop: there is no run yet: looop tick makes one\n",
  ]);
  const { decide } = scripted(write, noop(), noop());
  await tickOnce(profile, { decider: decide });
  await cliOn(profile, ["undo"]);
  await tickOnce(profile, { decider: decide });
  const runs = JSON.parse((await cliOn(profile, ["runs", "--json"])).stdout);
  const undone = JSON.parse((await cliOn(profile, ["why", runs[0].run_id, "--json"])).stdout);
  assertEquals(undone.files.includes("goals/tea.md"), true);
  const edit = await cliOn(profile, ["why", undone.led_to.undone_by]);
  assertEquals([edit.status, edit.stderr], [
    1,
    `looop: commit ${undone.led_to.undone_by} is not of a run, but of an edit: ` +
    `undid move ${runs[0].commit}: wrote tea\n`,
  ]);
  for (const word of ["nope", "--", "HEAD~90", "x;y"]) {
    const { status, stderr } = await cliOn(profile, ["why", "--", word]);
    assertEquals([status, stderr], [1, `looop: there is no run ${word}: looop runs lists them\n`]);
  }
  const { stderr } = await cliOn(profile, ["why", runs[0].run_id.slice(0, 8)]);
  assertEquals(
    stderr,
    `looop: ${runs[0].run_id.slice(0, 8)} is the beginning of 2 runs:\n` +
      `  ${runs[0].run_id}\n  ${runs[1].run_id}\n`,
  );
});

Deno.test("looop why of a dry run says that nothing was done", async () => {
  await using profile = await tempProfile();
  await tickOnce(profile, { decider: scripted(noop()).decide, dryRun: true });
  const { stdout } = await cliOn(profile, ["why"]);
  assertStringIncludes(stdout, "done       nothing: a dry run, or looop was stopped before\n");
  assertEquals(stdout.includes("missing"), false);
});

/** An answer of claude, with its cost. */
const answer = (move: Move) =>
  JSON.stringify({
    type: "result",
    subtype: "success",
    is_error: false,
    result: JSON.stringify(move),
    total_cost_usd: 0.0123,
    usage: { input_tokens: 1000, output_tokens: 50 },
  }) + "\n";

/** A profile with a read, a noop, a rule's ask, its approved move, and a failed decision. */
async function decided(): Promise<TempProfile> {
  const profile = await tempProfile({
    files: {
      "goals/tea.md": `---
goal: tea
rules:
  - name: red
    when: sensors.build == "red"
    do: {action: run, command: "git push; :"}
---
`,
      "sensors/build.sh": `#!/bin/sh\nprintf '{"signal":"%s"}' "$(cat build)"\n`,
      "build": "green",
    },
    config: { runner: "mine", runners: { mine: { tick: "cat next", output: "claude" } } },
  });
  const run: Move = { action: "run", command: "git log -1", journal: "read the log", goal: "tea" };
  await profile.write("next", answer(run));
  await tickOnce(profile);
  await profile.write("next", answer(noop({ more: false })));
  await tickOnce(profile);
  await profile.write("build", "red");
  await tickOnce(profile);
  const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
  await cliOn(profile, ["approve", id]);
  await tickOnce(profile);
  await profile.write("next", "");
  await profile.write("build", "blue");
  await tickOnce(profile);
  return profile;
}

/** The id of the ask that {@linkcode decided} approved. */
async function askOf({ paths }: TempProfile): Promise<string> {
  for await (const { name } of Deno.readDir(paths.asksClosed)) return name.replace(".json", "");
  throw new Error("no ask is closed");
}
