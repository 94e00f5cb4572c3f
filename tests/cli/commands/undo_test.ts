import { assertEquals, assertMatch } from "@std/assert";
import { tickOnce } from "../../../src/loop/run.ts";
import { ensureProfile } from "../../../src/profile/ensure.ts";
import { readState } from "../../../src/profile/state.ts";
import type { Move } from "../../../src/schema/move.ts";
import { cliOn } from "../../support/cli_on.ts";
import { git, subjects } from "../../support/git.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";
import { quoteWord } from "../../../src/schema/text.ts";

const TEA = "---\ngoal: Drink tea\n---\n";
const COFFEE = "---\ngoal: Drink coffee\n---\n";
const WRITE: Move = { action: "write_goal", id: "tea", body: COFFEE, journal: "coffee is better" };

/** Makes these moves, one a tick; a decision is due for each. */
async function moves(profile: TempProfile, ...all: Move[]): Promise<void> {
  const { decide } = scripted(...all.map((move) => ({ more: true, ...move })));
  for (const _ of all) {
    assertEquals((await tickOnce(profile, { decider: decide })).outcome, "moved");
  }
}

/** What looop undo prints, without what differs from run to run. */
async function undo(profile: TempProfile, ...args: string[]) {
  const { status, stdout, stderr } = await cliOn(profile, ["undo", ...args]);
  const text = (status === 0 ? stdout : stderr).replaceAll(quoteWord(profile.paths.dataDir), "DATA")
    .replaceAll(profile.paths.dataDir, "DATA");
  return text.replace(/\b[0-9a-f]{7,12}\b/g, "REV").replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "T");
}

Deno.test("looop undo refuses the first move of a clone without the older history", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  await moves(profile, WRITE);
  const clone = `${profile.root}/clone`;
  await git(profile.root, "clone", "-q", "--depth", "1", `file://${profile.paths.dataDir}`, clone);
  await Deno.rename(profile.paths.dataDir, `${profile.root}/whole`);
  await Deno.rename(clone, profile.paths.dataDir);
  await ensureProfile(profile);
  assertEquals(
    await undo(profile),
    "looop: cannot undo move REV (coffee is better): the history ends here, since it was cloned without what is older; " +
      "run git -C DATA fetch --unshallow\n",
  );
  assertEquals(await profile.read("goals/tea.md"), COFFEE);
});

Deno.test("looop undo takes a goal back, as an edit of the person's, and the loop decides again", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  await moves(profile, WRITE, noop());
  const { dataDir } = profile.paths;
  const state = await profile.read("state.json");
  const dry = await undo(profile, "--dry-run");
  assertEquals(
    dry,
    `would undo move REV of T: coffee is better
skipped 1 later move with nothing to undo

--- goals/tea.md\tnow
+++ goals/tea.md\tafter looop undo
@@ -1,3 +1,3 @@
 ---
-goal: Drink coffee
+goal: Drink tea
 ---
`,
  );
  assertEquals(await profile.read("goals/tea.md"), COFFEE);
  assertEquals(
    await undo(profile),
    "undid move REV of T: coffee is better\nskipped 1 later move with nothing to undo\n" +
      "  reverted goals/tea.md\n",
  );
  assertEquals(await profile.read("goals/tea.md"), TEA);
  assertEquals(await profile.read("state.json"), state);
  const [last] = await subjects(dataDir);
  assertMatch(last, /^undid move [0-9a-f]{7,}: coffee is better$/);
  assertEquals(
    await git(dataDir, "show", "--format=", "--name-only", "HEAD"),
    "goals/tea.md\njournal.md",
  );
  assertMatch(await profile.read("journal.md"), /^- .{16} undid move \w+: coffee is better$/m);
  const { ts: _, run, ...event } = JSON.parse(
    (await profile.read("events.jsonl")).trim().split("\n").at(-1)!,
  );
  assertEquals(event, { event: "undo", paths: ["goals/tea.md"] });
  assertMatch(run, /^\d{8}t/);
  const decider = scripted();
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  assertMatch(decider.prompts[0], /undid move \w+: coffee is better/);
  assertEquals(
    await undo(profile),
    "looop: move REV (coffee is better) is undone already; to restore its files, run " +
      "git -C DATA restore --source REV -- goals/tea.md\n",
  );
});

