import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../../src/cli/main.ts";
import { tickOnce } from "../../../src/loop/run.ts";
import { cliOn } from "../../support/cli_on.ts";
import { git, subjects } from "../../support/git.ts";
import { memoryTerminal } from "../../support/memory_terminal.ts";
import { scripted } from "../../support/scripted_decider.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import { useEditor } from "../editor.ts";

Deno.test("looop playbook write, history, diff and restore go through what it was", async () => {
  await using profile = await tempProfile({ files: { "PLAYBOOK.md": "one\n" } });
  const { dataDir } = profile.paths;
  const looop = async (...args: string[]) => {
    const { status, stdout, stderr } = await cliOn(profile, ["playbook", ...args]);
    return status === 0 ? stdout : `${status} ${stderr}`;
  };
  await tickOnce(profile, { decider: scripted().decide });
  assertEquals(
    await looop("diff"),
    "PLAYBOOK.md has no other revision\n",
  );
  await useEditor(profile, `echo two >>"$1"`);
  assertEquals(await looop("write"), "wrote PLAYBOOK.md\n");
  assertEquals(await looop("show"), "one\ntwo\n");
  const [, first] = (await git(dataDir, "log", "--format=%h", "--", "PLAYBOOK.md")).split("\n");
  const rows = (await looop("history")).replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "T").split("\n");
  assertEquals(rows.map((row) => row.replace(/^[0-9a-f]{7,}/, "R")), [
    "REV      WHEN              BY    WHY",
    "R  T  edit  wrote PLAYBOOK.md +1: two",
    "R  T  edit  first version: one",
    "",
  ]);
  const json = JSON.parse(await looop("history", "--json"));
  assertEquals(json.map(({ by, run_id, why }: Record<string, unknown>) => [by, run_id, why]), [
    ["edit", null, "wrote PLAYBOOK.md +1: two"],
    ["edit", null, "first version: one"],
  ]);
  const patch = `--- PLAYBOOK.md\t${first}\n+++ PLAYBOOK.md\tnow\n@@ -1,1 +1,2 @@\n one\n+two\n`;
  assertEquals(await looop("diff"), patch);
  assertEquals(await looop("diff", `${first}^{commit}`), patch);
  assertEquals(await looop("show", first), "one\n");
  assertEquals(await looop("restore", `${first}^{}`), `restored PLAYBOOK.md as of ${first}\n`);
  assertEquals(await profile.read("PLAYBOOK.md"), "one\n");
  assertEquals((await subjects(dataDir))[0], `restored PLAYBOOK.md as of ${first}`);
  assertMatch(
    await profile.read("journal.md"),
    new RegExp(`restored PLAYBOOK.md as of ${first}$`, "m"),
  );
  assertEquals(await looop("restore", first), `PLAYBOOK.md has not changed since ${first}\n`);
  assertEquals(await looop("diff", first), `PLAYBOOK.md has not changed since ${first}\n`);
  assertEquals((await looop("history")).trimEnd().split("\n").length, 4);
  // An edit that no commit has yet is what changed last.
  await profile.write("PLAYBOOK.md", "one\nthree\n");
  assertMatch(
    await looop("diff"),
    /^--- PLAYBOOK\.md\t\w+\n\+\+\+ PLAYBOOK\.md\tnow\n.*\+three\n$/s,
  );
  assertEquals(
    (await looop("history")).trimEnd().split("\n").at(-1),
    "the current text is not committed yet: looop playbook diff shows it",
  );
});

Deno.test("looop playbook history tells moves from edits", async () => {
  await using profile = await tempProfile();
  const body = "# Better\n";
  await tickOnce(profile, {
    decider: scripted({ action: "write_playbook", body, journal: "better", more: false }).decide,
  });
  const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
  await cliOn(profile, ["approve", id]);
  await tickOnce(profile, { decider: scripted().decide });
  const [last] = JSON.parse((await cliOn(profile, ["playbook", "history", "--json"])).stdout);
  assertEquals([last.by, last.why], ["move", `better (approved ${id})`]);
  assertMatch(last.run_id, /^\d{8}t\d{6}-/);
});

Deno.test("looop playbook refuses revisions that there are not, options as such, and an empty text", async () => {
  await using profile = await tempProfile();
  const no = await cliOn(profile, ["playbook", "history"]);
  assertEquals([no.status, no.stderr], [
    1,
    `looop: cannot list the history of PLAYBOOK.md: ${profile.paths.dataDir} has no history yet: the first looop tick begins it\n`,
  ]);
  await tickOnce(profile, { decider: scripted().decide });
  await git(profile.paths.dataDir, "rm", "-q", "--cached", "PLAYBOOK.md");
  await git(profile.paths.dataDir, "commit", "-qm", "without");
  const cases: [args: string[], why: RegExp][] = [
    [["diff", "nonsense"], /^looop: there is no revision nonsense in the history of /],
    [["restore", "--", "--output=x"], /^looop: there is no revision --output=x in /],
    [
      ["restore", "HEAD"],
      /^looop: cannot read PLAYBOOK\.md of HEAD: it did not exist; run looop playbook history /,
    ],
    [["write", "-"], /^looop: cannot write PLAYBOOK\.md: the text is empty\n$/],
    [["write", "/nowhere"], /^looop: cannot write PLAYBOOK\.md: there is no file \/nowhere\n$/],
  ];
  for (const [args, why] of cases) {
    const { status, stdout, stderr } = await cliOn(profile, ["playbook", ...args]);
    assertEquals([status, stdout], [1, ""]);
    assertMatch(stderr, why);
  }
  assertEquals(await profile.read("PLAYBOOK.md"), "# Playbook\n");
  (profile.environment as Record<string, string>).PATH = "/nowhere";
  assertEquals(
    (await cliOn(profile, ["playbook", "restore", "HEAD"])).stderr.split("\n").at(-2),
    "looop: cannot read HEAD of PLAYBOOK.md: git is not installed, so no history is kept",
  );
});

