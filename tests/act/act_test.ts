import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { act } from "../../src/act/act.ts";
import { effectOf, writeOf } from "../../src/admit/action.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { NO_ACTION } from "../../src/schema/action.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import type { Intent, Outcome } from "../../src/schema/decision.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { commandAs, runAs, workerAs } from "../support/run_as.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { workerProfile } from "../support/worker_profile.ts";

Deno.test("runCommand starts a simple command without a shell, all others in bash", async () => {
  await using profile = await tempProfile({ env: { BASH_ENV: "/nowhere" } });
  const argv = ["printf", "%s|", "a b", "$HOME", "*"];
  assertEquals(await runAs(profile, argv), {
    exit_code: 0,
    output_tail: "a b|$HOME|*|",
    paths: [],
    status: "made",
    summary: "exit 0",
  });
  const { exit_code, output_tail } = await runAs(
    profile,
    `echo "$PWD"; echo no >&2; exit 3`,
  );
  // Two pipes, either of which may be read first.
  assertEquals([exit_code, output_tail?.split("\n").sort()], [3, [profile.paths.dataDir, "no"]]);
});

Deno.test("runCommand keeps the last 2,048 characters, without control sequences", async () => {
  await using profile = await tempProfile();
  const { output_tail = "" } = await runAs(
    profile,
    `seq 1 5000; printf '\\e[31mrüt\\e[0m\\a\\r\\n\\tend\\0'`,
  );
  assertEquals([output_tail.length, output_tail.slice(-15)], [
    2048,
    "\n4999\n5000\nrüt\n\tend".slice(-15),
  ]);
});

Deno.test("runCommand that is stopped is interrupted", async () => {
  await using profile = await tempProfile();
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const { status, summary } = await runAs(profile, "sleep 60", { signal: stop.signal });
  assertEquals([status, summary], ["interrupted", "was stopped before it ended"]);
});

Deno.test("runCommand gives a command no pager and no colours, and the variables of its rule", async () => {
  await using profile = await tempProfile({ env: { DEPLOY_KEY: "k", OTHER: "o" } });
  const access = { ...NO_ACCESS, env: ["DEPLOY_KEY"] };
  const { output_tail } = await runAs(
    profile,
    'echo "$PAGER $GIT_PAGER $NO_COLOR $TERM"; env | grep -c -e ^DEPLOY_KEY= -e ^OTHER=',
    { access },
  );
  assertEquals(output_tail, "cat cat 1 dumb\n1");
});

for (
  const [sandbox, status, summary] of [
    ["none", "made", "exit 1"],
    ["bwrap", "failed", "the sandbox could not be made: bwrap: no room"],
  ] as const
) {
  Deno.test(`runCommand in the sandbox ${sandbox} takes a message of bwrap for: ${summary}`, async () => {
    await using profile = await tempProfile({ config: { sandbox } });
    const bin = join(profile.root, "bin");
    await Deno.mkdir(bin);
    const fail = "#!/bin/sh\necho 'bwrap: no room' >&2\nexit 1\n";
    await Deno.writeTextFile(join(bin, "bwrap"), fail, { mode: 0o700 });
    const path = `${bin}:${profile.env("PATH")}`;
    const outcome = await runAs(
      { ...profile, env: (name) => name === "PATH" ? path : profile.env(name) },
      [join(bin, "bwrap")],
    );
    const output_tail = "bwrap: no room";
    assertEquals(outcome, { exit_code: 1, output_tail, paths: [], status, summary });
  });
}

/** What was decided, in a profile whose files were seen as they are. */
function intentOf(move: Move, more: Partial<Intent> = {}): Intent {
  return {
    ...{ run_id: "r-1", at: "2026-11-23T09:30:00.000Z", by: "runner", source: "pi", move },
    ...{
      verdict: { then: "allow", rule: "all", why: "it may" },
      action: { ...NO_ACTION, write: writeOf(move, more.tainted ?? false), effect: effectOf(move) },
      tainted: false,
      slots: [],
    },
    ...{
      digests: {},
      world: "w",
      baseline: null,
    },
    ...{ fired: null, closes: [], ended: [], journal_bytes: 0, ...more },
  };
}

