import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { tickOnce } from "../src/loop/run.ts";
import type { Move } from "../src/schema/move.ts";
import { claim, listClaims } from "../src/workers/claims.ts";
import { listEnded, listWorkers } from "../src/workers/list.ts";
import { eventually } from "./eventually.ts";
import { scripted } from "./scripted_decider.ts";
import { untilEnded, workerProfile } from "./workers/worker_profile.ts";

/** A profile whose workers run a shell command in place of an agent. */
const profileOf = (worker: string, more = {}) =>
  workerProfile({ config: { worker_runner: "sh", runners: { sh: { worker } }, ...more } });

const startFix: Move = {
  action: "start_worker",
  id: "fix-ci",
  prompt: "Mend the build.",
  journal: "started fix-ci",
  more: false,
};

Deno.test("a worker's whole life costs one decision to start it, and one when it ends", async () => {
  await using profile = await profileOf("sleep 1; echo done > reports/fix-ci.md");
  const decider = scripted(startFix);
  const run = async () => (await tickOnce(profile, { decider: decider.decide })).outcome;
  assertEquals(await run(), "moved");
  assertEquals(await run(), "idle");
  const [worker] = await listWorkers(profile);
  assertEquals([worker.id, worker.state, worker.runner], ["fix-ci", "running", "sh"]);
  assertStringIncludes(
    await Deno.readTextFile(join(profile.paths.workers, "fix-ci", "prompt.md")),
    "Mend the build.",
  );
  await claim(profile, "build", "fix-ci");
  await untilEnded(profile, "fix-ci");
  assertEquals(await run(), "moved");
  assertStringIncludes(decider.prompts[1], "worker fix-ci: done, runner sh, exit 0");
  assertStringIncludes(decider.prompts[1], "added worker:fix-ci");
  assertEquals((await listClaims(profile)).claims, []);
  assertEquals(await run(), "idle");
  assertEquals(decider.prompts.length, 2);
  assertEquals((await listEnded(profile)).map(({ id }) => id), ["fix-ci"]);
  assertStringIncludes(await profile.read("cost.jsonl"), `"kind":"worker","id":"fix-ci@`);
});

Deno.test("a done that its verify denies is not believed, and the decider is told", async () => {
  const verified: Move = { ...startFix, verify: "ls reports/nothing.md" } as Move;
  await using profile = await profileOf("true");
  const decider = scripted(verified);
  await tickOnce(profile, { decider: decider.decide });
  await untilEnded(profile, "fix-ci");
  await tickOnce(profile, { decider: decider.decide });
  assertStringIncludes(decider.prompts[1], "verify FAILED, so its work is not believed:");
});

Deno.test("stop_worker ends a worker, and that is no news to the loop", async () => {
  await using profile = await profileOf("sleep 60");
  const stop: Move = {
    action: "stop_worker",
    id: "fix-ci",
    reason: "enough",
    journal: "stopped it",
    more: false,
  };
  const decider = scripted(startFix, stop);
  await tickOnce(profile, { decider: decider.decide });
  await profile.write("PLAYBOOK.md", "# Stop it\n");
  const stopped = await tickOnce(profile, { decider: decider.decide });
  assert(stopped.outcome === "moved");
  assertEquals(stopped.result.summary, "stopped worker fix-ci");
  await eventually("it has ended", async () => !(await listWorkers(profile))[0]?.alive);
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  assertEquals(decider.prompts.length, 2);
});

Deno.test("start_worker refuses more than the budget, and a verify command that may write asks first", async () => {
  await using profile = await profileOf("sleep 60", { budget: { workers: 1 } });
  const decider = scripted(
    startFix,
    { ...startFix, id: "other", journal: "started other" } as Move,
  );
  await tickOnce(profile, { decider: decider.decide });
  await profile.write("PLAYBOOK.md", "# More\n");
  const second = await tickOnce(profile, { decider: decider.decide });
  assert(second.outcome === "moved");
  assertEquals(second.result.status, "failed");
  const writes: Move = { ...startFix, id: "third", verify: "make test" } as Move;
  const third = await tickOnce(profile, { decider: scripted(writes).decide });
  assert(third.outcome === "moved");
  const why = "its verify command: make is not on the read-only list";
  assertEquals(third.verdict, { then: "ask", rule: "run", why });
});

Deno.test("a worker that is stuck wakes the loop once", async () => {
  let now = new Date();
  await using profile = await workerProfile({
    config: { worker_runner: "sh", runners: { sh: { worker: "sleep 60" } } },
    clock: { now: () => now, sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
  });
  const decider = scripted(startFix);
  await tickOnce(profile, { decider: decider.decide });
  now = new Date(Date.now() + 16 * 60_000);
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  assertStringIncludes(decider.prompts[1], "worker fix-ci: stuck");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
});
