import { assertEquals } from "@std/assert";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { recordNoMove } from "../../src/log/no_move.ts";
import { tryLock } from "../../src/os/lock.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { readState, writeState } from "../../src/profile/state.ts";
import type { Decided, DecideError } from "../../src/schema/decision.ts";
import { INITIAL_STATE, type State } from "../../src/schema/state.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
import type { Change } from "../../src/schema/world.ts";
import { worldOf } from "../decide/prompt/prompt_of.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";

const RUN = "20261123t093000-deadbeef";
const OLD = { "a/x": "1", "b/y": "2" };
const STATE: State = { ...INITIAL_STATE, fired: OLD, noop_at: "t" };

type NoMove = Exclude<Decided, { kind: "decided" }>;

async function prepared(options: TempProfileOptions = {}): Promise<TempProfile> {
  const profile = await tempProfile(options);
  await ensureProfile(profile);
  await writeState(profile, STATE);
  return profile;
}

function undecided(fired: Record<string, string> = OLD): NoMove {
  return { kind: "undecided", why: "no rule fired", fired, calls: [] };
}

const HELD: NoMove = {
  ...{ kind: "held", over: { budget: "usd_per_day", why: "all is spent" } },
  ...{ fired: OLD, calls: [] },
};

function failed(error: DecideError): NoMove {
  return {
    ...{ kind: "failed", error, tainted: true, fired: { "c/z": "3" } },
    calls: [{ runner: "mine", cost_usd: 0.5 }, { runner: "mine", cost_usd: 0.25 }],
  };
}

function record(
  profile: TempProfile,
  decided: NoMove,
  { keys = [], dryRun }: { keys?: string[]; dryRun?: boolean } = {},
): Promise<TickResult> {
  const changes = keys.map((key): Change => ({ key, kind: "added", lines: [], untrusted: false }));
  const comparison = { hash: "h", digests: {}, changes };
  const seen = { world: worldOf(), comparison, state: STATE };
  return within(
    "the record",
    recordNoMove(profile, { decided, runId: RUN, ...seen, cost_usd: 0.75, dryRun }),
  );
}

/** Changes when `state.json` is written. */
async function written({ paths }: TempProfile): Promise<number | null> {
  return (await Deno.stat(paths.state)).ino;
}

Deno.test("recordNoMove of an undecided tick reports what changed, and writes no state with the same rules fired", async () => {
  await using profile = await prepared();
  const before = await written(profile);
  const result = await record(profile, undecided({ "b/y": "2", "a/x": "1" }), { keys: ["k", "l"] });
  assertEquals(result, {
    ...{ outcome: "undecided", hash: "h", why: "no rule fired", changes: ["k", "l"] },
  });
  assertEquals(await written(profile), before);
});

for (const decided of [undecided({ "a/x": "9" }), { ...HELD, fired: { "a/x": "9" } }]) {
  Deno.test(`recordNoMove of ${decided.kind} writes the fired rules alone, in the present state`, async () => {
    await using profile = await prepared();
    await writeState(profile, { ...STATE, again: true });
    const before = await written(profile);
    await record(profile, decided, { dryRun: true });
    assertEquals(await written(profile), before);
    await record(profile, decided);
    assertEquals(await readState(profile), { ...STATE, again: true, fired: { "a/x": "9" } });
    using lock = await tryLock(profile.paths.moveLock);
    assertEquals(lock === null, false);
  });
}

Deno.test("recordNoMove of a tick over budget asks; its dry run finds the ask, without any lock", async () => {
  await using profile = await prepared();
  const held = (ask_id: string | null) => ({
    ...{ outcome: "held", hash: "h", why: "all is spent", ask_id },
  } as TickResult);
  assertEquals(await record(profile, HELD, { dryRun: true }), held(null));
  assertEquals((await listAsks(profile)).asks, []);
  const result = await record(profile, HELD);
  const { asks: [ask] } = await listAsks(profile);
  assertEquals([ask.run_id, result], [RUN, held(ask.id)]);
  {
    using _ = await tryLock(profile.paths.moveLock);
    assertEquals(await record(profile, HELD, { dryRun: true }), held(ask.id));
  }
  const answer = { text: "keep it", at: ask.asked_at };
  await profile.write(`asks/${ask.id}.json`, JSON.stringify({ ...ask, answer }));
  assertEquals(await record(profile, HELD), held(null));
});

