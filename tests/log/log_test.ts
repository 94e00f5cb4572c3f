import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { log, recordMove } from "../../src/log/log.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { alreadyJournaled } from "../../src/profile/journal.ts";
import { readIntent, writeIntent } from "../../src/profile/runs.ts";
import { readState } from "../../src/profile/state.ts";
import type { Intent, Outcome } from "../../src/schema/decision.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import { effectOf, type Move } from "../../src/schema/move.ts";
import { git, subjects } from "../support/git.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";
import { intentOf, NOOP } from "./intent_of.ts";

const MADE: Outcome = { status: "made", summary: "", paths: [] };

async function remembered(options: TempProfileOptions = {}): Promise<TempProfile> {
  const profile = await tempProfile(options);
  await ensureProfile(profile);
  return profile;
}

async function lastEvent(profile: TempProfile) {
  return JSON.parse((await profile.read("events.jsonl")).trimEnd().split("\n").at(-1)!);
}

async function seen(profile: TempProfile) {
  return {
    journal: await profile.read("journal.md"),
    state: await readState(profile),
    commits: await subjects(profile.paths.dataDir),
    dirty: await git(profile.paths.dataDir, "status", "--porcelain"),
  };
}

for (
  const [what, outcome] of [
    ["made", { status: "made", summary: "", paths: [] }],
    ["failed", { status: "failed", summary: "gone", paths: [] }],
  ] as [string, Outcome][]
) {
  Deno.test(`recordMove done twice with a ${what} move writes nothing twice`, async () => {
    await using profile = await remembered();
    // Half a surrogate pair and a line break, as a model may send them.
    const intent = intentOf({ ...NOOP, journal: "a \ud800 b\nc" });
    await writeIntent(profile, intent);
    const line = await recordMove(profile, intent, outcome);
    const once = await seen(profile);
    assertEquals(once.journal, `${line}\n`);
    assertEquals(once.commits, [line.slice(2), "First commit"]);
    assertEquals(once.dirty, "");
    assertEquals(await readIntent(profile), null);
    await writeIntent(profile, intent);
    assertEquals(await recordMove(profile, intent, outcome), line);
    assertEquals(await seen(profile), once);
    assertEquals(profile.warnings, []);
  });
}

Deno.test("recordMove marks what a tainted decision says, once, in journal and history", async () => {
  await using profile = await remembered();
  const intent = intentOf({ ...NOOP, journal: "~ was told to" }, { tainted: true });
  const outcome: Outcome = { status: "made", summary: "", paths: [] };
  const line = await recordMove(profile, intent, outcome);
  assertEquals(line.replace(/^- \S+ \S+/, ""), " ~ ~ was told to");
  await writeIntent(profile, intent);
  await recordMove(profile, intent, outcome);
  const { journal, commits } = await seen(profile);
  assertEquals([journal, commits], [`${line}\n`, [line.slice(2), "First commit"]]);
});

Deno.test("recordMove masks a secret in the journal, the commit and the event", async () => {
  const secret = "hunter2-hunter2";
  await using profile = await remembered({ env: { DEPLOY_TOKEN: secret } });
  const move: Move = { ...NOOP, journal: `logged in with ${secret}` };
  // A decider that is code gives a move whose text no runner has masked.
  const intent = intentOf(move, { by: "code", source: "code" });
  const outcome: Outcome = { status: "failed", summary: `${secret} was refused`, paths: [] };
  const text = "could not noop: logged in with [masked DEPLOY_TOKEN] " +
    "([masked DEPLOY_TOKEN] was refused)";
  const line = await recordMove(profile, intent, outcome);
  assertEquals(line.replace(/^- \S+ \S+ /, ""), text);
  const { journal, commits } = await seen(profile);
  assertEquals([journal, commits], [`${line}\n`, [line.slice(2), "First commit"]]);
  const history = await git(profile.paths.dataDir, "log", "-p", "--format=%B");
  assertEquals(history.includes(secret), false);
  assertEquals((await lastEvent(profile)).summary, "[masked DEPLOY_TOKEN] was refused");
});

