import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import type { Move } from "../../src/schema/move.ts";
import { cliOn } from "../support/cli_on.ts";
import { askOf, decided } from "../support/decided_profile.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

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
  const since = `${runs[3].at}`;
  assertEquals(await list("--since", since), runs.filter(({ at }) => `${at}` >= since));
  assertEquals((await cliOn(profile, ["runs", "--since", "tomorrow"])).status, 2);
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
    "mine: exited with status 0 but printed no answer",
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
