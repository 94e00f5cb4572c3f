import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { listFleet } from "../../src/loop/fleet.ts";
import { readStatus } from "../../src/loop/status.ts";
import { pause } from "../../src/profile/markers.ts";
import type { Budget } from "../../src/schema/config.ts";
import { UserError } from "../../src/schema/errors.ts";
import type { Move } from "../../src/schema/move.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { reportCost } from "../../src/workers/meter.ts";
import { checkBudget } from "../../src/workers/spending.ts";
import { startSession } from "../../src/workers/start.ts";
import { cliOn } from "../support/cli_on.ts";
import { type BudgetProfile, budgetProfile, spent } from "../support/budget_profile.ts";
import { scripted } from "../support/scripted_decider.ts";
import { start, untilPrinted, workerProfile } from "../support/worker_profile.ts";

const SLEEP = "sleep 60 # {{usd_limit}}";

/** A profile whose workers run this command. */
function withWorkers(budget: Partial<Budget>, worker = SLEEP): Promise<BudgetProfile> {
  const runners = {
    mine: { tick: "echo >> calls; cat stream.jsonl", output: "claude" as const, worker },
  };
  const config = { runners, worker_runner: "mine" };
  return budgetProfile(budget, { config, history: false, make: workerProfile });
}

/** What one answer of a model leaves in the records of pi. */
async function writePiSession(profile: BudgetProfile, id: string, cost?: number): Promise<void> {
  const usage = {
    input: 1000,
    output: 10,
    ...(cost === undefined ? {} : { cost: { total: cost } }),
  };
  const message = { role: "assistant", model: "m", usage };
  const line = { type: "message", id: "1", timestamp: "t", message };
  await profile.write(`workers/${id}/pi-sessions/s.jsonl`, JSON.stringify(line) + "\n");
}

const startFix: Move = {
  action: "start_worker",
  id: "fix",
  prompt: "Mend it.",
  journal: "started fix",
  more: false,
};

Deno.test("a worker whose program's records reach usd_per_worker is stopped, and everybody is told", async () => {
  await using profile = await withWorkers({ usd_per_worker: 1 });
  await start(profile, "dear", "sleep 60", { runner: "pi" });
  await start(profile, "cheap", "sleep 60", { runner: "pi" });
  await writePiSession(profile, "dear", 0.25);
  await writePiSession(profile, "cheap", 0.25);
  const decider = scripted();
  await tickOnce(profile, { decider: decider.decide });
  assertEquals((await listWorkers(profile)).map(({ alive }) => alive), [true, true]);
  await writePiSession(profile, "dear", 1.23);
  const why = "stopped: it has cost $1.23 of $1.00 (budget.usd_per_worker)";
  assertEquals(
    (await tickOnce(profile, { dryRun: true, decider: decider.decide })).outcome,
    "planned",
  );
  assertEquals(
    (await listFleet(profile)).map(({ id, state, note }) => [id, state, note]),
    [["cheap", "running", null], ["dear", "killed", why]],
  );
  assertEquals((await readStatus(profile)).attention, [`looop logs dear: ${why}`]);
  assertStringIncludes(decider.prompts[1], `worker dear: killed, runner pi, exit 143, ${why}`);
  assertStringIncludes(
    await profile.read("events.jsonl"),
    `"worker":"dear","itself":false,"why":"${why}"`,
  );
  assertStringIncludes(await profile.read("cost.jsonl"), `"cost_usd":1.23`);
  await tickOnce(profile, { decider: decider.decide });
  // Archived, it still says so.
  assertEquals((await listFleet(profile, true))[0].note, why);
});

Deno.test("a worker that costs too much is stopped while the loop is paused, too", async () => {
  await using profile = await withWorkers({ usd_per_worker: 1 });
  await start(profile, "dear", "sleep 60", { runner: "pi" });
  await writePiSession(profile, "dear", 1.23);
  await pause(profile);
  assertEquals((await tickOnce(profile)).outcome, "paused");
  const [{ alive, why }] = await listWorkers(profile);
  assertEquals([alive, why], [
    false,
    "stopped: it has cost $1.23 of $1.00 (budget.usd_per_worker)",
  ]);
});

