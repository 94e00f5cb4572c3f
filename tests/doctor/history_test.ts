import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { git } from "../support/git.ts";
import { soundProfile, wrong } from "./examine.ts";
import { quoteWord } from "../../src/schema/text.ts";

Deno.test("doctor warns of a detached HEAD, a merge in progress, and of symlinked directories", async () => {
  await using profile = await soundProfile();
  await ensureProfile(profile);
  const { dataDir } = profile.paths;
  const found = async () =>
    (await wrong(profile)).filter(([check]) => check === "history")
      .map(([, level, text, fix]) => [level, text, fix]);
  assertEquals(await found(), []);
  await git(dataDir, "checkout", "-q", "--detach");
  const keep = `keep them with git -C ${quoteWord(dataDir)} checkout -b NAME`;
  const detached =
    `HEAD in ${dataDir} is detached: new commits are on no branch, and are lost when another one is ` +
    "checked out";
  assertEquals(await found(), [["warn", detached, keep]]);
  await git(dataDir, "checkout", "-q", "-B", "main");
  await Deno.writeTextFile(
    join(dataDir, ".git", "MERGE_HEAD"),
    await git(dataDir, "rev-parse", "HEAD"),
  );
  assertEquals(await found(), [[
    "warn",
    `nothing is committed in ${dataDir} while a merge is in progress`,
    `finish it, or run git -C ${quoteWord(dataDir)} merge --abort`,
  ]]);
  await Deno.remove(join(dataDir, ".git", "MERGE_HEAD"));
  for (const dir of ["goals", "asks/closed"]) {
    await Deno.rename(join(dataDir, dir), join(profile.root, dir.replace("/", "-")));
    await Deno.symlink(join(profile.root, dir.replace("/", "-")), join(dataDir, dir));
  }
  const fix = (dir: string) =>
    `replace ${dir} in ${dataDir} by a directory, or keep its target in git yourself`;
  assertEquals(
    await found(),
    ["goals", "asks/closed"].map((dir) => [
      ...["warn", `${dir}/ is a symlink: git keeps no history of what is behind it`, fix(dir)],
    ]),
  );
});
