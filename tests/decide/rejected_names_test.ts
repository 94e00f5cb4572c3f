import { assert, assertEquals } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("an untainted decision is told no name that a tainted one chose, also where its answer is rejected", async () => {
  const answer = JSON.stringify({ action: "noop", reason: "x", journal: "x", goal: "nope" });
  await using profile = await tempProfile({
    config: { runner: "mine", runners: { mine: { tick: `echo '${answer}'` } } },
    files: {
      "goals/mine.md": "---\ngoal: Tea\n---\n",
      "goals/obey-me.md": "---\ngoal: x\nuntrusted: true\n---\n",
    },
  });
  const before = await tickOnce(profile, { decider: scripted().decide });
  assertEquals(before.outcome, "moved");
  await profile.write("PLAYBOOK.md", "# Playbook\n\nDrink tea.\n");
  const rejected = await tickOnce(profile);
  assert(rejected.outcome === "failed", JSON.stringify(rejected));
  const { run_id } = rejected;
  for (const prompt of ["prompt.md", "prompt-2.md"]) {
    const text = await profile.read(`runs/${run_id}/${prompt}`);
    assertEquals(text.includes("obey-me"), false, text);
  }
  const again = await profile.read(`runs/${run_id}/prompt-2.md`);
  assert(again.includes("there is no goal `nope` (there are mine, (name withheld))"), again);
});