Deno.test("a worker that itself tells more than usd_per_worker is stopped", async () => {
  await using profile = await withWorkers({ usd_per_worker: 1 });
  const worker = await startSession(profile, { id: "fix", prompt: "Mend it." });
  await reportCost(profile, worker, 0.75);
  await tickOnce(profile, { decider: scripted().decide });
  assertEquals((await listWorkers(profile))[0].alive, true);
  await reportCost(profile, worker, 0.75);
  await tickOnce(profile, { dryRun: true, decider: scripted().decide });
  const [{ alive, why }] = await listWorkers(profile);
  assertEquals([alive, why], [
    false,
    "stopped: it has cost $1.50 of $1.00 (budget.usd_per_worker)",
  ]);
});

Deno.test("a worker of which nobody knows what it costs is stopped, unless that is ignored", async () => {
  for (const unknown_cost of ["hold", "ignore"] as const) {
    await using profile = await withWorkers({ usd_per_worker: 1, unknown_cost });
    await start(profile, "fix", "sleep 60", { runner: "pi" });
    await tickOnce(profile, { decider: scripted().decide });
    // It has not answered yet, so it has cost nothing.
    assertEquals((await listWorkers(profile))[0].alive, true);
    await writePiSession(profile, "fix");
    await tickOnce(profile, { dryRun: true, decider: scripted().decide });
    const [{ alive, why }] = await listWorkers(profile);
    assertEquals(
      [alive, why],
      unknown_cost === "ignore" ? [true, undefined] : [
        false,
        `stopped: its cost is unknown, and it may spend $1.00 (budget.usd_per_worker; ` +
        `budget.unknown_cost "ignore" lets it continue)`,
      ],
    );
  }
});

Deno.test("what living workers have cost so far counts toward the day", async () => {
  await using profile = await withWorkers({ usd_per_day: 5 });
  await profile.write("cost.jsonl", spent(1));
  await start(profile, "fix", "sleep 60", { runner: "pi" });
  await writePiSession(profile, "fix", 3);
  const status = await readStatus(profile);
  assertEquals([status.cost_today_usd, status.budget.spent_today_usd], [1, 1]);
  assertEquals(status.budget.running_workers_usd, 3);
  const { stdout } = await cliOn(profile, ["cost", "--json"]);
  assertEquals(JSON.parse(stdout).total.cost_usd, status.cost_today_usd);
  assertEquals((await tickOnce(profile)).outcome, "moved");
  await writePiSession(profile, "fix", 4.5);
  await profile.change();
  const held = await tickOnce(profile);
  assert(held.outcome === "held");
  assertEquals(
    held.why,
    "$5.50 of $5.00 is spent today, $4.50 of it by running workers (budget.usd_per_day)",
  );
});

Deno.test("a worker holds up no decision by an absurd cost, reported or recorded", async () => {
  await using profile = await withWorkers({ usd_per_day: 5 });
  const worker = await startSession(profile, { id: "own", prompt: "Mend it." });
  await start(profile, "fix", "sleep 60", { runner: "pi" });
  await reportCost(profile, worker, 100_000);
  for (const total of [1e9, 1e300]) {
    await writePiSession(profile, "fix", total);
    await profile.change();
    assertEquals((await tickOnce(profile)).outcome, "moved");
  }
  assertEquals((await readStatus(profile)).budget.unknown_costs_today, 0);
});

Deno.test("checkBudget counts what living workers have cost so far, and what ended ones did", async () => {
  await using profile = await withWorkers({ usd_per_day: 5, decides_per_hour: 1 });
  // One decision uses up decides_per_hour, which limits no worker.
  await profile.write(
    "cost.jsonl",
    spent(1, "08:45") + spent(0.25, "08:30", { kind: "worker", id: "old-1" }),
  );
  assertEquals(await checkBudget(profile, { dollarsOnly: true }), { over: null, usdLeft: 3.75 });
  await start(profile, "fix", "sleep 60", { runner: "pi" });
  await writePiSession(profile, "fix", 3);
  assertEquals(await checkBudget(profile, { dollarsOnly: true }), { over: null, usdLeft: 0.75 });
  await writePiSession(profile, "fix", 4);
  const why = "$5.25 of $5.00 is spent today, $4.00 of it by running workers (budget.usd_per_day)";
  assertEquals((await checkBudget(profile, { dollarsOnly: true })).over?.why, why);
  await assertRejects(
    () => startSession(profile, { id: "next", prompt: "p" }),
    UserError,
    `cannot start worker next: ${why}`,
  );
});