const ASK = { kind: "question", question: "Tea?", asked_at: "t", run_id: "r" };
const ANSWER = { text: "yes", at: "2026-11-23T09:30:00.000Z" };

for (
  const [title, runner, dryRun, closed] of [
    ["closes the answers that changed, without an LLM", "none", false, [RUN, undefined]],
    ["leaves them in a dry run", "none", true, [undefined, undefined]],
    ["leaves them with an LLM", "claude", false, [undefined, undefined]],
  ] as const
) {
  Deno.test(`recordNoMove of an undecided tick ${title}`, async () => {
    await using profile = await prepared({ config: { runner } });
    for (const id of ["q1", "q2"]) {
      await profile.write(`asks/${id}.json`, JSON.stringify({ ...ASK, id, answer: ANSWER }));
    }
    await profile.write("asks/q3.json", JSON.stringify({ ...ASK, id: "q3" }));
    const used = { ...ASK, id: "q4", answer: ANSWER, closed_by: "earlier" };
    await profile.write("asks/closed/q4.json", JSON.stringify(used));
    const keys = ["sensor:q2", "answer:q1", "answer:q4", "answer:gone"];
    await record(profile, undecided(), { keys, dryRun });
    const found = await Promise.all(["q1", "q2"].map((id) => findAsk(profile, id)));
    assertEquals(found.map((ask) => ask?.closed_by), [...closed]);
    assertEquals((await findAsk(profile, "q3"))?.closed_by, undefined);
    assertEquals((await findAsk(profile, "q4"))?.closed_by, "earlier");
  });
}

Deno.test("recordNoMove needs the lock of the asks only to close one", async () => {
  await using profile = await prepared({ config: { runner: "none" } });
  using _ = await tryLock(profile.paths.asksLock);
  await record(profile, undecided(), { keys: ["sensor:git"] });
});

Deno.test("recordNoMove of a stopped tick writes nothing", async () => {
  await using profile = await prepared();
  const before = await written(profile);
  using _ = await tryLock(profile.paths.moveLock);
  const result = await record(profile, failed({ kind: "stopped", message: "m" }));
  assertEquals([result, await written(profile)], [{ outcome: "stopped" }, before]);
});

Deno.test("recordNoMove of a failed decision records it with its cost, masked", async () => {
  const secret = "hunter2-hunter2";
  await using profile = await prepared({ env: { DEPLOY_TOKEN: secret } });
  const expected = {
    ...{ outcome: "failed", hash: "h", run_id: RUN, cost_usd: 0.75, parked: null },
    error: { kind: "exit", message: "[masked DEPLOY_TOKEN] is wrong" },
  } as TickResult;
  const error: DecideError = { kind: "exit", message: `${secret} is wrong` };
  assertEquals(await record(profile, failed(error)), expected);
  const { failure, fired, tainted } = await readState(profile);
  assertEquals([failure?.world, failure?.why, fired, tainted], [
    "h",
    "[masked DEPLOY_TOKEN] is wrong",
    { "c/z": "3" },
    true,
  ]);
  const parked = await record(profile, failed({ kind: "auth", message: "no key" }));
  assertEquals(parked.outcome === "failed" && parked.parked?.why, "no key");
});

for (
  const decided of [HELD, undecided({ "c/z": "3" }), failed({ kind: "exit", message: "m" })]
) {
  Deno.test(`recordNoMove of ${decided.kind} waits for the move lock, and releases it`, async () => {
    await using profile = await prepared();
    const before = await written(profile);
    const held = await tryLock(profile.paths.moveLock);
    const recording = record(profile, decided);
    try {
      await using other = await prepared();
      // Begun later, this one takes as long as the other would without the lock.
      await record(other, decided);
      assertEquals([await written(profile), (await listAsks(profile)).asks], [before, []]);
    } finally {
      held?.release();
    }
    assertEquals((await recording).outcome, decided.kind);
    using free = await tryLock(profile.paths.moveLock);
    assertEquals(free === null, false);
  });
}
