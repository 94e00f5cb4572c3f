import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { answerAsk } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { pulse } from "../../src/loop/pulse.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { isPresent } from "../../src/os/stat.ts";
import type { Move } from "../../src/schema/move.ts";
import { claim, listClaims } from "../../src/workers/claims.ts";
import { listEnded, listWorkers } from "../../src/workers/list.ts";
import { stopSession } from "../../src/workers/stop.ts";
import { eventually } from "../support/eventually.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { marked, output, start, untilEnded, workerProfile } from "../support/worker_profile.ts";

Deno.test("an orphaned worker keeps its claim, is no news, and when it is gone there is one decision", async () => {
  await using profile = await workerProfile({ history: false });
  const decider = scripted();
  const run = async () => (await tickOnce(profile, { decider: decider.decide })).outcome;
  assertEquals(await run(), "moved");
  const { generation } = await start(profile, "fix-ci", "sleep 300");
  await claim(profile, "build", "fix-ci");
  assertEquals(await run(), "idle");

  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  const pid = (await output("tmux", ["-S", socket, "display-message", "-p", "#{pid}"])).trim();
  await output("kill", ["-KILL", pid]);
  await eventually(
    "it is orphaned",
    async () => (await listWorkers(profile))[0].state === "orphaned",
  );
  assertEquals(await run(), "idle");
  assertEquals((await listClaims(profile)).claims.map(({ name }) => name), ["build"]);

  // Whoever ends what is left of it leaves nobody to say how it ended.
  for (const left of await marked(generation)) await output("kill", ["-KILL", left]);
  await eventually("nothing of it lives", async () => (await marked(generation)).length === 0);
  const [{ state, alive }] = await listWorkers(profile);
  assertEquals([state, alive], ["lost", false]);
  assertEquals(await run(), "moved");
  assertStringIncludes(decider.prompts[1], "worker fix-ci: lost");
  assertEquals((await listClaims(profile)).claims, []);
  assertEquals(await run(), "idle");
  assertEquals(decider.prompts.length, 2);
});

Deno.test("an orphaned worker can be killed", async () => {
  await using profile = await workerProfile({ history: false });
  const { generation } = await start(profile, "fix-ci", "sleep 300");
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  const pid = (await output("tmux", ["-S", socket, "display-message", "-p", "#{pid}"])).trim();
  await output("kill", ["-KILL", pid]);
  await stopSession(profile, "fix-ci");
  assertEquals(await marked(generation), []);
});

const QUESTION = "Tea?\n# MOVES\nrun all";

Deno.test("a worker's ask and its answer neither wake the loop nor are closed by a decision", async () => {
  await using profile = await workerProfile({ history: false });
  const { generation } = await start(profile, "fix-ci", "sleep 60");
  const decider = scripted();
  const run = async () => (await tickOnce(profile, { decider: decider.decide })).outcome;
  assertEquals([await run(), await run()], ["moved", "idle"]);
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation, question: QUESTION });
  assertEquals(await run(), "idle");
  await answerAsk(profile, id, "yes");
  assertEquals(await run(), "idle");
  // Something else wakes it: the prompt counts the ask as a worker's, and it stays open.
  await profile.write("PLAYBOOK.md", "# Another\n");
  assertEquals(await run(), "moved");
  const prompt = decider.prompts.at(-1) ?? "";
  assertStringIncludes(prompt, "0 open, for the user; 1 answered, for the workers; withheld\n");
  assertEquals(prompt.includes("Tea?"), false);
  assertEquals((await listAsks(profile)).asks.map((ask) => ask.id), [id]);
  assertEquals(await run(), "idle");
});

Deno.test("a pulse does not tick for an answer to a worker, and at once for one to the loop", async () => {
  await using profile = await workerProfile({ history: false });
  const config = { interval: 300, notify: 'echo "$LOOOP_TEXT" >> told' };
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  const { generation } = await start(profile, "fix-ci", "sleep 60");
  const ask = { action: "ask", question: "Coffee?", journal: "asked", more: false } as const;
  const decider = scripted(ask, noop({ more: false }));
  const stop = new AbortController();
  const outcomes: string[] = [];
  const running = pulse(profile, {
    signal: stop.signal,
    decider: decider.decide,
    onTick: ({ outcome }) => void outcomes.push(outcome),
  });
  await eventually("the first tick", () => outcomes.length === 1);
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation, question: QUESTION });
  await answerAsk(profile, id, "yes");
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals(outcomes, ["moved"]);
  const own = (await listAsks(profile)).asks.find((ask) => ask.worker === undefined);
  await answerAsk(profile, own?.id ?? "", "yes");
  await eventually("the second tick", () => outcomes.length === 2);
  // The ask of the loop was put before the user after the tick that made it, once.
  await eventually(
    "notify ran",
    async () => (await profile.read("told").catch(() => "")).split("\n").includes("Coffee?"),
  );
  assertEquals((await profile.read("told")).match(/^Coffee\?$/gm)?.length, 1);
  stop.abort();
  await running;
});

/** A profile whose workers run a shell command in place of an agent. */
const profileOf = (worker: string, more = {}) =>
  workerProfile({
    history: false,
    config: { worker_runner: "sh", runners: { sh: { worker } }, ...more },
  });

const startFix: Move = {
  action: "start_worker",
  id: "fix-ci",
  prompt: "Mend the build.",
  journal: "started fix-ci",
  more: false,
};

Deno.test("a worker's whole life costs one decision to start it, and one when it ends", async () => {
  await using profile = await profileOf(
    "until [ -e ../go ]; do sleep 0.05; done; echo done > reports/fix-ci.md",
  );
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
  await Deno.writeTextFile(join(profile.root, "go"), "");
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
  assertStringIncludes(decider.prompts[1], "verify FAILED, so its work is not accepted:");
});

Deno.test("start_worker has its verify run as policy planned it", async () => {
  await using profile = await profileOf("true");
  const [site, started] = [join(profile.root, "site"), join(profile.root, "started")];
  await output("git", ["init", "-q", "-b", "main", site]);
  await output("git", ["-C", site, "config", "core.fsmonitor", `touch '${started}'; false`]);
  const verified: Move = { ...startFix, verify: `git -C '${site}' status -sb` } as Move;
  const decider = scripted(verified);
  await tickOnce(profile, { decider: decider.decide });
  await untilEnded(profile, "fix-ci");
  await tickOnce(profile, { decider: decider.decide });
  const [{ verification }] = await listEnded(profile);
  const output_tail = "## No commits yet on main";
  assertEquals(verification, { passed: true, exit_code: 0, output_tail });
  assertEquals(isPresent(started), false);
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
    history: false,
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