async function seenIn(profile: TempProfile, ...paths: string[]): Promise<Intent["digests"]> {
  const digests = paths.map(async (path) => [path, await sha256Hex(await profile.read(path))]);
  return Object.fromEntries(await Promise.all(digests));
}

const journal = "x";
const GOAL = "---\ngoal: Tea\n---\n";
const made = (summary: string, ...paths: string[]): Outcome => ({
  ...{ status: "made", summary, paths },
});

for (
  const [move, outcome, written] of [
    [{ action: "noop", reason: "all is well", journal }, made("all is well"), {}],
    [
      { action: "run", command: "echo hi > out; pwd >&2; echo hi", journal },
      { ...made("exit 0"), exit_code: 0, output_tail: "DATA\nhi" },
      { out: "hi\n" },
    ],
    [
      { action: "write_goal", id: "new", body: GOAL, journal },
      { ...made("wrote goals/new.md", "goals/new.md"), content: GOAL },
      { "goals/new.md": GOAL },
    ],
    [
      { action: "archive_goal", id: "tea", journal },
      made("moved goals/tea.md to goals/archive/tea.md", "goals/tea.md", "goals/archive/tea.md"),
      { "goals/archive/tea.md": GOAL },
    ],
    [
      { action: "write_sensor", name: "new.sh", script: "#!/bin/sh\n", journal },
      made("wrote sensors/new.sh", "sensors/new.sh"),
      { "sensors/new.sh": "#!/bin/sh\n" },
    ],
    [
      { action: "remove_sensor", name: "git.sh", journal },
      made("removed sensors/git.sh", "sensors/git.sh"),
      { "sensors/git.sh": null },
    ],
    [
      { action: "write_playbook", body: "# New\n", journal },
      made("wrote PLAYBOOK.md", "PLAYBOOK.md"),
      { "PLAYBOOK.md": "# New\n" },
    ],
  ] as [Move, Outcome, Record<string, string | null>][]
) {
  Deno.test(`act applies ${move.action}`, async () => {
    const files = { "goals/tea.md": GOAL, "sensors/git.sh": "#!/bin/sh\n" };
    await using profile = await tempProfile({ files });
    const digests = await seenIn(profile, "goals/tea.md", "sensors/git.sh", "PLAYBOOK.md");
    const { output_tail, ...got } = await act(
      profile,
      intentOf(move, {
        digests,
        ...(move.action === "run" && {
          action: { ...NO_ACTION, command: commandAs(profile, move.command) },
        }),
      }),
    );
    // Which of stdout and stderr is read first is left to chance.
    const tail = output_tail?.replaceAll(profile.paths.dataDir, "DATA").split("\n").sort().join(
      "\n",
    );
    assertEquals({ ...got, ...(tail !== undefined && { output_tail: tail }) }, outcome);
    for (const [path, text] of Object.entries(written)) {
      assertEquals(await profile.read(path).catch(() => null), text);
      if (text === null || !path.startsWith("sensors/")) continue;
      const { mode } = await Deno.stat(join(profile.paths.dataDir, path));
      assertEquals(mode! & 0o777, 0o700);
    }
  });
}

Deno.test("act marks a goal of a tainted decision, and reports what it wrote", async () => {
  await using profile = await tempProfile();
  const move: Move = { action: "write_goal", id: "new", body: GOAL, journal };
  const content = "---\nuntrusted: true\ngoal: Tea\n---\n";
  assertEquals((await act(profile, intentOf(move, { tainted: true }))).content, content);
  assertEquals(await profile.read("goals/new.md"), content);
});

Deno.test("act asks the user once, also where it is repeated after a crash", async () => {
  const clock = { now: () => new Date("2026-11-23T10:00:00.000Z"), sleep: () => Promise.resolve() };
  await using profile = await tempProfile({ clock });
  const move: Move = {
    action: "ask",
    question: "Tea?",
    options: ["yes"],
    ref: "goal tea",
    journal,
  };
  const id = (await sha256Hex("ask r-1")).slice(0, 6);
  for (const tainted of [true, false]) {
    assertEquals(await act(profile, intentOf(move, { tainted })), {
      ...{ status: "made", summary: `asked ${id}`, paths: [`asks/${id}.json`], ask_id: id },
    });
    assertEquals(await findAsk(profile, id), {
      ...{ id, kind: "question", question: "Tea?", options: ["yes"], ref: "goal tea" },
      ...{ asked_at: "2026-11-23T10:00:00.000Z", run_id: "r-1", tainted: true },
    });
  }
});

