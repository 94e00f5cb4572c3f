import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { listAsks } from "../../src/inbox/asks.ts";
import { recoverMove } from "../../src/log/recover.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { lock } from "../../src/os/lock.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { readIntent, writeIntent, writeRunFile } from "../../src/profile/runs.ts";
import { readState } from "../../src/profile/state.ts";
import { UserError } from "../../src/schema/errors.ts";
import type { Intent } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";
import { git, subjects } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";
import { intentOf } from "./intent_of.ts";

/** An intent as a crash leaves it, decided on an empty world. */
function interrupted(move: Move, more: Partial<Intent> = {}): Intent {
  return intentOf(move, { baseline: {}, fired: {}, source: "claude", ...more });
}

const writeTea: Move = {
  action: "write_goal",
  id: "tea",
  body: "---\ngoal: Drink tea\n---\n",
  journal: "a goal for tea",
};
const LINE = /^- \d{4}-\d\d-\d\d \d\d:\d\d a goal for tea\n$/;

async function agrees(profile: Awaited<ReturnType<typeof tempProfile>>): Promise<void> {
  assertEquals(await profile.read("goals/tea.md"), "---\ngoal: Drink tea\n---\n");
  assert(LINE.test(await profile.read("journal.md")), await profile.read("journal.md"));
  assertStringIncludes((await subjects(profile.paths.dataDir))[0], "a goal for tea");
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
  assertEquals(await Deno.stat(profile.paths.intent).catch(() => null), null);
  assertEquals(Object.keys((await readState(profile)).baseline ?? {}), ["goal:tea"]);
}

Deno.test("recoverMove makes a move that was only noted", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  await writeIntent(profile, interrupted(writeTea));
  await recoverMove(profile);
  await agrees(profile);
});

Deno.test("recoverMove writes down a move that was made but not journaled", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  await profile.write("goals/tea.md", "---\ngoal: Drink tea\n---\n");
  await writeIntent(profile, interrupted(writeTea));
  await recoverMove(profile);
  await agrees(profile);
});

for (const [what, length] of [["whole", 1000], ["half", 20], ["no", 0]] as const) {
  Deno.test(`recoverMove leaves one journal line where a crash left ${what} line`, async () => {
    await using profile = await tempProfile();
    await ensureProfile(profile);
    await writeIntent(profile, interrupted(writeTea));
    await recoverMove(profile);
    const line = await profile.read("journal.md");
    await Deno.writeTextFile(profile.paths.journal, line.slice(0, length));
    await writeIntent(profile, interrupted(writeTea));
    await recoverMove(profile);
    await agrees(profile);
  });
}

/** A profile with a move to finish. */
async function cutOff() {
  const profile = await tempProfile();
  await ensureProfile(profile);
  await writeIntent(profile, interrupted(writeTea));
  return profile;
}

Deno.test("recoverMove waits for a held move lock", async () => {
  await using profile = await cutOff();
  await using unhindered = await cutOff();
  const held = await lock(profile.paths.moveLock);
  let ended = false;
  const recovering = recoverMove(profile).then(() => ended = true);
  try {
    // Begun later, this one takes as long as the other would without the lock.
    await within("a recovery without a held lock", recoverMove(unhindered));
    assertEquals(ended, false);
    assertEquals(profile.warnings, []);
    assertEquals(await Deno.stat(profile.paths.journal).catch(() => null), null);
  } finally {
    held.release();
  }
  await within("a recovery after the lock's release", recovering);
  await agrees(profile);
});

Deno.test("recoverMove does nothing when the lock's holder has finished the move meanwhile", async () => {
  await using profile = await cutOff();
  const held = await lock(profile.paths.moveLock);
  const recovering = recoverMove(profile);
  try {
    await within("a recovery by the lock's holder", recoverMove(profile, { locked: true }));
  } finally {
    held.release();
  }
  await within("the recovery that waited", recovering);
  await agrees(profile);
  assertEquals(profile.warnings.length, 1);
});

Deno.test("recoverMove takes no lock when its caller holds it", async () => {
  await using profile = await cutOff();
  using _ = await lock(profile.paths.moveLock);
  await within("a recovery by the lock's holder", recoverMove(profile, { locked: true }));
  await agrees(profile);
});

Deno.test("recoverMove without an intent needs no lock", async () => {
  await using profile = await tempProfile();
  using _ = await lock(profile.paths.moveLock);
  await within("a recovery of nothing", recoverMove(profile));
  assertEquals(profile.warnings, []);
});

Deno.test("recoverMove twice at once writes one journal line and one commit", async () => {
  await using profile = await cutOff();
  await within("two recoveries", Promise.all([recoverMove(profile), recoverMove(profile)]));
  await agrees(profile);
  const made = (await subjects(profile.paths.dataDir)).filter((line) => line.includes("for tea"));
  assertEquals(made.length, 1);
  assertEquals(profile.warnings.length, 1);
});

