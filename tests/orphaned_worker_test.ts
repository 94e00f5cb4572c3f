import { assertEquals, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../src/loop/run.ts";
import { claim, listClaims } from "../src/workers/claims.ts";
import { listWorkers } from "../src/workers/list.ts";
import { stopSession } from "../src/workers/stop.ts";
import { eventually } from "./eventually.ts";
import { scripted } from "./scripted_decider.ts";
import { marked, output, start, workerProfile } from "./workers/worker_profile.ts";

Deno.test("an orphaned worker keeps its claim, is no news, and when it is gone there is one decision", async () => {
  await using profile = await workerProfile();
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
  await using profile = await workerProfile();
  const { generation } = await start(profile, "fix-ci", "sleep 300");
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  const pid = (await output("tmux", ["-S", socket, "display-message", "-p", "#{pid}"])).trim();
  await output("kill", ["-KILL", pid]);
  await stopSession(profile, "fix-ci");
  assertEquals(await marked(generation), []);
});
