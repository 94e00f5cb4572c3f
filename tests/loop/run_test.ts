import { assert, assertEquals, assertRejects } from "@std/assert";
import { runGoal, tickOnce, type TickOnceInput } from "../../src/loop/run.ts";
import { tryLock } from "../../src/os/lock.ts";
import { pause } from "../../src/profile/markers.ts";
import { readState } from "../../src/profile/state.ts";
import { UserError } from "../../src/schema/errors.ts";
import { git } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const ASK = { action: "ask", question: "Tea?", journal: "asked", more: false } as const;

function asking(): TickOnceInput {
  return { decider: scripted(ASK).decide };
}

/** A file of the data directory; `null` where there is none. */
function fileOf(profile: TempProfile, path: string): Promise<string | null> {
  return profile.read(path).catch(() => null);
}

Deno.test("tickOnce prepares the profile, reports its starter files once, and notes the tick", async () => {
  await using profile = await tempProfile({ files: { "PLAYBOOK.md": null } });
  const seeded: string[][] = [];
  const input = { ...asking(), onSeeded: (paths: string[]) => void seeded.push(paths) };
  const result = await tickOnce(profile, input);
  assert(result.outcome === "moved");
  assert(seeded[0].includes(profile.paths.playbook), `${seeded}`);
  const { hash, outcome } = JSON.parse(await profile.read(".looop/last_tick.json"));
  assertEquals([hash, outcome], [result.hash, "moved"]);
  await tickOnce(profile, input);
  assertEquals(seeded.length, 1);
});

Deno.test("tickOnce waits for the notify command, and runs none in a dry run", async () => {
  const config = {
    notify: "sleep 0.1; echo $LOOOP_QUESTION > notified",
  };
  await using profile = await tempProfile({ config });
  await profile.write(
    "asks/q1.json",
    JSON.stringify({
      ...{ id: "q1", kind: "question", question: "Milk?", asked_at: "t", run_id: "r" },
    }),
  );
  assertEquals((await tickOnce(profile, { ...asking(), dryRun: true })).outcome, "planned");
  assertEquals(await fileOf(profile, "notified"), null);
  await tickOnce(profile, { decider: scripted().decide });
  assertEquals(await fileOf(profile, "notified"), "Milk?\n");
});

for (
  const [title, env, loaded] of [["in the user's tmux", { TMUX: "/nowhere,1,0" }, true], [
    "where there is no one to notify",
    {},
    false,
  ]] as const
) {
  Deno.test(`tickOnce ${loaded ? "opens windows" : "remembers nothing"} ${title}`, async () => {
    await using profile = await tempProfile({ env });
    await tickOnce(profile, asking());
    assertEquals((await fileOf(profile, ".looop/surfaced")) !== null, loaded);
  });
}

Deno.test("tickOnce is refused while another tick runs, and ends its own lock", async () => {
  await using profile = await tempProfile();
  {
    using _ = await tryLock(profile.paths.pulseLock);
    await assertRejects(() => tickOnce(profile, asking()), UserError, "cannot tick: ");
    assertEquals(await fileOf(profile, "journal.md"), null);
  }
  await tickOnce(profile, asking());
  using free = await tryLock(profile.paths.pulseLock);
  assert(free);
});

const GOAL = "---\ngoal: Drink tea\n---\nGreen.\n";

Deno.test("runGoal decides for one goal although nothing changed, beside a pulse and while paused", async () => {
  await using profile = await tempProfile({ files: { "goals/archive/tea.md": GOAL } });
  await tickOnce(profile, { decider: scripted().decide });
  await pause(profile);
  using _ = await tryLock(profile.paths.pulseLock);
  const before = await readState(profile);
  const decider = scripted(ASK);
  const result = await runGoal(profile, "tea", { decider: decider.decide });
  assert(result.outcome === "moved");
  assertEquals([result.decision.move.action, decider.prompts.length], ["ask", 1]);
  assert(decider.prompts[0].includes("Green."));
  const { baseline, fired } = await readState(profile);
  assertEquals([baseline, fired], [before.baseline, before.fired]);
});

Deno.test("runGoal prepares a new profile, and refuses a goal that it has not", async () => {
  await using profile = await tempProfile({ files: { "PLAYBOOK.md": null } });
  const seeded: string[][] = [];
  const input = { ...asking(), onSeeded: (paths: string[]) => void seeded.push(paths) };
  await assertRejects(
    () => runGoal(profile, "nothing", input),
    UserError,
    "there is no goal nothing",
  );
  assertEquals(seeded.length, 1);
  assertEquals(await git(profile.paths.dataDir, "log", "--format=%s"), "First commit");
});
