import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { writeAsk } from "../../src/inbox/asks.ts";
import { listDemands } from "../../src/inbox/attention.ts";
import { clearFlag, raiseAsk, raiseFlag, readFlag } from "../../src/inbox/flags.ts";
import { lock } from "../../src/os/lock.ts";
import { UserError } from "../../src/schema/errors.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { HOSTILE, tempWorker } from "./temp_worker.ts";

for (const [what, note] of Object.entries(HOSTILE)) {
  Deno.test(`raiseFlag keeps a note of ${what} as it is`, async () => {
    await using profile = await tempProfile();
    await tempWorker(profile, "fix-ci");
    await raiseFlag(profile, "fix-ci", note);
    assertEquals((await readFlag(profile, "fix-ci"))?.note, note);
  });
}

Deno.test("clearFlag takes the flag down, and says whether it was up", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix");
  await tempWorker(profile, "fix-ci");
  await raiseFlag(profile, "fix-ci");
  assertEquals(await clearFlag(profile, "fix"), false);
  assertEquals((await readFlag(profile, "fix-ci"))?.note, "");
  assertEquals(await clearFlag(profile, "fix-ci"), true);
  assertEquals(await readFlag(profile, "fix-ci"), null);
});

Deno.test("raiseFlag refuses a worker that is not there, and a note that is too long", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  for (const id of ["fix", "ended", "../fix-ci", "", "fix-ci/../fix-ci"]) {
    const error = await assertRejects(() => raiseFlag(profile, id, "x"), UserError);
    assertEquals(error.message, `there is no worker ${id}: looop ls lists them`);
    await assertRejects(() => clearFlag(profile, id), UserError, "there is no worker");
  }
  await Deno.mkdir(join(profile.paths.workersEnded, "old.g1"), { recursive: true });
  const gone = await assertRejects(() => raiseFlag(profile, "old", "x"), UserError);
  assertEquals(gone.message, "worker old has ended: looop ls --all lists it");
  const error = await assertRejects(
    () => raiseFlag(profile, "fix-ci", "x".repeat(100_001)),
    UserError,
  );
  assertEquals(
    error.message,
    "cannot flag fix-ci: the note has 100001 characters; the maximum is 100000",
  );
});

Deno.test("readFlag takes a file that cannot be read for a flag that says so", async () => {
  await using profile = await tempProfile({ files: { "workers/fix-ci/flag.json": '{"note": 3}' } });
  const flag = await readFlag(profile, "fix-ci");
  assertMatch(flag?.note ?? "", /^cannot use .*flag\.json:/);
  assertStringIncludes(flag?.note ?? "", "looop unflag fix-ci removes it");
});

Deno.test("a worker's flag is not announced by itself while the answer to its ask is written", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const asked = { worker: "fix-ci", generation: "g1", question: "Which branch?" };
  const ask = await raiseAsk(profile, asked);
  const kinds = async () => (await listDemands(profile)).map(({ kind }) => kind);
  assertEquals(await kinds(), ["question"]);
  {
    using _ = await lock(profile.paths.asksLock);
    await writeAsk(profile, { ...ask, answer: { text: "main", at: ask.asked_at } });
    assertEquals(await kinds(), []);
  }
  // Whoever wrote the answer was killed: the worker still waits.
  assertEquals(await kinds(), ["flag"]);
});
