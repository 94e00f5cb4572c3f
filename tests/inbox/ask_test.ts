import { assert, assertEquals, assertRejects } from "@std/assert";
import { answerAsk, closeWorkerAsk, closeWorkerAsks } from "../../src/inbox/answer.ts";
import { findAsk, listAsks, writeAsk } from "../../src/inbox/asks.ts";
import { raiseAsk, raiseFlag, readFlag } from "../../src/inbox/flags.ts";
import { awaitAnswer } from "../../src/inbox/wait.ts";
import { UserError } from "../../src/schema/errors.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";
import { HOSTILE, tempWorker } from "./temp_worker.ts";

const question = "Squash or merge?";
const request = { worker: "fix-ci", generation: "g1", question };

Deno.test("raiseAsk raises the flag; the answer takes it down and unblocks awaitAnswer; closeWorkerAsk closes", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const ask = await raiseAsk(profile, { ...request, options: ["squash", "merge"], ref: "PR 7" });
  assertEquals(ask, {
    id: ask.id,
    kind: "question",
    question,
    options: ["squash", "merge"],
    ref: "PR 7",
    asked_at: ask.asked_at,
    run_id: "g1",
    worker: "fix-ci",
  });
  const flag = await readFlag(profile, "fix-ci");
  assertEquals({ ...flag, at: "" }, { note: question, at: "", ask: ask.id });
  const waiting = awaitAnswer(profile, ask.id, { timeoutMs: 30_000 });
  await answerAsk(profile, ask.id, "squash");
  assertEquals(await readFlag(profile, "fix-ci"), null);
  assertEquals(await waiting, { kind: "answered", text: "squash" });
  // Killed before it could print: the answer is found again.
  assertEquals((await raiseAsk(profile, request)).id, ask.id);
  assertEquals(await readFlag(profile, "fix-ci"), null);
  await closeWorkerAsk(profile, ask.id, "delivered");
  // Killed while it closed the ask: both files are there.
  await writeAsk(profile, { ...ask, answer: { text: "squash", at: ask.asked_at } });
  await closeWorkerAsk(profile, ask.id, "delivered");
  assertEquals((await findAsk(profile, ask.id))?.closed_by, "delivered");
  assertEquals((await listAsks(profile)).asks, []);
  // A process that a timed-out call left behind gets it all the same.
  assertEquals(await awaitAnswer(profile, ask.id), { kind: "answered", text: "squash" });
  const again = await raiseAsk(profile, request);
  assert(again.id !== ask.id);
  assertEquals((await readFlag(profile, "fix-ci"))?.ask, again.id);
});

for (const [what, text] of Object.entries(HOSTILE)) {
  Deno.test(`a question and an answer of ${what} arrive as they are`, async () => {
    await using profile = await tempProfile();
    await tempWorker(profile, "fix-ci");
    const ask = await raiseAsk(profile, { ...request, question: text });
    assertEquals((await findAsk(profile, ask.id))?.question, text);
    await answerAsk(profile, ask.id, text);
    assertEquals(await awaitAnswer(profile, ask.id), { kind: "answered", text });
  });
}

Deno.test("raiseAsk called 50 times at once with one question makes one ask", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const asks = await Promise.all(Array.from({ length: 50 }, () => raiseAsk(profile, request)));
  assertEquals(new Set(asks.map((ask) => ask.id)).size, 1);
});

Deno.test("50 workers ask, are answered and get their answers, each its own", async () => {
  await using profile = await tempProfile();
  const ids = Array.from({ length: 50 }, (_, i) => `w-${i}`);
  await Promise.all(ids.map((id) => tempWorker(profile, id)));
  const texts = await Promise.all(ids.map(async (worker) => {
    const ask = await raiseAsk(profile, { ...request, worker });
    const waiting = awaitAnswer(profile, ask.id, { timeoutMs: 60_000 });
    await answerAsk(profile, ask.id, `for ${worker}`);
    const answer = await waiting;
    await closeWorkerAsk(profile, ask.id, "delivered");
    return answer;
  }));
  assertEquals(texts, ids.map((id) => ({ kind: "answered", text: `for ${id}` })));
  assertEquals(await Promise.all(ids.map((id) => readFlag(profile, id))), ids.map(() => null));
  assertEquals((await listAsks(profile)).asks, []);
});

