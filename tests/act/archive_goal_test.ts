import { assertEquals } from "@std/assert";
import { archiveGoal } from "../../src/act/files.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import { tempProfile } from "../profile/temp_profile.ts";

Deno.test("archiveGoal finds again what it had archived before a crash, beside a namesake", async () => {
  const text = "---\ngoal: Tea\n---\n";
  await using profile = await tempProfile({
    files: { "goals/tea.md": text, "goals/archive/tea.md": "an older one" },
  });
  const digests = { "goals/tea.md": await sha256Hex(text) };
  const paths = ["goals/tea.md", "goals/archive/tea-2.md"];
  assertEquals((await archiveGoal(profile, "tea", digests)).paths, paths);
  assertEquals(await archiveGoal(profile, "tea", digests), {
    status: "made",
    summary: "goals/tea.md is not there any more",
    paths,
  });
  assertEquals(await profile.read("goals/archive/tea-2.md"), text);
});
