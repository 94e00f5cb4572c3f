import { assertEquals } from "@std/assert";
import { answerAsk, deliverAnswer } from "../../src/inbox/answer.ts";
import { findAsk, isSameQuestion, listAsks, maskChangedAsks } from "../../src/inbox/asks.ts";
import { raiseAsk } from "../../src/inbox/raise.ts";
import { makeMask } from "../../src/mask/mask.ts";
import { commitEdits, initMemory } from "../../src/profile/commits.ts";
import { git } from "../git.ts";
import { tempProfile } from "../profile/temp_profile.ts";
import { tempWorker } from "./temp_worker.ts";

const SECRET = "hunter2-hunter2";
const mask = makeMask({ A_TOKEN: SECRET }, []);

Deno.test("isSameQuestion takes a mask for whatever it may hide", () => {
  const shown = "use [masked A] and [masked B], or not?";
  assertEquals(isSameQuestion(shown, "use x and y, or not?"), true);
  assertEquals(isSameQuestion(shown, shown), true);
  assertEquals(isSameQuestion(shown, "use x or y, or not?"), false);
  assertEquals(isSameQuestion(shown, "use x and y, or not"), false);
  assertEquals(isSameQuestion("[masked A]", "anything"), true);
  assertEquals(isSameQuestion("a[masked A]a", "a"), false);
  assertEquals(isSameQuestion("plain", "plain?"), false);
});

Deno.test("a question that the loop has masked is still the worker's own, and its answer is what was typed", async () => {
  // A worker does not know the secrets that looop knows.
  await using worker = await tempProfile();
  const loop = { ...worker, mask };
  await initMemory(worker);
  await tempWorker(worker, "w");
  const request = { worker: "w", generation: "g1", question: `use ${SECRET} now?`, ref: SECRET };
  const { id } = await raiseAsk(worker, request);
  assertEquals((await listAsks(loop)).asks[0].question, "use [masked A_TOKEN] now?");
  assertEquals(await maskChangedAsks(loop), []);
  const { question, ref } = JSON.parse(await worker.read(`asks/${id}.json`));
  assertEquals([question, ref], ["use [masked A_TOKEN] now?", "[masked A_TOKEN]"]);
  assertEquals((await raiseAsk(worker, request)).id, id);

  await answerAsk(loop, id, `no, ${SECRET}2`);
  assertEquals(await maskChangedAsks(loop), [`asks/${id}.json`]);
  assertEquals((await findAsk(worker, id))?.answer?.text, `no, ${SECRET}2`);
  await deliverAnswer(worker, id);
  assertEquals(await maskChangedAsks(loop), []);
  assertEquals((await findAsk(worker, id))?.answer?.text, "no, [masked A_TOKEN]2");
  await commitEdits(worker);
  assertEquals((await git(worker.paths.dataDir, "log", "-p", "--all")).includes(SECRET), false);
});