Deno.test("an older generation with the same id shares neither asks nor answers", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const old = await raiseAsk(profile, request);
  const own = await raiseAsk(profile, { ...request, generation: "g2" });
  assert(own.id !== old.id);
  assertEquals((await closeWorkerAsks(profile, "fix-ci", "g1")).map((ask) => ask.id), [old.id]);
  assertEquals((await readFlag(profile, "fix-ci"))?.ask, own.id);
  const kept = await findAsk(profile, old.id);
  assertEquals([kept?.closed_by, kept?.question], ["orphaned", question]);
  assertEquals(await within("a closed ask", awaitAnswer(profile, old.id)), {
    kind: "closed",
    why: `${old.id} is closed without an answer: orphaned`,
  });
  const error = await assertRejects(() => answerAsk(profile, old.id, "late"), UserError);
  assertEquals(
    error.message,
    `cannot answer ${old.id}: it is closed (worker fix-ci has ended)`,
  );
});

Deno.test("an answer to one of two asks of a worker leaves the flag up for the other", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const first = await raiseAsk(profile, request);
  const second = await raiseAsk(profile, { ...request, question: "Now?" });
  await raiseFlag(profile, "fix-ci", "a note of its own");
  assertEquals((await readFlag(profile, "fix-ci"))?.ask, second.id);
  await answerAsk(profile, second.id, "yes");
  assertEquals((await readFlag(profile, "fix-ci"))?.ask, first.id);
  await answerAsk(profile, first.id, "squash");
  assertEquals(await readFlag(profile, "fix-ci"), null);
});

Deno.test("awaitAnswer ends when time is up, when it is told to, and when the ask is gone", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, request);
  assertEquals(await awaitAnswer(profile, id, { timeoutMs: 50 }), { kind: "timeout" });
  const stop = new AbortController();
  const waiting = awaitAnswer(profile, id, { signal: stop.signal });
  stop.abort(new Error("told to stop"));
  await assertRejects(() => within("the end of the wait", waiting), Error, "told to stop");
  assertEquals(await within("an ask that is gone", awaitAnswer(profile, "nope")), {
    kind: "closed",
    why: "there is no ask nope any more",
  });
});

Deno.test("awaitAnswer sees an answer by polling where a watch sees nothing", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, request);
  const blind = { ...profile, paths: { ...profile.paths, asks: `${profile.root}/none` } };
  const waiting = awaitAnswer(blind, id, { timeoutMs: 30_000 });
  await answerAsk(profile, id, "seen");
  assertEquals(await waiting, { kind: "answered", text: "seen" });
});

Deno.test("raiseAsk refuses what it cannot put to a person", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const refused = async (more: Partial<Parameters<typeof raiseAsk>[1]>) =>
    (await assertRejects(() => raiseAsk(profile, { ...request, ...more }), UserError)).message;
  assertEquals(await refused({ question: " \n" }), "cannot ask for fix-ci: the question is empty");
  assertEquals(
    await refused({ question: "x".repeat(100_001) }),
    "cannot ask for fix-ci: the question has 100001 characters; the maximum is 100000",
  );
  assertEquals(
    await refused({ options: Array.from({ length: 11 }, (_, i) => `${i}`) }),
    "cannot ask for fix-ci: there are 11 options; the maximum is 10",
  );
  assertEquals(await refused({ options: ["a", ""] }), "cannot ask for fix-ci: an option is empty");
  assertEquals(
    await refused({ worker: "nobody" }),
    "there is no worker nobody: looop ls lists them",
  );
  assertEquals((await listAsks(profile)).asks, []);
});
