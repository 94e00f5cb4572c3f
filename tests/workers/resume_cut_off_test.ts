import { assertEquals } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { listWorkers } from "../../src/workers/list.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { marked } from "../support/worker_profile.ts";
import { loseWorkers } from "./lose_worker.ts";
import { begin, count, resumingProfile, tend, untilLogged } from "./resuming_profile.ts";

/** Records that looop was stopped in this phase. */
async function cutIn(profile: TempProfile, phase: string, more = {}): Promise<void> {
  const at = new Date().toISOString();
  const resumption = { count: 1, phase, at, due: at, ...more };
  await profile.write("workers/a/resumption.json", JSON.stringify(resumption));
}

Deno.test("looop that was stopped while it ended a worker's session ends the rest, and continues it once", async () => {
  await using profile = await resumingProfile();
  const { generation } = await begin(profile);
  const old = await marked(generation);
  await cutIn(profile, "stopping");
  assertEquals((await listWorkers(profile))[0].state, "resuming");
  assertEquals(await tend(profile), ["a running"]);
  assertEquals((await marked(generation)).filter((pid) => old.includes(pid)), []);
  await untilLogged(profile, "Go on");
  assertEquals(await tend(profile), ["a running"]);
  assertEquals(count(await profile.read("log"), "continued"), 1);
});

Deno.test("the end of the session that looop ended is not the worker's, unless the user killed it", async () => {
  for (const [how, state] of [["exited", "a running"], ["killed", "a killed"]]) {
    await using profile = await resumingProfile();
    const worker = await begin(profile);
    await loseWorkers(profile, worker);
    const end = { exit_code: 143, at: new Date().toISOString(), how };
    await profile.write("workers/a/exit.json", JSON.stringify(end));
    await cutIn(profile, "stopping");
    assertEquals(await tend(profile), [state]);
  }
});

Deno.test("looop that was stopped after the agent had begun does not begin it again, and delivers its answers", async () => {
  await using profile = await resumingProfile();
  const { generation } = await begin(profile);
  const asks = await Promise.all(["Tea?", "Milk?"].map(async (question) => {
    const { id } = await raiseAsk(profile, { worker: "a", generation, question });
    return await answerAsk(profile, id, "yes");
  }));
  // The second one was answered too late for the message.
  await cutIn(profile, "starting", { answered: [asks[0].id] });
  assertEquals(await tend(profile), ["a running"]);
  assertEquals(await profile.read("log"), "begun\n");
  assertEquals(JSON.parse(await profile.read("workers/a/resumption.json")).phase, "begun");
  const closed = await Promise.all(asks.map(async ({ id }) => await findAsk(profile, id)));
  assertEquals(closed.map((ask) => ask?.closed_by), ["delivered", undefined]);
});

Deno.test("looop that was stopped before the session had its environment opens another one, once", async () => {
  await using profile = await resumingProfile();
  const worker = await begin(profile);
  await loseWorkers(profile, worker);
  await cutIn(profile, "starting");
  for (const state of ["a running", "a running"]) assertEquals(await tend(profile), [state]);
  await untilLogged(profile, "Go on");
  assertEquals(count(await profile.read("log"), "continued"), 1);
});

Deno.test("a continued agent that ended before looop could record its start is done, and not continued", async () => {
  await using profile = await resumingProfile();
  const worker = await begin(profile);
  await loseWorkers(profile, worker);
  await cutIn(profile, "starting");
  const end = { exit_code: 0, at: new Date().toISOString(), how: "exited" };
  await profile.write("workers/a/exit.json", JSON.stringify(end));
  assertEquals(await tend(profile), ["a done"]);
  assertEquals(await profile.read("log"), "begun\n");
});
