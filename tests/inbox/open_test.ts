import { assertEquals, assertRejects } from "@std/assert";
import { answerAsk, rejectAsk } from "../../src/inbox/answer.ts";
import { findAsk, openAsks, writeAsk } from "../../src/inbox/asks.ts";
import { listDemands } from "../../src/inbox/attention.ts";
import { readFlag } from "../../src/inbox/flags.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { dismissAsk, openAsk, snoozeAsk } from "../../src/inbox/open.ts";
import { awaitAnswer } from "../../src/inbox/wait.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { UserError } from "../../src/schema/errors.ts";
import { localDay, localTime } from "../../src/schema/text.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { tempWorker } from "./temp_worker.ts";

const NOW = "2026-11-23T09:00:00.000Z";

function profileAt(): Promise<TempProfile> {
  return tempProfile({ clock: { now: () => new Date(NOW), sleep: () => Promise.resolve() } });
}

const question = (id: string, more: Partial<Ask> = {}): Ask => ({
  ...{ id, kind: "question", question: `${id}?`, asked_at: "2026-11-23T08:00:00.000Z" },
  ...{ run_id: "r1", ...more },
});

const approval = (id: string, expires_at: string, more: Partial<Ask> = {}): Ask => ({
  ...question(id),
  kind: "approval",
  approval: {
    move: { action: "run", command: "make", journal: "made it" },
    ...{ move_sha256: "0".repeat(64), digests: {}, preview: "$ make", expires_at },
  },
  ...more,
});

const journal = async (profile: TempProfile) =>
  (await profile.read("journal.md")).split("\n").filter((line) => line.startsWith("- "))
    .map((line) => line.replace(/^- \S+ \S+ /, ""));

Deno.test("openAsk finds an ask by the beginning of its id, and says where that is not enough", async () => {
  await using profile = await profileAt();
  for (const id of ["1a2b3c", "1a2fff", "wabcde"]) await writeAsk(profile, question(id));
  assertEquals((await openAsk(profile, "1a2b3c")).id, "1a2b3c");
  assertEquals((await openAsk(profile, "1A2b")).id, "1a2b3c");
  assertEquals((await openAsk(profile, "w")).id, "wabcde");
  const several = await assertRejects(() => openAsk(profile, "1a2"), UserError);
  assertEquals(several.message, "1a2 fits 2 asks: 1a2b3c, 1a2fff; give more of the id");
  for (const word of ["2", "", "1a2b3c0"]) {
    await assertRejects(() => openAsk(profile, word), UserError, `there is no ask ${word}: `);
  }
  await answerAsk(profile, "1a2f", "tea");
  assertEquals((await openAsk(profile, "1a2")).id, "1a2b3c");
  await assertRejects(() => openAsk(profile, "1a2fff"), UserError, "was already answered");
});

Deno.test("openAsks lists what expires soon, then what something waits for, then approvals, then questions", async () => {
  await using profile = await profileAt();
  const late = "2026-11-24T08:00:00.000Z";
  await writeAsk(profile, question("q1", { asked_at: "2026-11-23T07:00:00.000Z" }));
  await writeAsk(profile, approval("a1", late));
  await writeAsk(
    profile,
    question("w1", { worker: "fix-ci", asked_at: "2026-11-23T08:30:00.000Z" }),
  );
  await writeAsk(profile, question("b1", { hold: { budget: "usd_per_day", day: "2026-11-23" } }));
  await writeAsk(profile, approval("a2", "2026-11-23T09:59:00.000Z"));
  await writeAsk(profile, question("q2", { snoozed_until: "2026-11-23T09:00:01.000Z" }));
  await writeAsk(profile, question("q3", { snoozed_until: NOW }));
  const { asks, snoozed } = await openAsks(profile);
  assertEquals(asks.map(({ id }) => id), ["a2", "b1", "w1", "a1", "q1", "q3"]);
  assertEquals(snoozed.map(({ id }) => id), ["q2"]);
});

