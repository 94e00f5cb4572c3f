import { assert, assertEquals } from "@std/assert";
import { tickOnce } from "../src/loop/run.ts";
import { listFolder } from "../src/os/dirs.ts";
import { ensureProfile } from "../src/profile/ensure.ts";
import { allLines } from "./all_lines.ts";
import { git } from "./git.ts";
import { tempProfile } from "./profile/temp_profile.ts";
import { noop } from "./scripted_decider.ts";

const LONG = "- 2026-01-02 03:04 watched the sea\n".repeat(4000);

Deno.test("a move first puts a long journal away, in a commit of its own", async () => {
  await using profile = await tempProfile({ files: { "journal.md": LONG } });
  await ensureProfile(profile);
  const result = await tickOnce(profile, { decider: () => noop({ journal: "all is well" }) });
  assert(result.outcome === "moved");
  const { dataDir, journal, archive } = profile.paths;
  assertEquals(await profile.read("journal.md"), `${result.journal}\n`);
  assertEquals(await allLines(profile, journal), `${LONG}${result.journal}\n`);
  const [{ name }] = listFolder(archive);
  assertEquals(
    await git(dataDir, "show", "--name-status", "--no-renames", "--format=%s", "HEAD~1"),
    `Put away what is old\n\nA\tarchive/${name}\nD\tjournal.md`,
  );
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
});

Deno.test("a move is made though git cannot take what was put away; it takes it with the next", async () => {
  await using profile = await tempProfile({ files: { "journal.md": LONG } });
  await ensureProfile(profile);
  const { dataDir, journal } = profile.paths;
  await profile.write(".git/index.lock", "");
  const move = async (signal: number) => {
    const sensors = { sea: () => ({ signal }) };
    const result = await tickOnce(profile, { sensors, decider: () => noop() });
    assert(result.outcome === "moved");
    return result.journal;
  };
  const first = await move(1);
  assert(profile.warnings.some((text) => text.includes("index.lock")), `${profile.warnings}`);
  assertEquals(await allLines(profile, journal), `${LONG}${first}\n`);
  await Deno.remove(`${dataDir}/.git/index.lock`);
  const second = await move(2);
  assertEquals(await allLines(profile, journal), `${LONG}${first}\n${second}\n`);
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
});
