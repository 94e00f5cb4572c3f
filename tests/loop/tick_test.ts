import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { approveAsk } from "../../src/inbox/answer.ts";
import { closeAsk, findAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { tick } from "../../src/loop/tick.ts";
import { lock } from "../../src/os/lock.ts";
import { pause, resume } from "../../src/profile/markers.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { readIntent, writeIntent } from "../../src/profile/runs.ts";
import { readState } from "../../src/profile/state.ts";
import { intentOf } from "../log/intent_of.ts";
import { eventually } from "../support/eventually.ts";
import { git, subjects } from "../support/git.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** A profile with one sensor that prints what stands in the file `signal`. */
async function watching(signal: string): Promise<TempProfile> {
  const profile = await tempProfile({ files: { "sensors/light.sh": `#!/bin/sh\ncat signal\n` } });
  await shine(profile, signal);
  return profile;
}

function shine(profile: TempProfile, signal: string, detail = ""): Promise<void> {
  return profile.write("signal", JSON.stringify({ signal, detail }));
}

/** What must not change while nothing does: each durable file with its time, and the last commit. */
async function durable({ paths }: Profile): Promise<string[]> {
  const seen: string[] = [await git(paths.dataDir, "rev-parse", "HEAD")];
  for (const path of [paths.journal, paths.state, paths.ledger, paths.events, paths.intent]) {
    const stat = await Deno.stat(path).catch(() => null);
    seen.push(`${path} ${stat?.mtime?.getTime()} ${stat?.size}`);
  }
  return seen;
}

Deno.test("tick decides once for a change, then neither decides nor writes", async () => {
  await using profile = await watching("green");
  const decider = scripted();
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  const before = await durable(profile);
  for (let i = 0; i < 10; i++) {
    await shine(profile, "green", `reading ${i}`);
    assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  }
  assertEquals(decider.prompts.length, 1);
  assertEquals(await durable(profile), before);
});

Deno.test("tick in a fresh clone of the data dir decides nothing while the world is the same", async () => {
  await using profile = await watching("green");
  await tickOnce(profile, { decider: scripted().decide });
  await git(profile.paths.dataDir, "add", "signal");
  const clone = join(profile.root, "clone");
  await git(profile.root, "clone", "-q", profile.paths.dataDir, clone);
  await Deno.copyFile(join(profile.paths.dataDir, "signal"), join(clone, "signal"));
  await using other = await tempProfile();
  await Deno.remove(other.paths.dataDir, { recursive: true });
  await Deno.rename(clone, other.paths.dataDir);
  const decider = scripted();
  assertEquals((await tickOnce(other, { decider: decider.decide })).outcome, "idle");
  assertEquals(decider.prompts, []);
});

Deno.test("tick shows the decider what changed, from what to what", async () => {
  await using profile = await watching("green");
  const decider = scripted();
  await tickOnce(profile, { decider: decider.decide });
  await shine(profile, "red", "the build broke");
  await tickOnce(profile, { decider: decider.decide });
  assertStringIncludes(decider.prompts[1], "changed sensor:light\n  was green\n  now red\n");
  assertStringIncludes(decider.prompts[1], `{"detail":"the build broke","signal":"red"}`);
});

Deno.test("tick leaves one journal line, one commit with its run, and the run's files", async () => {
  await using profile = await watching("green");
  const move = {
    action: "write_goal",
    id: "tea",
    body: "---\ngoal: Drink tea\n---\n",
    journal: "a goal",
  } as const;
  const result = await tickOnce(profile, { decider: scripted(move).decide });
  assert(result.outcome === "moved");
  assertEquals(await profile.read("journal.md"), `${result.journal}\n`);
  assertEquals((await subjects(profile.paths.dataDir)).slice(0, 2), [
    result.journal.slice(2),
    "First commit",
  ]);
  const shown = await git(profile.paths.dataDir, "show", "--format=%b", "--name-only", "HEAD");
  assertEquals(shown.split("\n").filter(Boolean), [
    `Looop-Run: ${result.run_id}`,
    "Looop-Move: write_goal made",
    "Looop-By: code code",
    "Looop-Policy: allow write-goal",
    "goals/tea.md",
    "journal.md",
    "state.json",
  ]);
  const kept = [...Deno.readDirSync(join(profile.paths.runs, result.run_id))].map(({ name }) =>
    name
  ).sort();
  assertEquals(kept, [
    ...["decision.json", "outcome.json", "prompt.md", "verdict.json", "world.json"],
  ]);
});

Deno.test("tick wakes for what changed while it decided, also after more: false", async () => {
  await using profile = await watching("green");
  const decider = scripted(async () => {
    await shine(profile, "red");
    return noop({ more: false });
  });
  await tickOnce(profile, { decider: decider.decide });
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  assertEquals(decider.prompts.length, 2);
});

Deno.test("tick decides again after a move with more: true, and after another only once something changes", async () => {
  await using profile = await watching("green");
  const write = (id: string, more?: boolean) => ({
    ...{
      action: "write_goal",
      id,
      body: `---\ngoal: ${id}\n---\n`,
      journal: `wrote ${id}`,
      more,
    } as const,
  });
  const decider = scripted(write("a", true), write("b"));
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
});

Deno.test("tick never overwrites a goal that a person edited while it decided", async () => {
  await using profile = await watching("green");
  await profile.write("goals/tea.md", "---\ngoal: Drink tea\n---\n");
  const mine = "---\ngoal: Drink green tea\n---\n";
  const decider = scripted(async () => {
    await profile.write("goals/tea.md", mine);
    return {
      action: "write_goal",
      id: "tea",
      body: "---\ngoal: Drink coffee\n---\n",
      journal: "coffee",
    };
  });
  const result = await tickOnce(profile, { decider: decider.decide });
  assert(result.outcome === "moved");
  assertEquals(result.result.status, "failed");
  assertEquals(await profile.read("goals/tea.md"), mine);
  await tickOnce(profile, { decider: decider.decide });
  assertStringIncludes(
    decider.prompts[1],
    "goals/tea.md was changed since this was decided; it was not overwritten",
  );
});

Deno.test("tick commits what people edited before its move, on its own", async () => {
  await using profile = await watching("green");
  await tickOnce(profile, { decider: scripted().decide });
  await profile.write("PLAYBOOK.md", "# Mine\n");
  await tickOnce(profile, { decider: scripted().decide });
  const [move, edit] = await subjects(profile.paths.dataDir);
  assertStringIncludes(move, "looked around");
  assertEquals(edit, "Edits since the last move");
  assertEquals(
    await git(profile.paths.dataDir, "show", "--format=", "--name-only", "HEAD~1"),
    "PLAYBOOK.md",
  );
});

Deno.test("tick in a dry run says what it would do, and makes nothing", async () => {
  await using profile = await watching("green");
  await tickOnce(profile, { decider: scripted().decide });
  await shine(profile, "red");
  const before = await durable(profile);
  const ask = { action: "ask", question: "Red?", journal: "asked" } as const;
  const result = await tickOnce(profile, { decider: scripted(ask).decide, dryRun: true });
  assert(result.outcome === "planned");
  assertEquals(result.decision.move, ask);
  assertEquals(result.verdict.then, "allow");
  assertEquals(await durable(profile), before);
});

Deno.test("tick stops when told to, and leaves nothing of it", async () => {
  await using profile = await tempProfile({
    files: { "sensors/slow.sh": "#!/bin/sh\nsleep 30\n" },
  });
  const stop = new AbortController();
  const running = tick(profile, { signal: stop.signal, decider: scripted().decide });
  stop.abort();
  assertEquals(await running, { outcome: "stopped" });
});

Deno.test("tick that fails reports why, unless it was stopped", async () => {
  await using profile = await tempProfile();
  await Deno.remove(profile.paths.playbook);
  await Deno.mkdir(profile.paths.playbook);
  const decider = scripted().decide;
  await assertRejects(() => tick(profile, { decider }), Error, "PLAYBOOK.md");
  const signal = AbortSignal.abort();
  assertEquals(await tick(profile, { decider, signal }), { outcome: "stopped" });
});

Deno.test("tick completes an interrupted move although nothing changed, and while paused", async () => {
  await using profile = await watching("green");
  await tickOnce(profile, { decider: scripted().decide });
  for (const [expected, prepare] of [["idle", resume], ["paused", pause]] as const) {
    await writeIntent(profile, intentOf(noop(), { baseline: null, fired: null }));
    await prepare(profile);
    assertEquals((await tickOnce(profile, { decider: scripted().decide })).outcome, expected);
    assertEquals(await readIntent(profile), null);
  }
});

Deno.test("tick closes an ask about a budget of another day, and no other ask, but not in a dry run", async () => {
  await using profile = await watching("green");
  const ask = { kind: "question", question: "Lift?", asked_at: "t", run_id: "r" };
  const hold = { budget: "usd_per_day", day: "2026-01-01" };
  await profile.write("asks/h1.json", JSON.stringify({ ...ask, id: "h1", hold }));
  await profile.write("asks/q1.json", JSON.stringify({ ...ask, id: "q1" }));
  await tick(profile, { decider: scripted().decide, dryRun: true });
  assertEquals((await findAsk(profile, "h1"))?.closed_by, undefined);
  await tick(profile, { decider: scripted().decide });
  assertEquals((await findAsk(profile, "h1"))?.closed_by, "over");
  assertEquals((await findAsk(profile, "q1"))?.closed_by, undefined);
});

Deno.test("tick reports its move with run, hash and cost, whether it is applied or planned", async () => {
  await using profile = await watching("green");
  const dry = await tick(profile, { decider: scripted().decide, dryRun: true });
  const result = await tickOnce(profile, { decider: scripted().decide });
  assert(dry.outcome === "planned" && result.outcome === "moved");
  assertEquals([dry.hash, dry.decision, dry.verdict, dry.cost_usd], [
    result.hash,
    result.decision,
    result.verdict,
    result.cost_usd,
  ]);
  assertEquals([result.decision.by, result.cost_usd], ["code", 0]);
  assertEquals((await subjects(profile.paths.dataDir))[0].includes("looked around"), true);
  const { last_run, noop_at } = await readState(profile);
  assertEquals([last_run, noop_at === null], [null, false]);
});

Deno.test("tick admits a move by the policy, which knows what woke the loop and that code decided", async () => {
  await using profile = await watching("green");
  const when = `runner == "code" && "sensor:light" in changed && move.action == "noop"`;
  profile.config.policy = [{ name: "no-code", when, then: "deny" }];
  const result = await tickOnce(profile, { decider: scripted().decide });
  assert(result.outcome === "moved");
  assertEquals([result.verdict.rule, result.result.status], ["no-code", "denied"]);
  profile.config.runner = "none";
  const decider = scripted().decide;
  profile.config.policy = [{ name: "no-llm", when: `runner == "none"`, then: "deny" }];
  profile.configDigest = "another config";
  const next = await tickOnce(profile, { decider });
  assert(next.outcome === "moved");
  assertEquals(next.result.status, "made");
});

Deno.test("tick begins nothing when its approval is used meanwhile", async () => {
  await using profile = await watching("green");
  const run = { action: "run", command: "touch made", journal: "made it", more: false } as const;
  const asked = await tickOnce(profile, { decider: scripted(run).decide });
  assert(asked.outcome === "moved");
  const id = asked.result.ask_id ?? "";
  await approveAsk(profile, id);
  const held = await lock(profile.paths.moveLock);
  const ticking = tick(profile, { decider: scripted().decide });
  try {
    // It has decided, and waits for the lock.
    const runs = () => [...Deno.readDirSync(profile.paths.runs)].length;
    await eventually("its run is saved", () => runs() === 2);
    const ask = await findAsk(profile, id);
    assert(ask);
    await closeAsk(profile, ask, "another");
  } finally {
    held.release();
  }
  assertEquals((await ticking).outcome, "idle");
  assertEquals(await Deno.stat(join(profile.paths.dataDir, "made")).catch(() => null), null);
});
