import { assertEquals } from "@std/assert";
import { readDeliveries } from "../../src/inbox/deliveries.ts";
import { workerItem } from "../../src/inbox/conditions.ts";
import { surface } from "../../src/inbox/notify.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import type { Worker } from "../../src/schema/worker.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { tempWorker } from "./temp_worker.ts";

const worker = (more: Partial<Worker>): Worker => ({
  ...{ id: "fix-ci", generation: "g1", started_at: "2026-11-23T09:00:00.000Z", runner: "pi" },
  ...{ goal: null, run_id: null, verify: null, verify_access: NO_ACCESS, sandbox: "none" },
  ...{ wrapper: null, state: "running", alive: true, exit_code: null, flag: null },
  ...{ since: "2026-11-23T09:30:00.000Z", idle_s: 0, verification: null },
  ...more,
});

const ended = (more: Partial<Worker>) => worker({ alive: false, idle_s: null, ...more });

const failedVerify = { passed: false, exit_code: 2, output_tail: "" };

for (
  const [what, given, expected] of [
    ["is running", worker({}), null],
    ["waits, which its flag reports", worker({ state: "waiting" }), null],
    ["is done", ended({ state: "done", exit_code: 0 }), null],
    ["was killed by the user", ended({ state: "failed", exit_code: 137, killed: true }), null],
    [
      "failed",
      ended({ state: "failed", exit_code: 3 }),
      ["worker_failed", "worker fix-ci: it ended with exit status 3"],
    ],
    [
      "was stopped by looop",
      ended({ state: "failed", exit_code: 137, why: "it cost $2.10 of $2.00" }),
      ["worker_failed", "worker fix-ci: it cost $2.10 of $2.00"],
    ],
    [
      "is done, but not verified",
      ended({ state: "done", exit_code: 0, verification: failedVerify }),
      ["worker_failed", "worker fix-ci: its verify failed with exit status 2"],
    ],
    [
      "is lost",
      ended({ state: "lost" }),
      ["worker_failed", "worker fix-ci: it ended unexpectedly (crash or reboot)"],
    ],
    [
      "is stuck",
      worker({ state: "stuck" }),
      ["worker_stuck", "worker fix-ci: it has printed nothing for 15 minutes and asked nothing"],
    ],
    [
      "is at a usage limit",
      worker({ state: "limited" }),
      ["worker_limited", "worker fix-ci: a usage limit of its provider is reached"],
    ],
  ] as [string, Worker, [string, string] | null][]
) {
  Deno.test(`workerItem reports a worker that ${what} ${expected === null ? "not" : "so"}`, () => {
    const item = workerItem(given);
    assertEquals(item && [item.kind, item.text, item.worker], expected && [...expected, "fix-ci"]);
  });
}

Deno.test("workerItem knows the end of a worker again, and each time that it is stuck apart", () => {
  const key = (more: Partial<Worker>) => workerItem(worker(more))?.key;
  const end = { alive: false, state: "failed", exit_code: 1 } as const;
  assertEquals(key({ ...end, since: "2026-11-23T10:00:00.000Z" }), key(end));
  assertEquals(key(end) === key({ ...end, generation: "g2" }), false);
  assertEquals(
    key({ state: "stuck" }) === key({ state: "stuck", since: "2026-11-23T10:00:00.000Z" }),
    false,
  );
});

Deno.test("tickOnce notifies of a worker's end once, although the decision of that tick archives it", async () => {
  const notify = `echo "$LOOOP_KIND $LOOOP_WORKER" >>told`;
  await using profile = await tempProfile({ config: { notify }, history: false });
  await tempWorker(profile, "docs");
  const { decide: decider } = scripted();
  assertEquals((await tickOnce(profile, { decider })).outcome, "moved");
  await tickOnce(profile, { decider });
  await (await surface(profile)).done;
  assertEquals((await readDeliveries(profile)).pending, []);
  assertEquals(await profile.read("told"), "worker_failed docs\n");
});

Deno.test("surface reports a used-up budget with its own kind", async () => {
  const notify = `echo "$LOOOP_KIND $LOOOP_TEXT" >>told`;
  const budget = { decides_per_hour: 0, workers: 8, unknown_cost: "hold" } as const;
  await using profile = await tempProfile({
    config: { notify, budget, runner: "mine", runners: { mine: { tick: "cat" } } },
    history: false,
  });
  assertEquals((await tickOnce(profile)).outcome, "held");
  assertEquals((await profile.read("told")).split(":")[0], "over_budget Over budget");
});