Deno.test("looop playbook brings back one that was removed", async () => {
  await using profile = await tempProfile();
  await tickOnce(profile, { decider: scripted().decide });
  await Deno.remove(profile.paths.playbook);
  const none = await cliOn(profile, ["playbook", "show"]);
  assertMatch(
    none.stderr,
    /^looop: cannot read .*PLAYBOOK\.md: it does not exist; run looop playbook restore HEAD, /,
  );
  assertEquals((await cliOn(profile, ["playbook", "restore", "HEAD"])).status, 0);
  assertEquals(await profile.read("PLAYBOOK.md"), "# Playbook\n");
});

Deno.test("looop playbook diff shows on a terminal what that would obey", async () => {
  await using profile = await tempProfile();
  await tickOnce(profile, { decider: scripted().decide });
  await profile.write("PLAYBOOK.md", "# Playbook\n\x1b[2J\tx\n");
  const terminal = memoryTerminal({ columns: 80 });
  const { dataDir } = profile.paths;
  const where = { dataDir, configPath: profile.configPath, environment: profile.environment };
  await runCli(["playbook", "diff"], terminal, new AbortController().signal, where);
  assertEquals(terminal.stdout.split("\n").at(-2), "+\\x1b[2J    x");
});

Deno.test("looop playbook history has the user's reason, and says what an edit by hand changed", async () => {
  await using profile = await tempProfile({
    files: { "PLAYBOOK.md": "# Playbook\n\n- Be kind.\n" },
  });
  await tickOnce(profile, { decider: scripted().decide });
  const write = async (text: string, ...args: string[]) => {
    await profile.write("new.md", text);
    const path = `${profile.paths.dataDir}/new.md`;
    assertEquals((await cliOn(profile, ["playbook", "write", path, ...args])).status, 0);
  };
  await write("# Playbook\n\n- Be kind.\n- Ask first.\n", "--note", "it pushed\non a Friday");
  await profile.write("PLAYBOOK.md", "# Playbook\n\n---\n- Never push on Fridays.\n");
  await tickOnce(profile, { decider: scripted().decide });
  await profile.write("PLAYBOOK.md", "# Playbook\n");
  await write("# Playbook\n\n- Rest.\n");
  const { stdout } = await cliOn(profile, ["playbook", "history", "--json"]);
  assertEquals(JSON.parse(stdout).map(({ why }: { why: string }) => why), [
    "wrote PLAYBOOK.md +2: - Rest.",
    "edited by hand -3: - Never push on Fridays.",
    "edited by hand +2 -2: - Never push on Fridays.",
    "wrote PLAYBOOK.md: it pushed on a Friday",
    "first version: # Playbook",
  ]);
});

Deno.test("looop goal history follows a goal into the archive, with moves, edits and their reasons", async () => {
  const goal = (text: string) => `---\ngoal: ${text}\n---\n`;
  await using profile = await tempProfile({
    files: { "goals/tea.md": goal("Drink tea"), "goals/teapot.md": goal("Buy it") },
  });
  const none = await cliOn(profile, ["goal", "history", "tea"]);
  assertEquals([none.status, none.stderr.includes("cannot list the history of goal tea: ")], [
    1,
    true,
  ]);
  await tickOnce(profile, {
    decider: scripted({
      action: "write_goal",
      id: "tea",
      body: goal("Drink green tea"),
      journal: "green is better",
    }).decide,
  });
  await profile.write("goals/tea.md", goal("Drink black tea"));
  await profile.write("goals/teapot.md", goal("Sell it"));
  const archived = await cliOn(profile, ["goal", "archive", "tea", "--note", "done for today"]);
  assertEquals(archived.stdout, "archived goals/tea.md, now goals/archive/tea.md\n");
  const { stdout } = await cliOn(profile, ["goal", "history", "tea"]);
  const rows = stdout.trimEnd().split("\n").slice(1);
  assertEquals(rows.map((row) => row.replace(/^\S+ +\S+ \S+ +/, "")), [
    "edit  archived goals/tea.md: done for today",
    "edit  edited by hand +1 -1: goal: Drink black tea",
    "move  green is better",
    "edit  first version: goal: Drink tea",
  ]);
  const wrong = await cliOn(profile, ["goal", "history", "nope"]);
  assertMatch(
    wrong.stderr,
    /^looop: there is no goal nope\n {2}goals: teapot\n {2}archived: tea\n$/,
  );
});
