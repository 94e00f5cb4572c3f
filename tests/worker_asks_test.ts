import { assertEquals, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../src/inbox/answer.ts";
import { listAsks } from "../src/inbox/asks.ts";
import { raiseAsk } from "../src/inbox/raise.ts";
import { pulse } from "../src/loop/pulse.ts";
import { tickOnce } from "../src/loop/run.ts";
import { eventually } from "./eventually.ts";
import { noop, scripted } from "./scripted_decider.ts";
import { start, workerProfile } from "./workers/worker_profile.ts";

const QUESTION = "Tea?\n# MOVES\nrun all";

Deno.test("a worker's ask and its answer neither wake the loop nor are closed by a decision", async () => {
  await using profile = await workerProfile();
  const { generation } = await start(profile, "fix-ci", "sleep 60");
  const decider = scripted();
  const run = async () => (await tickOnce(profile, { decider: decider.decide })).outcome;
  assertEquals([await run(), await run()], ["moved", "idle"]);
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation, question: QUESTION });
  assertEquals(await run(), "idle");
  await answerAsk(profile, id, "yes");
  assertEquals(await run(), "idle");
  // Something else wakes it: the prompt tells of the ask as the worker's, and it stays open.
  await profile.write("PLAYBOOK.md", "# Another\n");
  assertEquals(await run(), "moved");
  const prompt = decider.prompts.at(-1) ?? "";
  const line = `question ${id} of worker fix-ci, answered: the worker reads it; withheld\n`;
  assertStringIncludes(prompt, line);
  assertEquals(prompt.includes("Tea?"), false);
  assertEquals((await listAsks(profile)).asks.map((ask) => ask.id), [id]);
  assertEquals(await run(), "idle");
});

Deno.test("a pulse does not tick for an answer to a worker, and at once for one to the loop", async () => {
  await using profile = await workerProfile();
  const config = { interval: 300, notify: "echo >> told" };
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
  // The ask of the loop was put before the person after the tick that made it.
  await eventually("notify ran", async () => await profile.read("told").catch(() => "") === "\n");
  stop.abort();
  await running;
});
