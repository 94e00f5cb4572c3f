import { assertEquals } from "@std/assert";
import { act } from "../../src/act/act.ts";
import { NO_ACTION } from "../../src/schema/action.ts";
import type { Move } from "../../src/schema/move.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { intentOf } from "../log/intent_of.ts";
import { commandAs, workerAs } from "../support/run_as.ts";
import { workerProfile } from "../support/worker_profile.ts";

const journal = "x";

for (
  const move of [
    { action: "run", command: "touch made", journal },
    { action: "write_playbook", body: "# New\n", journal },
    { action: "start_worker", id: "fix", prompt: "touch made", journal },
  ] as Move[]
) {
  Deno.test(`act applies no ${move.action} of which it has only the move, as of an older looop`, async () => {
    await using profile = await workerProfile();
    assertEquals(await act(profile, intentOf(move, { action: NO_ACTION })), {
      ...{ status: "failed", paths: [] },
      summary: "another version of looop admitted this, and it was not applied",
    });
    assertEquals(await listWorkers(profile), []);
    assertEquals(await profile.read("made").catch(() => null), null);
    assertEquals(await profile.read("PLAYBOOK.md"), "# Playbook\n");
  });
}

Deno.test("act starts nothing after a crash if sandbox or runner are not the admitted ones any more", async () => {
  await using profile = await workerProfile({ config: { runners: { sh: { worker: "true" } } } });
  const start: Move & { action: "start_worker" } = {
    ...{ action: "start_worker", id: "fix", prompt: "p", runner: "sh", journal },
  };
  const run: Move = { action: "run", command: "touch made", journal };
  const ran = { ...NO_ACTION, command: commandAs(profile, ["touch", "made"]) };
  const other = { ...profile.config, runners: { sh: { worker: "touch made" } } };
  const boxed = { ...profile.config, sandbox: "bwrap" as const };
  for (
    const [move, action, config] of [
      [start, workerAs(profile, start), other],
      [start, workerAs(profile, start), boxed],
      [run, ran, boxed],
    ] as const
  ) {
    assertEquals(await act({ ...profile, config }, intentOf(move, { action })), {
      ...{ status: "failed", paths: [] },
      summary: "the config was changed since this was admitted, and it was not applied",
    });
  }
  assertEquals(await listWorkers(profile), []);
  assertEquals(await profile.read("made").catch(() => null), null);
});
