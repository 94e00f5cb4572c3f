import { assert, assertEquals, assertRejects } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { EMPTY_CURSOR, MAX_REMEMBERED, remember, unseen } from "../../src/inbox/attention.ts";
import { raiseAsk, raiseFlag } from "../../src/inbox/flags.ts";
import { waitForUser, type WaitForUserInput } from "../../src/inbox/wait.ts";
import { tryLock } from "../../src/os/lock.ts";
import { notePulseRun } from "../../src/profile/markers.ts";
import { writeState } from "../../src/profile/state.ts";
import type { AttentionItem } from "../../src/schema/ask.ts";
import { UserError } from "../../src/schema/errors.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";
import { tempWorker } from "./temp_worker.ts";

const question = (worker: string, text = "Tea?") => ({
  ...{ worker, generation: "g1", question: text },
});

/** What waits already, without waiting for more. */
async function look(profile: TempProfile, input: WaitForUserInput = {}) {
  const { items, cursor } = await waitForUser(profile, { timeoutMs: 1, ...input });
  return { kinds: items.map((item) => item.kind), items, cursor };
}

Deno.test("waitForUser tells each thing once, however often it is started", async () => {
  await using profile = await tempProfile();
  using _ = await tryLock(profile.paths.pulseLock);
  await tempWorker(profile, "fix-ci");
  await tempWorker(profile, "docs");
  const ask = await raiseAsk(profile, question("fix-ci"));
  const flag = await raiseFlag(profile, "docs", "have a look");
  const first = await look(profile);
  assertEquals(first.items.map(({ key: _, ...item }) => item), [
    {
      kind: "question",
      from: "worker fix-ci",
      text: "Tea?",
      ask: ask.id,
      worker: "fix-ci",
      options: undefined,
      at: ask.asked_at,
    },
    { kind: "flag", from: "worker docs", text: "have a look", worker: "docs", at: flag.at },
  ]);
  const since = first.cursor;
  assertEquals(await look(profile, { since }), { kinds: [], items: [], cursor: since });

  // Once more in a process that begins anew, with a clock that was set back by a year.
  const clock = { ...profile.clock, now: () => new Date("2025-11-23T09:00:00Z") };
  const back = { ...profile, clock };
  assertEquals((await look(back, { since })).kinds, []);
  await answerAsk(profile, ask.id, "yes");
  const again = await raiseAsk(back, question("fix-ci", "Coffee?"));
  const second = await look(back, { since });
  assertEquals(second.items.map((item) => "ask" in item && item.ask), [again.id]);
  assertEquals((await look(profile, { since: second.cursor })).kinds, []);
  assertEquals((await look(profile, { since: second.cursor, asksOnly: true })).kinds, []);
});

Deno.test("waitForUser returns at once when something new comes, and with nothing when time is up", async () => {
  await using profile = await tempProfile();
  using _ = await tryLock(profile.paths.pulseLock);
  await tempWorker(profile, "fix-ci");
  const started = performance.now();
  assertEquals((await look(profile, { timeoutMs: 200 })).items, []);
  assert(performance.now() - started >= 190);
  const waiting = waitForUser(profile, { timeoutMs: 30_000 });
  await raiseAsk(profile, question("fix-ci"));
  const { items, cursor } = await waiting;
  assertEquals(items.map((item) => item.text), ["Tea?"]);
  const flagged = waitForUser(profile, { since: cursor, timeoutMs: 30_000 });
  await tempWorker(profile, "docs");
  await raiseFlag(profile, "docs", "look");
  assertEquals((await flagged).items.map((item) => "worker" in item && item.worker), ["docs"]);
  const stop = new AbortController();
  const stopped = waitForUser(profile, { since: (await flagged).cursor, signal: stop.signal });
  stop.abort(new Error("told to stop"));
  await assertRejects(() => within("the end of the wait", stopped), Error, "told to stop");
});

Deno.test("waitForUser with asksOnly leaves flags, a stopped pulse and a parked loop for others", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "docs");
  await raiseFlag(profile, "docs", "look");
  const asksOnly = await look(profile, { asksOnly: true });
  assertEquals(asksOnly.kinds, []);
  assertEquals((await look(profile, { since: asksOnly.cursor })).kinds, ["flag", "pulse"]);
});