Deno.test("snoozeAsk keeps an ask from being announced until then, and announces it again after", async () => {
  let now = Date.parse(NOW);
  const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
  await using profile = await tempProfile({ clock });
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  const keys = async () => (await listDemands(profile)).map(({ key }) => key);
  assertEquals(await keys(), [`ask:${id}`]);
  const until = "2026-11-23T11:00:00.000Z";
  await snoozeAsk(profile, id.slice(0, 4), new Date(until));
  // Nor does its flag announce it.
  assertEquals(await keys(), []);
  now += 7_200_000;
  assertEquals(await keys(), [`ask:${id}:${until}`]);
  assertEquals((await answerAsk(profile, id, "yes")).answer?.text, "yes");
});

Deno.test("snoozeAsk refuses to put an approval off beyond its end, and what is not open", async () => {
  await using profile = await profileAt();
  const ask = approval("a1", "2026-11-23T12:00:00.000Z");
  await writeAsk(profile, ask);
  const error = await assertRejects(
    () => snoozeAsk(profile, "a1", new Date("2026-11-23T12:00:00.000Z")),
    UserError,
  );
  assertEquals(
    error.message,
    "cannot snooze a1 until 2026-11-23T12:00:00.000Z: it expires at 2026-11-23T12:00:00.000Z",
  );
  assertEquals(await findAsk(profile, "a1"), ask);
  await assertRejects(
    () => snoozeAsk(profile, "b1", new Date(NOW)),
    UserError,
    "there is no ask b1",
  );
});

Deno.test("dismissAsk closes an ask unanswered, with a journal line, and ends the wait of its worker", async () => {
  await using profile = await profileAt();
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  await writeAsk(profile, question("q1"));
  await dismissAsk(profile, id);
  await dismissAsk(profile, "q1");
  assertEquals((await findAsk(profile, id))?.closed_by, "dismissed");
  assertEquals(await readFlag(profile, "fix-ci"), null);
  assertEquals(await awaitAnswer(profile, id), {
    kind: "closed",
    why: `${id} is closed without an answer: the user closed it; decide yourself`,
  });
  assertEquals(await journal(profile), [
    `~ closed unanswered (${id}): worker fix-ci asked: Tea?`,
    "closed unanswered (q1): looop asked: q1?",
  ]);
  await assertRejects(() => dismissAsk(profile, id), UserError, "it is closed (dismissed)");
});

Deno.test("dismissAsk does not close the question about a budget, which would be asked again", async () => {
  await using profile = await profileAt();
  const hold = { budget: "usd_per_day", day: "2026-11-23" } as const;
  await writeAsk(profile, question("b1", { hold, options: ["lift it for today", "keep it"] }));
  const error = await assertRejects(() => dismissAsk(profile, "b1"), UserError);
  assertEquals(
    error.message,
    'cannot close b1: looop would ask again; run looop answer b1 "keep it"',
  );
});

Deno.test("a rejection is in the journal at once, with its reason, its taint and no secret", async () => {
  await using profile = await tempProfile({
    clock: { now: () => new Date(NOW), sleep: () => Promise.resolve() },
    env: { MY_TOKEN: "hunter2-hunter2" },
  });
  const late = "2026-11-24T08:00:00.000Z";
  for (const [id, tainted] of [["a1", undefined], ["a2", true], ["a3", undefined]] as const) {
    await writeAsk(profile, approval(id, late, { tainted }));
  }
  await rejectAsk(profile, "a1");
  await rejectAsk(profile, "a2", "not on\nmy machine");
  await answerAsk(profile, "a3", "deny: it has hunter2-hunter2");
  const at = new Date(NOW);
  const lines = (await profile.read("journal.md")).split("\n").filter((line) => line !== "");
  assertEquals(lines.at(-3), `- ${localDay(at)} ${localTime(at)} rejected run: made it (a1)`);
  assertEquals((await journal(profile)).slice(-2), [
    "~ rejected run: made it (a2: not on my machine)",
    "rejected run: made it (a3: it has [masked MY_TOKEN])",
  ]);
});
