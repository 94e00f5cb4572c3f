import { assertEquals } from "@std/assert";
import { tickOnce } from "../../../src/loop/run.ts";
import type { Move } from "../../../src/schema/move.ts";
import { cliOn } from "../../support/cli_on.ts";
import { git } from "../../support/git.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { tempProfile } from "../../support/temp_profile.ts";

Deno.test("--note of every writing verb is the reason in journal and history, on one line", async () => {
  await using profile = await tempProfile({ env: { SITE_TOKEN: "s3cret-value-of-it" } });
  const goal = "---\ngoal: tea\n---\n";
  const write: Move = { action: "write_goal", id: "pot", body: goal, journal: "wrote pot" };
  await tickOnce(profile, { decider: scripted({ ...write, more: false }, noop()).decide });
  const first = await git(profile.paths.dataDir, "rev-parse", "--short", "HEAD");
  const cases: [args: string[], input: string, journal: string][] = [
    [["undo"], "", `undid move ${first}: wrote pot`],
    [["goal", "write", "tea", "-"], goal, "wrote goals/tea.md"],
    [["playbook", "write", "-"], "# Be kind\n", "wrote PLAYBOOK.md"],
    [["playbook", "restore", first], "", `restored PLAYBOOK.md as of ${first}`],
    [["sensor", "write", "site.sh", "-"], "#!/bin/sh\necho '{}'\n", "wrote sensors/site.sh"],
    [["sensor", "rm", "site"], "", "removed sensors/site.sh"],
    [
      ["sensor", "add", "git", "--set", "repositories=/srv"],
      "",
      "added sensors/git.sh from the catalogue",
    ],
    [["goal", "archive", "tea"], "", "archived goals/tea.md"],
  ];
  for (const [args, input, journal] of cases) {
    const { status, stderr } = await cliOn(
      profile,
      [...args, "--note", "so\nthat s3cret-value-of-it stays"],
      { input },
    );
    assertEquals([status, stderr], [0, ""], journal);
    const line = `${journal}: so that [masked SITE_TOKEN] stays`;
    assertEquals((await profile.read("journal.md")).trimEnd().split("\n").at(-1)?.slice(19), line);
    assertEquals(await git(profile.paths.dataDir, "log", "-1", "--format=%s"), line);
  }
});
