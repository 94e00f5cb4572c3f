import { renderAttention } from "../../src/cli/output/inbox.ts";
import { PLAIN } from "../../src/cli/output/view.ts";
import { localDateTime } from "../../src/schema/text.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { answerAsk, approveAsk, MAX_ANSWER, rejectAsk } from "../../src/inbox/answer.ts";
import { findAsk, writeAsk } from "../../src/inbox/asks.ts";
import { askToSetUp } from "../../src/inbox/setup_asks.ts";
import { listDemands } from "../../src/inbox/attention.ts";
import { tickOnce } from "../../src/loop/run.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { UserError } from "../../src/schema/errors.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

type Approval = NonNullable<Ask["approval"]>;

const NOW = "2026-11-23T09:00:00.000Z";

function profileAt(at = NOW): Promise<TempProfile> {
  return tempProfile({ clock: { now: () => new Date(at), sleep: () => Promise.resolve() } });
}

/** The approval that a tick asks for. */
async function asked(profile: TempProfile): Promise<Ask & { approval: Approval }> {
  const run = { action: "run", command: "touch made; :", journal: "made it" } as const;
  const result = await tickOnce(profile, { decider: scripted(run).decide });
  assert(result.outcome === "moved");
  const ask = await findAsk(profile, result.result.ask_id ?? "");
  assert(ask?.approval);
  return { ...ask, approval: ask.approval };
}

const BROKEN: [what: string, change: Partial<Approval>, why: string][] = [
  ["without a profile", { profile: undefined }, "it names no profile"],
  ["of another profile", { profile: "0".repeat(32) }, "it was requested in another profile"],
  ["whose move was changed", { move: noop() }, "its move was changed after it was requested"],
  [
    "that never ends",
    { expires_at: "2999-01-01T00:00:00.000Z" },
    "it would be valid for longer than",
  ],
];

for (const [what, change, why] of BROKEN) {
  Deno.test(`answerAsk refuses a "yes" to an approval ${what}, and accepts a "no"`, async () => {
    await using profile = await profileAt();
    const ask = await asked(profile);
    const broken: Ask = { ...ask, approval: { ...ask.approval, ...change } };
    await writeAsk(profile, broken);
    await assertRejects(() => answerAsk(profile, ask.id, "yes"), UserError, why);
    await assertRejects(() => approveAsk(profile, ask.id), UserError, why);
    assertEquals((await findAsk(profile, ask.id))?.answer, undefined);
    const answered = await answerAsk(profile, ask.id, "no");
    assertEquals(answered.answer, { text: "no", at: NOW });
    assertEquals((await findAsk(profile, ask.id))?.answer, { text: "no", at: NOW });
    await writeAsk(profile, broken);
    const reason = "no: not on my machine";
    assertEquals((await rejectAsk(profile, ask.id, reason.slice(4))).answer?.text, reason);
  });
}

Deno.test("an ask to set a program up is answered by its command alone", async () => {
  await using profile = await profileAt();
  await askToSetUp(profile, { runner: "claude", why: "Claude Code is not set up" });
  const [item] = await listDemands(profile);
  const id = item.ask ?? "";
  assertMatch(renderAttention([item], PLAIN), /\n {2}looop setup-agent claude\n$/);
  const why =
    `cannot answer ${id}: looop setup-agent claude does what it asks for; looop asks ${id} --close drops it`;
  for (const answer of [answerAsk, approveAsk, rejectAsk]) {
    const error = await assertRejects(() => answer(profile, id, "done"), UserError);
    assertEquals(error.message, why);
  }
  assertEquals((await findAsk(profile, id))?.answer, undefined);
});

Deno.test("rejectAsk without a reason answers no", async () => {
  await using profile = await profileAt();
  const { id } = await asked(profile);
  assertEquals((await rejectAsk(profile, id)).answer, { text: "no", at: NOW });
});

Deno.test("answerAsk writes one event", async () => {
  await using profile = await profileAt();
  const { id } = await asked(profile);
  await answerAsk(profile, id, "no");
  const events = (await profile.read("events.jsonl")).trim().split("\n").map((line) =>
    JSON.parse(line)
  ).filter(({ event }) => event === "answer");
  assertEquals(events, [{ ts: NOW, event: "answer", ask: id }]);
});

Deno.test("answerAsk accepts an answer of the longest length and no longer one", async () => {
  await using profile = await profileAt();
  const question = { action: "ask", question: "Which?", journal: "asked" } as const;
  const result = await tickOnce(profile, { decider: scripted(question).decide });
  assert(result.outcome === "moved");
  const id = result.result.ask_id ?? "";
  assertEquals(MAX_ANSWER, 100_000);
  const error = await assertRejects(() => answerAsk(profile, id, "x".repeat(100_001)), UserError);
  assertEquals(
    error.message,
    `cannot answer ${id}: it has 100001 characters; the maximum is 100000`,
  );
  const answer = "x".repeat(100_000);
  assertEquals((await answerAsk(profile, id, answer)).answer?.text, answer);
});

Deno.test("answerAsk names the answer an ask already has, cut to 80 characters", async () => {
  await using profile = await profileAt();
  const ask = await asked(profile);
  const { id } = ask;
  for (
    const [text, shown] of [
      ["Yes", "yes"],
      ["no", "no"],
      [`no: ${"x".repeat(100)}`, `no: ${"x".repeat(76)}`],
    ]
  ) {
    await writeAsk(profile, { ...ask, answer: { text, at: NOW } });
    for (const answer of [() => answerAsk(profile, id, "no"), () => rejectAsk(profile, id)]) {
      const error = await assertRejects(answer, UserError);
      assertEquals(error.message, `${id} was already answered on ${localDateTime(NOW)}: ${shown}`);
    }
  }
});

Deno.test("answerAsk names why an ask was closed, and refuses even a no", async () => {
  await using profile = await profileAt();
  const ask = await asked(profile);
  for (
    const [closed_by, worker, why] of [
      ["orphaned", "fix-ci", "worker fix-ci has ended"],
      ["withdrawn", undefined, "withdrawn"],
    ]
  ) {
    await writeAsk(profile, { ...ask, closed_by, worker });
    const error = await assertRejects(() => answerAsk(profile, ask.id, "no"), UserError);
    const text = `cannot answer ${ask.id}: it is closed (${why})`;
    assertEquals(error.message, text);
  }
});
