import { assertEquals, assertStringIncludes } from "@std/assert";
import { commitEdits, commitRun } from "../../src/profile/commits.ts";
import { bash, begun } from "./begun.ts";
import { git, subjects } from "../support/git.ts";

/** What a power cut leaves in `.git`, made by a command, and whether the newest commit is lost with it. */
const DAMAGED = [
  { what: "an empty HEAD", make: ": >.git/HEAD", isLost: false },
  { what: "a HEAD of zeros", make: "head -c 20 /dev/zero >.git/HEAD", isLost: false },
  { what: "an empty branch", make: ": >.git/refs/heads/main", isLost: false },
  { what: "an empty commit", make: "empty $(git rev-parse HEAD)", isLost: true },
  { what: "an empty tree", make: "empty $(git rev-parse HEAD:goals)", isLost: true },
  { what: "a missing tree", make: "rm -f $(object $(git rev-parse HEAD^{tree}))", isLost: true },
];
const OBJECTS = "object() { echo .git/objects/${1:0:2}/${1:2}; }\n" +
  "empty() { chmod u+w $(object $1); : >$(object $1); }\n";

Deno.test("the history goes on from the newest whole commit after a power cut left some damage", async () => {
  for (const { what, make, isLost } of DAMAGED) {
    await using profile = await begun();
    const { dataDir } = profile.paths;
    await profile.write("goals/tea.md", "---\ngoal: tea\n---\n");
    await commitEdits(profile);
    await bash(dataDir, OBJECTS + make);
    await profile.write("journal.md", "- a\n");
    const isDone = await commitRun(profile, ["journal.md"], "a move", "r");
    assertEquals(isDone, true, `${what}: ${profile.warnings}`);
    await commitEdits(profile);
    const edits = "Edits since the last move";
    const lost = isLost ? [edits, "a move", "First commit"] : ["a move", edits, "First commit"];
    assertEquals(await subjects(dataDir), lost, what);
    assertEquals(await git(dataDir, "show", "HEAD:goals/tea.md"), "---\ngoal: tea\n---", what);
    assertEquals(profile.warnings.length, 1, `${what}: ${profile.warnings}`);
    assertStringIncludes(
      profile.warnings[0],
      `the history in ${dataDir} was damaged: it goes on from commit `,
    );
    await git(dataDir, "fsck", "--connectivity-only", "--no-reflogs");
  }
});

Deno.test("a branch without a commit yet is not taken for a damaged one", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  await git(dataDir, "checkout", "-q", "--orphan", "fresh");
  await profile.write("journal.md", "- a\n");
  await commitRun(profile, ["journal.md", "gone.md"], "a move", "r");
  assertEquals([await subjects(dataDir), profile.warnings], [["a move"], []]);
});