Deno.test("waitForUser tells of a stopped pulse once, and again when another one has stopped", async () => {
  await using profile = await tempProfile();
  const never = await look(profile);
  assertEquals(never.items, [
    { key: "pulse:never", kind: "pulse", from: "looop", text: "no pulse is running: looop" },
  ]);
  assertEquals((await look(profile, { since: never.cursor })).kinds, []);
  // A pulse that came and went while nobody waited.
  await notePulseRun(profile);
  const { kinds, cursor } = await look(profile, { since: never.cursor });
  assertEquals(kinds, ["pulse"]);
  assertEquals((await look(profile, { since: cursor })).kinds, []);
  const held = await tryLock(profile.paths.pulseLock);
  await notePulseRun(profile);
  const waiting = waitForUser(profile, { since: cursor, timeoutMs: 30_000 });
  held?.release();
  assertEquals((await waiting).items.map((item) => item.kind), ["pulse"]);
});

Deno.test("waitForUser tells of a parked loop once", async () => {
  await using profile = await tempProfile();
  using _ = await tryLock(profile.paths.pulseLock);
  const parked = { kind: "auth", why: "not logged in", world: "w", config: "c" } as const;
  await writeState(profile, { ...INITIAL_STATE, parked });
  const first = await look(profile);
  assertEquals(first.items.map(({ kind, text }) => [kind, text]), [["parked", "not logged in"]]);
  assertEquals((await look(profile, { since: first.cursor })).kinds, []);
  // An attempt that fails again is nothing new.
  const again = { ...parked, world: "another", until: "2026-11-23T10:00:00.000Z" };
  await writeState(profile, { ...INITIAL_STATE, parked: again });
  assertEquals((await look(profile, { since: first.cursor })).kinds, []);
  const since = "2026-11-23T09:30:00.000Z";
  const failure = { world: "w", count: 0, why: "not logged in", at: since, since };
  await writeState(profile, { ...INITIAL_STATE, parked: again, failure });
  assertEquals((await look(profile, { since: first.cursor })).kinds, ["parked"]);
});

Deno.test("waitForUser leaves out the flag of a worker that has ended, and refuses what is no cursor", async () => {
  await using profile = await tempProfile();
  using _ = await tryLock(profile.paths.pulseLock);
  await tempWorker(profile, "docs");
  await raiseFlag(profile, "docs", "look");
  await profile.write("workers/docs/exit.json", "{}");
  assertEquals((await look(profile)).kinds, []);
  for (const since of ["", "1", "2.", "1.xyz", "$(touch made)", `1.${"0".repeat(12_012)}`]) {
    await assertRejects(() => look(profile, { since }), UserError, "cannot use this cursor");
  }
});

Deno.test("a cursor is bounded, forgets only what is gone, and passes no item over", async () => {
  const items = (from: number, to: number): AttentionItem[] =>
    Array.from(
      { length: to - from },
      (_, i) => ({ key: `ask:${from + i}`, kind: "question", from: "looop", text: "" }),
    );
  const open = items(0, 10);
  let cursor = await remember(EMPTY_CURSOR, open, open);
  for (let round = 1; round <= 30; round++) {
    const all = [...open, ...items(round * 100, round * 100 + 100)];
    const fresh = await unseen(all, cursor);
    assertEquals(fresh.length, 100);
    cursor = await remember(cursor, all, fresh);
    assert(cursor.length <= 12_002);
    assertEquals(await unseen(all, cursor), []);
  }
  // More than it can hold: the rest is told when there is room.
  const many = items(10_000, 10_000 + MAX_REMEMBERED + 5);
  const part = await unseen(many, EMPTY_CURSOR);
  assertEquals(part.length, MAX_REMEMBERED);
  const full = await remember(EMPTY_CURSOR, many, part);
  assertEquals(await unseen(many, full), []);
  assertEquals(
    (await unseen(many.slice(5), full)).map((item) => item.key),
    many.slice(-5).map((item) => item.key),
  );
});