Deno.test("a living worker that never tells its price makes the day's cost unknown", async () => {
  await using profile = await withWorkers({ usd_per_day: 5 });
  await start(profile, "fix", "sleep 60", { runner: "pi" });
  await writePiSession(profile, "fix");
  // claude tells dollars a moment after tokens: the first minute proves nothing.
  assertEquals((await readStatus(profile)).budget.running_unknown_costs, 0);
  profile.at("09:01");
  assertEquals((await readStatus(profile)).budget.running_unknown_costs, 1);
  assertEquals((await tickOnce(profile)).outcome, "held");
});

Deno.test("no worker is started once the day's dollars are spent, nor by a person", async () => {
  await using profile = await withWorkers({ usd_per_day: 1 });
  await profile.write("cost.jsonl", spent(2));
  const why = "cannot start worker fix: $2.00 of $1.00 is spent today (budget.usd_per_day)";
  const moved = await tickOnce(profile, { decider: scripted(startFix).decide });
  assert(moved.outcome === "moved");
  assertEquals([moved.result.status, moved.result.summary], ["failed", why]);
  const request = { id: "fix", prompt: "Mend it." };
  await assertRejects(() => startSession(profile, request), UserError, why);
  profile.at("00:00", 1);
  assertEquals((await startSession(profile, request)).state, "running");
});

Deno.test("with a budget in dollars a runner that tells none starts no worker, unless unknown costs are ignored", async () => {
  for (const budget of [{ usd_per_day: 5 }, { usd_per_worker: 5 }]) {
    await using profile = await withWorkers(budget, "sleep 60");
    const request = { id: "fix", prompt: "Mend it." };
    await assertRejects(
      () => startSession(profile, request),
      UserError,
      "cannot start worker fix: the cost of mine would be unknown, and there is a budget in dollars; use another " +
        "runner, pass {{usd_limit}} to a command that respects it, or set budget.unknown_cost to " +
        `"ignore"`,
    );
    await Deno.mkdir(`${profile.env("HOME")}/.codex`, { recursive: true });
    await Deno.writeTextFile(`${profile.env("HOME")}/.codex/auth.json`, "{}");
    await Deno.mkdir(`${profile.root}/bin`);
    await Deno.writeTextFile(`${profile.root}/bin/codex`, "#!/bin/sh\nsleep 60\n", { mode: 0o700 });
    const path = `${profile.root}/bin:${profile.env("PATH")}`;
    const withCodex = {
      ...profile,
      env: (name: string) => name === "PATH" ? path : profile.env(name),
    };
    await assertRejects(
      () => startSession(withCodex, { ...request, runner: "codex" }),
      UserError,
      "the cost of codex would be unknown",
    );
    assertEquals(await listWorkers(profile), []);
    profile.setBudget({ ...budget, unknown_cost: "ignore" });
    assertEquals((await startSession(profile, request)).state, "running");
  }
});

Deno.test("a worker's command is told the dollars that it may cost, no more than the day has left", async () => {
  const tell = `printf 'limit %s %s.\\n' "$LOOOP_USD_LIMIT" {{usd_limit}}; sleep 60`;
  await using profile = await withWorkers({ usd_per_worker: 0.5 }, tell);
  await startSession(profile, { id: "one", prompt: "p" });
  await untilPrinted(profile, "one", /limit 0\.5 0\.5\./);
  await profile.write("cost.jsonl", spent(0.75));
  profile.setBudget({ usd_per_day: 1, usd_per_worker: 0.5 });
  await startSession(profile, { id: "two", prompt: "p" });
  await untilPrinted(profile, "two", /limit 0\.25 0\.25\./);
  profile.setBudget({});
  await startSession(profile, { id: "three", prompt: "p" });
  await untilPrinted(profile, "three", /limit {2}\./);
});
