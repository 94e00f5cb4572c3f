import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { tidy } from "../../src/profile/archive.ts";
import { tempProfile } from "./temp_profile.ts";

Deno.test("tidy removes what crashes left half-written, and nothing that may still be written", async () => {
  await using profile = await tempProfile();
  const { dataDir } = profile.paths;
  const old = [".state.json.0a1b2c3d.tmp", "goals/.tea.md.0a1b2c3d.tmp"];
  const kept = [".state.json.ffffffff.tmp", "goals/.mine.tmp", "goals/notes.tmp"];
  for (const name of [...old, ...kept]) await profile.write(name, "half");
  const long = new Date(Date.now() - 3_700_000);
  for (const name of [...old, ...kept.slice(1)]) await Deno.utime(join(dataDir, name), long, long);
  await tidy(profile);
  const left = await Promise.all(
    [...old, ...kept].map((name) => Deno.stat(join(dataDir, name)).then(() => name, () => null)),
  );
  assertEquals(left, [null, null, ...kept]);
});
