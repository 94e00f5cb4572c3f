import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { profileId } from "../../src/profile/markers.ts";
import { UserError } from "../../src/schema/errors.ts";
import { git } from "../support/git.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { quoteWord } from "../../src/schema/text.ts";

Deno.test("profileId is made once, whoever asks first, and another profile has another", async () => {
  await using profile = await tempProfile();
  await using other = await tempProfile();
  const ids = await Promise.all(Array.from({ length: 10 }, () => profileId(profile)));
  assertMatch(ids[0], /^[0-9a-f]{32}$/);
  assertEquals(new Set(ids).size, 1);
  assertEquals(await profile.read(".profile_id"), `${ids[0]}\n`);
  assert(await profileId(other) !== ids[0]);
});

Deno.test("ensureProfile makes the profile's id, and a clone of the data directory has it, too", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  const { paths, root } = profile;
  await git(root, "clone", "-q", paths.dataDir, "clone");
  assertEquals(
    await Deno.readTextFile(`${root}/clone/.profile_id`),
    `${await profileId(profile)}\n`,
  );
});

Deno.test("profileId refuses a file that holds something else", async () => {
  await using profile = await tempProfile({ files: { ".profile_id": "me\n" } });
  await assertRejects(
    () => profileId(profile),
    UserError,
    `cannot use ${profile.paths.profileId}: it is not a profile id. Restore it (git -C ${
      quoteWord(profile.paths.dataDir)
    } ` +
      "checkout HEAD -- .profile_id), or delete it: then open approvals become invalid.",
  );
});