for (
  const [what, intent, outcome, fields] of [
    [
      "a runner's move that was made",
      intentOf(),
      { status: "made", summary: "fine", paths: [] },
      {
        ...{ by: "runner", source: "claude", action: "noop", goal: null },
        ...{ verdict: "allow", rule: "test", status: "made", summary: "fine" },
      },
    ],
    [
      "a rule's move that policy denied",
      intentOf({ action: "run", command: "id", goal: "tea", journal: "x" }, {
        ...{ by: "rule", source: "tea/rule-1" },
        verdict: { then: "deny", rule: "no-id", why: "never" },
      }),
      { status: "denied", summary: "policy no-id: never", paths: [] },
      {
        ...{ by: "rule", source: "tea/rule-1", action: "run", goal: "tea" },
        ...{ verdict: "deny", rule: "no-id", status: "denied", summary: "policy no-id: never" },
      },
    ],
  ] as [string, Intent, Outcome, Record<string, unknown>][]
) {
  Deno.test(`recordMove appends a move event with the fields of ${what}`, async () => {
    await using profile = await remembered();
    await recordMove(profile, intent, outcome);
    const { ts, ...event } = await lastEvent(profile);
    assertEquals(new Date(ts).toISOString(), ts);
    assertEquals(event, { event: "move", run: intent.run_id, ...fields });
  });
}

Deno.test("recordMove writes down a move although no event can be", async () => {
  await using profile = await remembered();
  await Deno.mkdir(profile.paths.events);
  await writeIntent(profile, intentOf());
  await recordMove(profile, intentOf(), { status: "made", summary: "", paths: [] });
  assertEquals(await readIntent(profile), null);
  assertEquals(profile.warnings.length, 1);
});

Deno.test("recordMove commits exactly what the move wrote", async () => {
  await using profile = await remembered();
  for (const path of ["goals/tea.md", "goals/mine.md", "cost.jsonl"]) {
    await profile.write(path, "x");
  }
  await recordMove(profile, intentOf(), { ...MADE, paths: ["goals/tea.md"] });
  assertEquals(
    await git(profile.paths.dataDir, "show", "--format=%b", "--name-only", "HEAD"),
    `Looop-Run: ${intentOf().run_id}\nLooop-Move: noop made\nLooop-By: runner claude\n` +
      `Looop-Policy: allow test\n\n\ncost.jsonl\ngoals/tea.md\njournal.md\nstate.json`,
  );
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "?? goals/mine.md");
});

Deno.test("alreadyJournaled takes away a torn line, wherever it was torn, and nothing else", async () => {
  await using profile = await tempProfile();
  const line = "- 2026-11-23 09:30 tränk téa \u{1f375}";
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (const before of ["", "- older\n", "torn olde"]) {
    const start = new TextEncoder().encode(before).length;
    const end = before === "" || before.endsWith("\n") ? "" : "\n";
    for (let length = 0; length < bytes.length; length++) {
      const torn = [...new TextEncoder().encode(before + end), ...bytes.slice(0, length)];
      await profile.write("journal.md", new Uint8Array(torn));
      const whole = length === bytes.length - 1;
      assertEquals(await alreadyJournaled(profile, start, line), whole, `${length} bytes`);
      assertEquals(await profile.read("journal.md"), whole ? before + end + line : before);
    }
  }
});

Deno.test("alreadyJournaled leaves what a person wrote meanwhile", async () => {
  await using profile = await tempProfile({ files: { "journal.md": "- older\nmy note\n" } });
  assertEquals(await alreadyJournaled(profile, 8, "- 2026-11-23 09:30 x"), false);
  assertEquals(await profile.read("journal.md"), "- older\nmy note\n");
});

Deno.test("recordMove closes the asks that the decision saw", async () => {
  await using profile = await remembered();
  const ask = { id: "a1b2c3", kind: "question", question: "Tea?", asked_at: "t", run_id: "r" };
  const answered = { ...ask, answer: { text: "yes", at: "2026-11-23T09:30:00.000Z" } };
  await profile.write("asks/a1b2c3.json", JSON.stringify(answered));
  const intent: Intent = intentOf(NOOP, { closes: ["a1b2c3", "d4e5f6"] });
  await recordMove(profile, intent, { status: "made", summary: "", paths: [] });
  assertEquals(await Deno.stat(join(profile.paths.asks, "a1b2c3.json")).catch(() => null), null);
  assertEquals(JSON.parse(await profile.read("asks/closed/a1b2c3.json")), {
    ...answered,
    closed_by: intent.run_id,
  });
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
});

Deno.test("recordMove leaves the run of an ask that is closed already, and commits its removed file", async () => {
  await using profile = await remembered();
  const ask = {
    ...{ id: "a1b2c3", kind: "question", question: "Tea?", asked_at: "t", run_id: "r" },
    answer: { text: "yes", at: "2026-11-23T09:30:00.000Z" },
  };
  await profile.write("asks/a1b2c3.json", JSON.stringify(ask));
  await git(profile.paths.dataDir, "add", "asks");
  await git(profile.paths.dataDir, "commit", "-qm", "Asked");
  const closed = { ...ask, closed_by: "earlier" };
  await profile.write("asks/closed/a1b2c3.json", JSON.stringify(closed));
  await recordMove(profile, intentOf(NOOP, { closes: ["a1b2c3"] }), MADE);
  assertEquals(JSON.parse(await profile.read("asks/closed/a1b2c3.json")), closed);
  assertEquals(
    await git(profile.paths.dataDir, "show", "--format=", "--name-status", "--no-renames", "HEAD"),
    "D\tasks/a1b2c3.json\nA\tasks/closed/a1b2c3.json\nA\tjournal.md\nA\tstate.json",
  );
});