Deno.test("looop undo brings back what was archived or removed, and removes what was new", async () => {
  const sensor = "#!/bin/sh\necho {}\n";
  await using profile = await tempProfile({
    files: { "goals/tea.md": TEA, "sensors/a.sh": sensor, "goals/archive/tea.md": "older" },
  });
  await moves(profile, { action: "archive_goal", id: "tea", journal: "done" });
  assertEquals(
    await undo(profile, "--dry-run"),
    "would undo move REV of T: done\n\nmove goals/archive/tea-2.md back to goals/tea.md\n",
  );
  assertEquals(
    await undo(profile),
    "undid move REV of T: done\n  moved goals/archive/tea-2.md back to goals/tea.md\n",
  );
  const archive = () =>
    [...Deno.readDirSync(profile.paths.goalsArchive)].map(({ name }) => name).sort();
  assertEquals([await profile.read("goals/tea.md"), archive()], [TEA, ["tea.md"]]);
  // The command that a second undo names does it again.
  const [, again] = /run git -C \S+ (.*)/.exec((await cliOn(profile, ["undo"])).stderr)!;
  await git(profile.paths.dataDir, ...again.split(" "));
  assertEquals(await profile.read("goals/tea.md").catch(() => null), null);
  assertEquals(archive(), ["tea-2.md", "tea.md"]);
  await undo(profile);
  await moves(profile, { action: "write_goal", id: "new", body: TEA, journal: "begun" });
  assertEquals(await undo(profile), "undid move REV of T: begun\n  removed goals/new.md\n");

  const approved = async (move: Move) => {
    await profile.write("reports/woken", "");
    await profile.write("PLAYBOOK.md", `${await profile.read("PLAYBOOK.md")}\n`);
    await moves(profile, move);
    const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
    await cliOn(profile, ["approve", id]);
    assertEquals((await tickOnce(profile, { decider: scripted().decide })).outcome, "moved");
    return id;
  };
  const removed = await approved({ action: "remove_sensor", name: "a.sh", journal: "off" });
  assertEquals(
    await undo(profile),
    `undid move REV of T: off (approved ${removed})\n  restored sensors/a.sh\n`,
  );
  assertEquals(await profile.read("sensors/a.sh"), sensor);
  assertEquals((await Deno.stat(`${profile.paths.sensors}/a.sh`)).mode! & 0o777, 0o700);
  const written = await approved({
    ...{ action: "write_sensor", name: "b.sh", script: sensor, journal: "on", more: false },
  });
  assertEquals(
    await undo(profile),
    `undid move REV of T: on (approved ${written})\n  removed sensors/b.sh\n`,
  );
  // No tick has seen that sensor: all the same the loop decides again.
  assertEquals((await readState(profile)).again, true);
  const decider = scripted();
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  // The approvals were used up, and stay so.
  assertEquals((await cliOn(profile, ["asks", "--json"])).stdout, "[]\n");
});

Deno.test("looop undo leaves alone what was changed since, by whomever", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  await moves(profile, WRITE);
  await profile.write("goals/tea.md", `${COFFEE}mine\n`);
  assertEquals(
    await undo(profile),
    "looop: cannot undo move REV (coffee is better): goals/tea.md was changed since, by an uncommitted " +
      "edit; revert it by hand: git -C DATA show REV\n",
  );
  await cliOn(profile, ["goal", "write", "tea", "-"], { input: `${COFFEE}more\n` });
  assertMatch(
    await undo(profile),
    /^looop: cannot undo .*: goals\/tea\.md was changed since, by REV \(wrote goals\/tea\.md\); /,
  );
  assertEquals(await profile.read("goals/tea.md"), `${COFFEE}more\n`);
  await cliOn(profile, ["goal", "archive", "tea"]);
  assertMatch(await undo(profile), /was changed since, by REV \(archived goals\/tea\.md\); /);
});

Deno.test("looop undo goes on where it was cut off between two files", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  await moves(profile, { action: "archive_goal", id: "tea", journal: "done" });
  await profile.write("goals/tea.md", TEA);
  assertEquals(
    await undo(profile),
    "undid move REV of T: done\n  removed goals/archive/tea.md\n",
  );
});

Deno.test("looop undo keeps the mark of a tainted move's text, and that of a goal it goes back to", async () => {
  const marked = "---\nuntrusted: true\ngoal: Drink tea\n---\n";
  await using profile = await tempProfile({
    files: {
      "goals/tea.md": marked,
      "sensors/mail.sh": "#!/bin/sh\n# looop: trust=untrusted\necho {}\n",
    },
  });
  await moves(profile, WRITE);
  const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
  await cliOn(profile, ["approve", id]);
  await moves(profile, noop());
  assertEquals(
    await undo(profile),
    `undid move REV of T: ~ coffee is better (approved ${id})\n  reverted goals/tea.md\n`,
  );
  assertEquals(await profile.read("goals/tea.md"), marked);
  await moves(profile, { ...WRITE, id: "new" });
  assertEquals(
    await undo(profile),
    "undid move REV of T: ~ coffee is better\n  removed goals/new.md\n",
  );
  assertMatch(await profile.read("journal.md"), /^- .{16} ~ undid move \w+: coffee is better$/m);
});

Deno.test("looop undo refuses what was done outside of its files, and passes over what only read", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  const policy = [{ name: "touch", then: "allow" as const, when: 'move.command == "touch made"' }];
  profile.config.policy = policy as typeof profile.config.policy;
  await moves(profile, WRITE, { action: "run", command: "ls goals", journal: "looked" });
  assertMatch(await undo(profile, "--dry-run"), /^would undo move REV of T: coffee is better\n/);
  await moves(profile, noop());
  await profile.write("goals/more.md", TEA);
  await moves(profile, { action: "run", command: "touch made", journal: "touched" });
  assertEquals(
    await undo(profile),
    "looop: cannot undo move REV (touched): it ran touch made, which cannot be undone; revert it by hand\n",
  );
  assertEquals(await profile.read("goals/tea.md"), COFFEE);
  await Deno.remove(profile.paths.runs, { recursive: true });
  await Deno.mkdir(profile.paths.runs);
  assertMatch(
    await undo(profile),
    /: it changed no file, and its other effects are unknown, /,
  );
});

Deno.test("looop undo says so where there is no move, no history, or only a worker may ask for it", async () => {
  await using profile = await tempProfile();
  assertEquals(
    await undo(profile),
    "looop: cannot undo a move: DATA has no history yet: the first looop tick begins it\n",
  );
  await moves(profile, noop());
  assertEquals(
    await undo(profile),
    "looop: nothing to undo: the only move changed no file\n",
  );
  (profile.environment as Record<string, string>).LOOOP_SESSION_ID = "fix-ci";
  assertMatch(await undo(profile), /^looop: cannot undo a move from inside worker fix-ci: /);
});
