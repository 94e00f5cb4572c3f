import { assert, assertEquals } from "@std/assert";
import { tickOnce } from "../../../src/loop/run.ts";
import type { Move } from "../../../src/schema/move.ts";
import { cliOn } from "../../support/cli_on.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

/** Local time. */
const NOW = new Date(2026, 10, 25, 9, 30);

const profileAt = (files: Record<string, string> = {}) =>
  tempProfile({ clock: { now: () => NOW, sleep: () => Promise.resolve() }, files });

async function texts(profile: TempProfile, ...args: string[]): Promise<string[]> {
  const { stdout } = await cliOn(profile, ["journal", "--json", ...args]);
  return JSON.parse(stdout).map(({ text }: { text: string }) => text);
}

Deno.test("looop journal shows the last lines with their times, those since a time, and no notes", async () => {
  const old = Array.from(
    { length: 30 },
    (_, i) => `- 2026-11-2${i < 20 ? 2 : 4} 10:${10 + i} line ${i}`,
  );
  await using profile = await profileAt({
    "journal.md": [...old, "a note of mine", "- 2026-11-25 09:00 ~ said so", ""].join("\n"),
    "archive/journal-2026-11-20T000000.000Z.md":
      "- 2026-11-19 08:00 long ago\n- 2026-11-20 08:00 later\n",
  });
  const { stdout } = await cliOn(profile, ["journal"]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals([lines.length, lines[0], lines.at(-1)], [
    21,
    "13 older entries: --since TIME",
    "2026-11-25 09:00  ~ said so",
  ]);
  assertEquals((await texts(profile, "--since", "yesterday")).length, 11);
  assertEquals(await texts(profile, "--since", "today"), ["said so"]);
  assertEquals((await texts(profile, "--since", "2026-11-20")).slice(0, 2), ["later", "line 0"]);
  assertEquals((await texts(profile, "--since", "2026-11-01"))[0], "long ago");
  const json = JSON.parse((await cliOn(profile, ["journal", "--json", "--since", "2h"])).stdout);
  assertEquals(json, [{
    at: new Date(2026, 10, 25, 9).toISOString(),
    text: "said so",
    tainted: true,
    run_id: null,
  }]);
  assertEquals((await cliOn(profile, ["journal", "--since", "5m"])).stdout, "no entries\n");
  assertEquals((await cliOn(profile, ["journal", "--since", "soon"])).status, 2);
});

Deno.test("looop journal --goal has the moves that serve a goal, its edits, and what became of its asks", async () => {
  const goal = (text: string) => `---\ngoal: ${text}\n---\n`;
  // The time of a commit is that of the machine.
  await using profile = await tempProfile({
    files: {
      "goals/tea.md": goal("tea"),
      "goals/teapot.md": goal("pot"),
    },
  });
  const push: Move = { action: "run", command: "git push; :", journal: "pushes tea", goal: "tea" };
  const ask: Move = {
    action: "ask",
    question: "Which pot?",
    journal: "asked about the pot",
    goal: "teapot",
  };
  const write: Move = {
    action: "write_goal",
    id: "tea",
    body: goal("green tea"),
    journal: "greener",
  };
  const decider = scripted(push, ask, write, noop({ journal: "looked" }));
  for (let i = 0; i < 3; i++) await tickOnce(profile, { decider: decider.decide });
  const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
  await cliOn(profile, ["reject", id, "not today"]);
  await tickOnce(profile, { decider: decider.decide });
  await cliOn(profile, ["goal", "archive", "tea", "--note", "all drunk"]);
  assertEquals(await texts(profile, "--goal", "tea"), [
    `wants to run, needs your approval: ${id}: pushes tea`,
    "greener",
    `rejected run: pushes tea (${id}: not today)`,
    "archived goals/tea.md: all drunk",
  ]);
  const pot = await texts(profile, "--goal", "teapot");
  assertEquals(pot.map((text) => text.slice(0, 19)), ["asked about the pot"]);
  assertEquals(await texts(profile, "--goal", "nope"), []);
  assertEquals((await texts(profile)).length, 6);
  assertEquals((await cliOn(profile, ["journal", "--goal", "../x"])).status, 1);
});

Deno.test("looop journal --json names the run of each line, also of equal lines and long ones", async () => {
  await using profile = await tempProfile();
  const long = "x".repeat(280);
  const moves = ["same", "same", long].map((journal) => noop({ journal }));
  const { decide } = scripted(...moves);
  const ids: string[] = [];
  for (const _ of moves) {
    await profile.write("PLAYBOOK.md", `# ${ids.length}\n`);
    const result = await tickOnce(profile, { decider: decide });
    assert(result.outcome === "moved");
    ids.push(result.run_id);
  }
  await cliOn(profile, ["goal", "write", "tea", "-"], { input: "---\ngoal: tea\n---\n" });
  const entries: { run_id: string; text: string }[] = JSON.parse(
    (await cliOn(profile, ["journal", "--json"])).stdout,
  );
  assertEquals(entries.map(({ run_id }) => run_id), [...ids, null]);
  assertEquals(entries[2].text, long);
});
