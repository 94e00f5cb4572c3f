import { assert, assertEquals } from "@std/assert";
import { isRunning, readLedger, sumSpend } from "../../src/budget/ledger.ts";
import { tickOnce } from "../../src/loop/run.ts";
import type { LedgerLine } from "../../src/schema/ledger.ts";
import type { Move } from "../../src/schema/move.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { continueWorker } from "../../src/workers/resume.ts";
import { pruneWorkers, removeUnstarted } from "../../src/workers/replace.ts";
import { checkBudget } from "../../src/workers/spending.ts";
import { startSession } from "../../src/workers/start.ts";
import { stopSession } from "../../src/workers/stop.ts";
import { cliOn } from "../support/cli_on.ts";
import { scripted } from "../support/scripted_decider.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { loseWorkers } from "./lose_worker.ts";
import { begin, resumingProfile, tend, untilLogged } from "./resuming_profile.ts";

/** An agent that writes down what the ledger has of it as it begins. */
const SEE = `cat cost.jsonl >>seen; echo --- >>seen; echo begun >>log; echo up; exec sleep 600`;
const SEEING = { mine: { worker: SEE, resume: SEE } };

async function ledgerOf(profile: TempProfile): Promise<LedgerLine[]> {
  const lines = [];
  for await (const some of readLedger(profile)) lines.push(...some);
  return lines;
}

/** Puts a directory in the place of the ledger, which then cannot be written. */
async function breakLedger(profile: TempProfile): Promise<void> {
  await Deno.remove(profile.paths.ledger).catch(() => undefined);
  await Deno.mkdir(profile.paths.ledger);
}

Deno.test("each session of a worker is in the ledger, with an unknown cost, before its agent begins", async () => {
  await using profile = await resumingProfile(SEEING);
  const worker = await begin(profile);
  const seen = async () =>
    (await profile.read("seen")).split("---\n").slice(0, -1).map((text) =>
      text.trimEnd().split("\n").map((line): LedgerLine => JSON.parse(line))
        .map(({ id, begun, cost_usd }): unknown[] => [id, begun, cost_usd])
    );
  const line: unknown[] = [`a@${worker.generation}`, true, null];
  await untilLogged(profile, "begun");
  assertEquals(await seen(), [[line]]);
  await loseWorkers(profile, worker);
  await tend(profile);
  profile.later(2);
  await tend(profile);
  await untilLogged(profile, "begun\nbegun");
  assertEquals(await seen(), [[line], [line, line]]);
  await loseWorkers(profile, (await listWorkers(profile))[0]);
  await continueWorker(profile, "a");
  await untilLogged(profile, "begun\nbegun\nbegun");
  assertEquals((await seen()).map((lines) => lines.length), [1, 2, 3]);
  const calls = (await ledgerOf(profile)).map(({ call }) => call);
  assertEquals(new Set(calls).size, 3);
  // While it lives, its records tell what it has cost; after its end, no session is left open.
  assertEquals((await sumSpend(profile)).total.calls, 0);
  await stopSession(profile, "a");
  await tend(profile);
  await tend(profile);
  const ended = await ledgerOf(profile);
  assertEquals(ended.map(({ begun = false, cost_usd }) => [begun, cost_usd]), [
    [false, null],
    [false, 0],
    [false, 0],
  ]);
});

for (
  const [what, begins] of [
    ["start-session", (profile) => cliOn(profile, ["start-session", "b", "Do it."])],
    [
      "a move",
      (profile) => {
        const move: Move = { action: "start_worker", id: "b", prompt: "p", journal: "started b" };
        return tickOnce(profile, { decider: scripted({ ...move, more: false }).decide });
      },
    ],
    ["continue", (profile) => cliOn(profile, ["continue", "a"])],
    ["the loop that continues a lost worker", (profile) => tend(profile)],
  ] as [string, (profile: TempProfile) => Promise<unknown>][]
) {
  Deno.test(`no agent begins by ${what} where the ledger cannot be written`, async () => {
    await using profile = await resumingProfile(SEEING);
    const worker = await begin(profile);
    await untilLogged(profile, "begun");
    await loseWorkers(profile, worker);
    await tend(profile);
    await breakLedger(profile);
    // The loop continues it after a minute, a user at once.
    if (what.startsWith("the loop")) profile.later(2);
    await begins(profile).catch(() => undefined);
    // An agent would begin within this time.
    await begin({ ...profile, paths: { ...profile.paths, ledger: `${profile.root}/other` } }, "c")
      .catch(() => undefined);
    const log = await profile.read("log");
    assert(log === "begun\nbegun\n", log);
    const alive = (await listWorkers(profile)).filter(({ state }) => state === "running");
    assertEquals(alive.map(({ id }) => id), ["c"]);
  });
}

Deno.test("a session whose worker has left nothing counts as an unknown cost, against day and goal", async () => {
  await using profile = await resumingProfile(SEEING);
  profile.config.budget = { ...profile.config.budget, usd_per_day: 5, unknown_cost: "hold" };
  const config = {
    ...profile.config,
    budget: { ...profile.config.budget, usd_per_day: undefined },
  };
  const worker = await startSession({ ...profile, config }, { id: "a", prompt: "p", goal: "tea" });
  assertEquals((await checkBudget(profile)).over, null);
  await loseWorkers(profile, worker);
  await Deno.remove(`${profile.paths.workers}/a`, { recursive: true });
  assertEquals((await checkBudget(profile)).over?.budget, "unknown_cost");
  assertEquals((await ledgerOf(profile)).map(({ goal }) => goal), ["tea"]);
  assertEquals((await sumSpend(profile)).by_goal.map(({ unknown_costs }) => unknown_costs), [1]);
});

Deno.test("a worker that is pruned before a tick has seen its end is in the ledger all the same", async () => {
  await using profile = await resumingProfile(SEEING);
  await begin(profile);
  await stopSession(profile, "a");
  assertEquals((await pruneWorkers(profile, { unseen: true })).removed, ["a"]);
  const lines = await ledgerOf(profile);
  assertEquals(lines.map(({ begun, cost_usd }) => [begun, cost_usd]), [[undefined, null]]);
});

Deno.test("a session that never got its environment costs nothing", async () => {
  await using profile = await resumingProfile();
  const worker = await startSession(profile, { id: "a", prompt: "p", runId: "r" });
  await loseWorkers(profile, worker);
  await Deno.remove(`${profile.paths.workers}/a/transcript`).catch(() => undefined);
  assertEquals(await removeUnstarted(profile, "a", "r"), true);
  assertEquals((await ledgerOf(profile)).map(({ begun, cost_usd }) => [begun, cost_usd]), [
    [undefined, 0],
  ]);
});

Deno.test("isRunning takes no session for a running one by an id that is no worker's", async () => {
  await using profile = await resumingProfile();
  const worker = await begin(profile);
  const [line] = await ledgerOf(profile);
  assertEquals(await isRunning(profile, line), true);
  for (const id of [`a@${worker.generation}x`, "a", "b@g1", `../workers/a@${worker.generation}`]) {
    assertEquals(await isRunning(profile, { ...line, id }), false, id);
  }
});