Deno.test("recordMove cuts the subject of the commit at 200 characters, and the journal line not", async () => {
  await using profile = await remembered();
  const line = await recordMove(profile, intentOf({ ...NOOP, journal: "x".repeat(400) }), MADE);
  assertMatch(line, /^- \S+ \S+ x{400}$/);
  assertEquals((await subjects(profile.paths.dataDir))[0], `${line.slice(2, 201)}…`);
});

Deno.test("recordMove sets a change aside at the third failure on it, with the reasons, and parks nothing", async () => {
  await using profile = await remembered();
  const failed: Outcome = { status: "failed", summary: "gone", paths: [] };
  const tried = (minute: number): Partial<Intent> => ({
    run_id: `20261123t09${minute}00-deadbeef`,
    at: `2026-11-23T09:${minute}:00.000Z`,
  });
  for (const minute of [31, 32, 33]) {
    await recordMove(profile, intentOf(NOOP, tried(minute)), failed);
  }
  const state = await readState(profile);
  assertEquals([state.parked, state.failure, state.again], [null, null, false]);
  assertEquals(state.baseline, intentOf().baseline);
  assertEquals(state.set_aside, [{
    run_id: "20261123t093300-deadbeef",
    effect: await sha256Hex(effectOf(NOOP)),
    ...{ what: "noop: looked around", why: "gone", denied: false, tries: 3, tainted: false },
    ...{ world: "w", change: { playbook: "1" }, config: profile.configDigest },
  }]);
  // As after a crash.
  await recordMove(profile, intentOf(NOOP, tried(33)), failed);
  assertEquals(await readState(profile), state);
});

Deno.test("recordMove stores the newest 50 runs", async () => {
  await using profile = await remembered();
  const names = Array.from({ length: 51 }, (_, index) => `20200101t0000${index + 10}-0000`);
  for (const name of names) await profile.write(`runs/${name}/prompt.md`, "x");
  await recordMove(profile, intentOf(), MADE);
  const left = [...Deno.readDirSync(profile.paths.runs)].map(({ name }) => name).sort();
  assertEquals(left, names.slice(1));
});

Deno.test("recordMove warns of an ended worker that it cannot archive, and goes on", async () => {
  await using profile = await remembered();
  await profile.write("workers/fix/worker.json", "{}");
  await writeIntent(profile, intentOf());
  await recordMove(profile, intentOf(NOOP, { ended: [{ id: "fix", generation: "g" }] }), MADE);
  assertEquals(profile.warnings.length, 1);
  assertMatch(profile.warnings[0], /worker\.json/);
  assertEquals([await readIntent(profile), (await lastEvent(profile)).event], [null, "move"]);
});

Deno.test("log leaves the intent while git cannot commit; recordMove clears it, and the next commit has the move", async () => {
  await using profile = await remembered();
  await writeIntent(profile, intentOf());
  await Deno.mkdir(`${profile.root}/bin`);
  await Deno.writeTextFile(`${profile.root}/bin/git`, "#!/bin/sh\nexit 1\n", { mode: 0o700 });
  const env = (name: string) => name === "PATH" ? `${profile.root}/bin` : profile.env(name);
  const outcome = { ...MADE, summary: "fine" };
  const line = await log({ ...profile, env }, intentOf(), outcome);
  assertEquals(profile.warnings.length, 1);
  assertEquals((await readIntent(profile))?.run_id, intentOf().run_id);
  const run = `runs/${intentOf().run_id}/outcome.json`;
  assertEquals(JSON.parse(await profile.read(run)), outcome);
  await recordMove({ ...profile, env }, intentOf(), outcome);
  assertEquals(await readIntent(profile), null);
  assertEquals(await subjects(profile.paths.dataDir), ["First commit"]);
  assertEquals(await log(profile, intentOf(), outcome), line);
  assertEquals(await subjects(profile.paths.dataDir), [line.slice(2), "First commit"]);
});

Deno.test("log clears the intent of a move that is committed", async () => {
  await using profile = await remembered();
  await writeIntent(profile, intentOf());
  await log(profile, intentOf(), MADE);
  assertEquals(await readIntent(profile), null);
});