Deno.test("recoverMove never repeats a command: its result is told as unknown, at once", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  const run: Move = { action: "run", command: "touch made", journal: "touched", more: false };
  await writeIntent(profile, interrupted(run, { argv: ["touch", "made"] }));
  const decider = scripted();
  await tickOnce(profile, { decider: decider.decide });
  assertEquals(await Deno.stat(join(profile.paths.dataDir, "made")).catch(() => null), null);
  assertStringIncludes(decider.prompts[0], "was interrupted; whether it took effect is unknown");
  assertStringIncludes(decider.prompts[0], "interrupted run, result unknown: touched");
});

Deno.test("recoverMove takes the outcome of a command that had ended", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  const run: Move = { action: "run", command: "echo hi", journal: "said hi" };
  const intent = interrupted(run, { argv: ["echo", "hi"] });
  await writeIntent(profile, intent);
  const outcome = { status: "made", summary: "exit 0", paths: [], exit_code: 0, output_tail: "hi" };
  await writeRunFile(profile, intent.run_id, "outcome.json", JSON.stringify(outcome));
  await recoverMove(profile);
  assertEquals((await readState(profile)).last_run, {
    run_id: intent.run_id,
    command: "echo hi",
    exit_code: 0,
    output_tail: "hi",
  });
});

Deno.test("recoverMove asks again for a command that was only to be asked for, and warns of what it completed", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  const run: Move = { action: "run", command: "touch made", journal: "touched" };
  const verdict = { then: "ask", rule: "r", why: "w" } as const;
  await writeIntent(profile, interrupted(run, { argv: ["touch", "made"], verdict }));
  await recoverMove(profile);
  const { asks: [ask] } = await listAsks(profile);
  assertEquals(ask.approval?.move, run);
  const line = (await profile.read("journal.md")).trimEnd();
  assertStringIncludes(line, " wants to run, ");
  assertEquals(profile.warnings, [`completed the interrupted move: ${line}`]);
});

Deno.test("recoverMove records an interrupted command as the last one, without a result", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  const run: Move = { action: "run", command: "touch made", journal: "touched", more: false };
  const intent = interrupted(run, { argv: ["touch", "made"] });
  await writeIntent(profile, intent);
  await recoverMove(profile);
  const { last_run, again } = await readState(profile);
  const { run_id } = intent;
  assertEquals(last_run, { run_id, command: "touch made", exit_code: null, output_tail: "" });
  assertEquals(again, true);
  const [event] = (await profile.read("events.jsonl")).trim().split("\n").slice(-1);
  const { status, summary } = JSON.parse(event);
  assertEquals([status, summary], [
    "interrupted",
    "looop ended during the command, or just before: its result is unknown",
  ]);
});

Deno.test("recoverMove removes half-written files of the crash, if there was one", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  const path = join(profile.paths.dataDir, ".state.json.0a1b2c3d.tmp");
  await Deno.writeTextFile(path, "half");
  const old = new Date(Date.now() - 3_700_000);
  await Deno.utime(path, old, old);
  await recoverMove(profile);
  assertEquals(await Deno.readTextFile(path), "half");
  await writeIntent(profile, interrupted(writeTea));
  await recoverMove(profile);
  assertEquals(await Deno.stat(path).catch(() => null), null);
});

Deno.test("recoverMove refuses an outcome that it cannot read, and says what to do", async () => {
  await using profile = await cutOff();
  await writeRunFile(profile, interrupted(writeTea).run_id, "outcome.json", "{");
  const error = await assertRejects(() => recoverMove(profile), UserError);
  assertStringIncludes(error.message, "Delete it: then the move is interrupted.");
  assert(await readIntent(profile));
});

Deno.test("recoverMove asks once: the question of a crashed tick is found again", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  const ask: Move = { action: "ask", question: "Tea?", journal: "asked" };
  for (let i = 0; i < 2; i++) {
    await writeIntent(profile, interrupted(ask));
    await recoverMove(profile);
  }
  const asks = [...Deno.readDirSync(profile.paths.asks)].filter(({ name }) =>
    name.endsWith(".json")
  );
  assertEquals(asks.length, 1);
});

Deno.test("readIntent refuses a length below 0 and a time that is none", async () => {
  await using profile = await tempProfile();
  for (const odd of [{ journal_bytes: -1 }, { at: "yesterday" }]) {
    await writeIntent(profile, interrupted(writeTea, odd));
    const error = await assertRejects(() => readIntent(profile), UserError);
    assertStringIncludes(error.message, `  \`${Object.keys(odd)[0]}\` must be `);
  }
});
