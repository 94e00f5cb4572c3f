import { assertEquals } from "@std/assert";
import { recordMove } from "../../src/log/log.ts";
import { recoverMove } from "../../src/log/recover.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { writeIntent } from "../../src/profile/runs.ts";
import { readState, writeState } from "../../src/profile/state.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import { localDateTime } from "../../src/schema/text.ts";
import { subjects } from "../support/git.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { intentOf, NOOP } from "./intent_of.ts";

const SLOTS = ["a", "b"].map((name) => ({
  name,
  slot: "2026-11-23T09:00:00.000Z",
  next: "2026-11-24T09:00:00.000Z",
  missed: name === "a" ? "2 slots, 2026-11-21 09:00 to 2026-11-22 09:00 UTC" : null,
}));
const RECORD = {
  digest: "d",
  timing: "0 9 * * * UTC",
  handled: "2026-11-20T09:00:00.000Z",
  next: "2026-11-21T09:00:00.000Z",
};
const INTENT = intentOf(NOOP, { baseline: {}, fired: {}, slots: SLOTS });
const MADE = { status: "made" as const, summary: "fine", paths: [] };
const SKIPPED =
  "schedule a: skipped 2 slots, 2026-11-21 09:00 to 2026-11-22 09:00 UTC: a later one came";

async function profileWith() {
  const profile = await tempProfile();
  await ensureProfile(profile);
  await writeState(profile, { ...INITIAL_STATE, schedules: { a: RECORD, b: RECORD, c: RECORD } });
  await writeIntent(profile, INTENT);
  return profile;
}

Deno.test("recordMove writes the handled slots with the move, and a line of those that it skips, once", async () => {
  await using profile = await profileWith();
  for (let i = 0; i < 3; i++) await recordMove(profile, INTENT, MADE);
  const lines = (await profile.read("journal.md")).trim().split("\n");
  assertEquals(lines.map((line) => line.slice(19)), [SKIPPED, "looked around"]);
  const [{ slot: handled, next }] = SLOTS;
  const done = { ...RECORD, handled, next };
  assertEquals((await readState(profile)).schedules, { a: done, b: done, c: RECORD });
  assertEquals((await subjects(profile.paths.dataDir))[0].slice(17), "looked around");
});

// At each byte of both lines.
for (const length of [0, 10, 19, 60, 106, 107, 108, 120, 140]) {
  Deno.test(`recoverMove leaves each line once after a crash at byte ${length} of them`, async () => {
    await using profile = await profileWith();
    const stamp = `- ${localDateTime(INTENT.at)} `;
    await profile.write(
      "journal.md",
      `${stamp}${SKIPPED}\n${stamp}looked around\n`.slice(0, length),
    );
    await recoverMove(profile);
    const text = await profile.read("journal.md");
    const whole = text.split("\n").filter((line) =>
      /(UTC: a later one came|looked around)$/.test(line)
    );
    assertEquals(whole.map((line) => line.slice(19)), [SKIPPED, "looked around"]);
    assertEquals(text.split("\n").length, 3, text);
  });
}

Deno.test("recordMove leaves the slots of a move that failed, and of a rule's that was denied", async () => {
  for (
    const [by, status, left] of [
      ["runner", "failed", true],
      ["rule", "failed", true],
      ["rule", "denied", true],
      ["schedule", "failed", true],
      ["schedule", "denied", false],
      ["schedule", "interrupted", false],
      ["runner", "asked", false],
    ] as const
  ) {
    await using profile = await profileWith();
    await recordMove(profile, { ...INTENT, by }, { ...MADE, status });
    const { a } = (await readState(profile)).schedules;
    assertEquals(a.handled === RECORD.handled, left, `${by} ${status}`);
    assertEquals((await profile.read("journal.md")).includes(SKIPPED), !left, `${by} ${status}`);
  }
});