Deno.test("act applies nothing that policy denies or wants approved", async () => {
  await using profile = await tempProfile();
  const move: Move = { action: "write_playbook", body: "# New\n", journal };
  const digests = await seenIn(profile, "PLAYBOOK.md");
  const as = (then: "ask" | "deny") =>
    act(profile, intentOf(move, { digests, verdict: { then, rule: "mine", why: "not today" } }));
  assertEquals(await as("deny"), {
    ...{ status: "denied", summary: "policy mine: not today", paths: [] },
  });
  const { status, ask_id = "", ...asked } = await as("ask");
  assertEquals([status, asked], ["asked", {
    ...{ summary: `needs your approval: ${ask_id}`, paths: [`asks/${ask_id}.json`] },
    title: "write PLAYBOOK.md",
  }]);
  assertEquals((await findAsk(profile, ask_id))?.approval?.move, move);
  assertEquals(await profile.read("PLAYBOOK.md"), "# Playbook\n");
});

Deno.test("act makes an error an outcome, and masks the summary", async () => {
  await using profile = await tempProfile({ env: { API_KEY: "hush-hush-1234" } });
  const noop: Move = { action: "noop", reason: "it is hush-hush-1234", journal };
  assertEquals(await act(profile, intentOf(noop)), made("it is [masked API_KEY]"));
  await profile.write("goals/tea.md/x", "x");
  const move: Move = { action: "write_goal", id: "tea", body: GOAL, journal };
  const failed = await act(profile, intentOf(move));
  assertEquals([failed.status, failed.paths], ["failed", []]);
  assertStringIncludes(failed.summary, "goals/tea.md");
});

Deno.test("act interrupts a command whose signal fires", async () => {
  await using profile = await tempProfile();
  const move: Move = { action: "run", command: "sleep 60", journal };
  const action = { ...NO_ACTION, command: commandAs(profile, ["sleep", "60"]) };
  const { status } = await act(profile, intentOf(move, { action }), AbortSignal.timeout(50));
  assertEquals(status, "interrupted");
});

Deno.test("act starts a worker once for a run, again for another, and stops it", async () => {
  await using profile = await workerProfile({
    config: { runners: { sh: { worker: 'eval "$(tail -n 1 {{prompt_file}})"' } } },
  });
  const start: Move & { action: "start_worker" } = {
    ...{ action: "start_worker", id: "fix", prompt: "sleep 300", runner: "sh", journal },
    ...{ verify: "true", goal: "tea" },
  };
  const action = workerAs(profile, start, { verify: commandAs(profile, ["true"]) });
  const generation = async () => (await listWorkers(profile))[0].generation;
  const started = made("started worker fix");
  assertEquals(await act(profile, intentOf(start, { action })), started);
  const first = await generation();
  const [{ goal, verify, run_id, alive }] = await listWorkers(profile);
  assertEquals([goal, verify, run_id, alive], ["tea", "true", "r-1", true]);
  assertEquals(await act(profile, intentOf(start, { action })), started);
  assertEquals(await generation(), first);
  const other = await act(profile, intentOf(start, { action, run_id: "r-2" }));
  assertEquals(other.status, "failed");
  assertStringIncludes(other.summary, "worker fix is running already");

  const stop: Move = { action: "stop_worker", id: "fix", reason: "x", journal };
  const news = { exit_code: 143, generation: first, state: "killed", verified: null };
  assertEquals(await act(profile, intentOf(stop)), {
    ...made("stopped worker fix"),
    content: JSON.stringify(news),
  });
  assertEquals((await act(profile, intentOf(stop))).summary, "worker fix had ended before");
  await act(profile, intentOf(start, { action, run_id: "r-2" }));
  assertEquals(await generation() === first, false);
});
