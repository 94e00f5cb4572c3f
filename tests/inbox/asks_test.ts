import { assertEquals, assertRejects } from "@std/assert";
import { answerAsk, closeWorkerAsk } from "../../src/inbox/answer.ts";
import {
  closeAsk,
  findAsk,
  isSameQuestion,
  listAsks,
  maskAsks,
  writeAsk,
} from "../../src/inbox/asks.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { makeMask } from "../../src/mask/mask.ts";
import { commitEdits, initRepository } from "../../src/profile/commits.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { UserError } from "../../src/schema/errors.ts";
import { git } from "../support/git.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { tempWorker } from "./temp_worker.ts";

const ASK: Ask = { id: "a1", kind: "question", question: "Tea?", asked_at: "2", run_id: "r" };

Deno.test("listAsks gives the open asks, oldest first, and tells of files that are none", async () => {
  await using profile = await tempProfile({
    files: {
      "asks/b2.json": JSON.stringify({ ...ASK, id: "b2", asked_at: "1" }),
      "asks/copy.json": JSON.stringify(ASK),
      "asks/half.json": `{"id":"ha`,
      "asks/odd.json": `{"id":"odd","extra":1}`,
      "asks/.a1.json.1a2b3c4d.tmp": "x",
      "asks/notes.md": "mine",
    },
  });
  await writeAsk(profile, ASK);
  const { asks, broken } = await listAsks(profile);
  assertEquals(asks.map(({ id }) => id), ["b2", "a1"]);
  assertEquals(broken.map((text) => text.split("\n")[0].slice(0, 43)), [
    "asks/copy.json is not an ask: its id is a1",
    "asks/half.json is not valid JSON: Untermina",
    "asks/odd.json is not an ask:",
  ]);
});

Deno.test("findAsk finds open and closed asks by id, and no other file", async () => {
  await using profile = await tempProfile({ files: { "secret.json": JSON.stringify(ASK) } });
  await writeAsk(profile, ASK);
  assertEquals(await findAsk(profile, "a1"), ASK);
  for (let i = 0; i < 2; i++) await closeAsk(profile, ASK, "r2");
  assertEquals((await listAsks(profile)).asks, []);
  assertEquals(await findAsk(profile, "a1"), { ...ASK, closed_by: "r2" });
  for (const id of ["../secret", "closed/a1", "", "A1", "a1\n"]) {
    assertEquals(await findAsk(profile, id), null);
  }
  await profile.write("asks/half.json", "{");
  await assertRejects(
    () => findAsk(profile, "half"),
    UserError,
    "asks/half.json is not valid JSON",
  );
});

Deno.test("listAsks takes no approval that calls itself a question, or that never runs out", async () => {
  const move = { action: "noop", reason: "r", journal: "j" } as const;
  const at = "2026-11-23T09:30:00.000Z";
  const approval = { move, move_sha256: "00", digests: {}, preview: "p", expires_at: at };
  await using profile = await tempProfile({
    files: {
      "asks/a1.json": JSON.stringify({ ...ASK, approval }),
      "asks/a2.json": JSON.stringify({ ...ASK, id: "a2", kind: "approval" }),
      "asks/a3.json": JSON.stringify({
        ...{ ...ASK, id: "a3", kind: "approval" },
        approval: { ...approval, expires_at: "never" },
      }),
      "asks/a4.json": JSON.stringify({ ...ASK, id: "a4", kind: "approval", approval }),
    },
  });
  const { asks, broken } = await listAsks(profile);
  assertEquals(asks.map(({ id }) => id), ["a4"]);
  assertEquals(broken.map((text) => text.split("\n")[1]), [
    '  `kind` must be `approval` if there is an `approval`, otherwise `question`; found "question"',
    '  `kind` must be `approval` if there is an `approval`, otherwise `question`; found "approval"',
    '  `approval.expires_at` must be a time in UTC, such as 2026-11-23T09:30:00.000Z; found "never"',
  ]);
});

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
  await initRepository(worker);
  await tempWorker(worker, "w");
  const request = { worker: "w", generation: "g1", question: `use ${SECRET} now?`, ref: SECRET };
  const { id } = await raiseAsk(worker, request);
  assertEquals((await listAsks(loop)).asks[0].question, "use [masked A_TOKEN] now?");
  const unmasked = () => maskAsks(loop, [`asks/${id}.json`]);
  assertEquals(await unmasked(), []);
  const { question, ref } = JSON.parse(await worker.read(`asks/${id}.json`));
  assertEquals([question, ref], ["use [masked A_TOKEN] now?", "[masked A_TOKEN]"]);
  assertEquals((await raiseAsk(worker, request)).id, id);

  await answerAsk(loop, id, `no, ${SECRET}2`);
  assertEquals(await unmasked(), [`asks/${id}.json`]);
  assertEquals((await findAsk(worker, id))?.answer?.text, `no, ${SECRET}2`);
  await closeWorkerAsk(worker, id, "delivered");
  assertEquals(await unmasked(), []);
  assertEquals((await findAsk(worker, id))?.answer?.text, "no, [masked A_TOKEN]2");
  await commitEdits(worker);
  assertEquals((await git(worker.paths.dataDir, "log", "-p", "--all")).includes(SECRET), false);
});
