import { assertEquals } from "@std/assert";
import { completeLine } from "../../src/cli/completion.ts";
import { cliOn } from "../support/cli_on.ts";
import { tempProfile } from "../support/temp_profile.ts";

const files = {
  "goals/fix-ci.md": "---\ngoal: Keep CI green\n---\n",
  "goals/tea.md": "---\ngoal: Drink tea\n---\n",
  "sensors/git.sh": "#!/bin/sh\n",
  "claims/issue-1.json": `{"session":"w1","since":"2026-11-23T09:30:00Z"}`,
};

Deno.test("completeLine knows commands, options, ids and the values of options", async () => {
  await using profile = await tempProfile({ files });
  const values = async (...words: string[]) =>
    (await completeLine(words, () => Promise.resolve(profile))).map(({ value }) => value);
  assertEquals(await values("app"), ["approve"]);
  assertEquals(await values("perm"), [], "hidden commands stay hidden");
  assertEquals(await values("run", ""), ["fix-ci", "tea"]);
  assertEquals(await values("run", "--json", "t"), ["tea"]);
  assertEquals(await values("run", "tea", ""), []);
  assertEquals(await values("tick", "--"), [
    ...["--json", "--dry-run", "--wait", "--wake", "--strict", "--help"],
  ]);
  assertEquals(await values("unclaim", ""), ["issue-1"]);
  assertEquals(await values("why", "la"), ["last"]);
  assertEquals(await values("runs", "--since", "y"), ["yesterday"]);
  assertEquals(await values("propose", "sensor", ""), ["git.sh"]);
  assertEquals(await values("sensor", ""), ["ls", "test", "show", "write", "rm", "add"]);
  assertEquals(await values("sensor", "-"), ["--help"]);
  assertEquals(await values("sensor", "eat", ""), []);
  assertEquals(await values("sensor", "add", "--"), [
    "--as",
    "--set",
    "--force",
    "--print",
    "--note",
    "--help",
  ]);
  assertEquals(await values("sensor", "add", "gith"), ["github"]);
  assertEquals(await values("goal", "s"), ["show"]);
  assertEquals(await values("goal", "write", ""), ["fix-ci", "tea"]);
  assertEquals(await values("goal", "write", "tea", "./x"), [":file"]);
  assertEquals(await values("goal", "ls", "--"), ["--all", "--json", "--help"]);
  assertEquals(await values("sensor", "test", ""), ["git.sh"]);
  assertEquals(await values("propose", "playbook", "./x"), [":file"]);
  assertEquals(await values("cost", "a"), ["all", "add"]);
  assertEquals(await values("start-session", "w", "do it", "--runner", "c"), ["claude", "codex"]);
  assertEquals(await values("init", "--goal", "g", "--sensor", "gi"), ["git", "github"]);
  assertEquals(await values("init", "--sandbox", ""), ["none", "bwrap"]);
  assertEquals(await values("init", "--s"), ["--sensor", "--sandbox"]);
  assertEquals(await values("nonsense", ""), []);
});

Deno.test("completeLine takes the words that bash makes of --runner=c", async () => {
  await using profile = await tempProfile();
  const open = () => Promise.resolve(profile);
  for (const end of [["="], ["=", "c"]]) {
    const found = await completeLine(["start-session", "w", "do it", "--runner", ...end], open);
    assertEquals(found.some(({ value }) => value === "claude"), true, end.join(" "));
  }
});

Deno.test("looop complete is silent where it cannot tell, and never fails", async () => {
  await using profile = await tempProfile({ files });
  await Deno.writeTextFile(profile.configPath, "{ broken");
  assertEquals(await cliOn(profile, ["complete", "--", "run", ""]), {
    status: 0,
    stdout: "",
    stderr: "",
  });
});

Deno.test("looop completions refuses a shell that it does not know", async () => {
  const { status, stderr } = await cliOn(null, ["completions", "tcsh"]);
  assertEquals(status, 2);
  assertEquals(stderr.split("\n")[0], "looop: unknown shell tcsh; use bash, zsh or fish");
});
