import { assertEquals } from "@std/assert";
import { answer, ask, killWorker, listAsks, listWorkers, startWorker } from "../../mod.ts";
import { eventually } from "../support/eventually.ts";
import { workerProfile } from "../support/worker_profile.ts";

Deno.test("the library starts, lists, asks for, answers and kills a worker", async () => {
  await using profile = await workerProfile();
  const where = { dataDir: profile.paths.dataDir, configPath: profile.configPath };
  const config = { worker_runner: "mine", runners: { mine: { worker: "sleep 60" } } };
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  const { state } = await startWorker({ ...where, id: "tea", prompt: "Make tea." });
  assertEquals(state, "running");
  try {
    const waiting = ask({ ...where, id: "tea", question: "Which?", options: ["green", "black"] });
    await eventually("the ask is there", async () => (await listAsks(where)).length === 1);
    assertEquals((await listWorkers(where)).map((worker) => [worker.id, worker.state]), [[
      "tea",
      "waiting",
    ]]);
    await answer({ ...where, id: (await listAsks(where))[0].id, text: "green" });
    assertEquals(await waiting, "green");
  } finally {
    await killWorker({ ...where, id: "tea" });
  }
  assertEquals((await listWorkers(where)).map((worker) => worker.state), ["killed"]);
});
