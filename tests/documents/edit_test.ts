import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { writeText } from "../../src/documents/edit.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { lock } from "../../src/os/lock.ts";
import { cliOn } from "../support/cli_on.ts";
import { git, subjects } from "../support/git.ts";
import { looopOn } from "../support/looop_on.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const TEA = "---\ngoal: Drink tea\n---\n";
const COFFEE = "---\ngoal: Drink coffee\n---\n";

/** Puts a git before the real one that kills the looop which calls it, as soon as its arguments hold a text. */
async function killAt(profile: TempProfile, text: string): Promise<void> {
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  const environment = profile.environment as Record<string, string>;
  const script = `#!/bin/bash
case "$*" in *"${text}"*) kill -KILL $PPID; exit 1;; esac
PATH='${environment.PATH}' exec git "$@"
`;
  await Deno.writeTextFile(join(bin, "git"), script, { mode: 0o700 });
  environment.PATH = `${bin}:${environment.PATH}`;
}

Deno.test("makeEdit that is killed before its commit is committed with the next move", async () => {
  await using profile = await tempProfile();
  await tickOnce(profile, { decider: scripted().decide });
  const { PATH } = profile.environment as Record<string, string>;
  await killAt(profile, "wrote goals/tea.md");
  await using looop = looopOn(profile, ["goal", "write", "tea", "-"], { input: TEA });
  assertEquals((await looop.end).status, 137);
  const { dataDir } = profile.paths;
  assertEquals(await profile.read("goals/tea.md"), TEA);
  assertEquals(await git(dataDir, "log", "--format=%s", "--", "goals/tea.md"), "");
  (profile.environment as Record<string, string>).PATH = PATH;
  assertEquals((await tickOnce(profile, { decider: scripted().decide })).outcome, "moved");
  assertEquals(
    await git(dataDir, "log", "--format=%s", "--", "goals/tea.md"),
    "Edits since the last move",
  );
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
  const journal = await profile.read("journal.md");
  assertEquals(journal.match(/wrote goals\/tea\.md$/gm), ["wrote goals/tea.md"]);
});

Deno.test("makeEdit makes an undo that is killed before its commit no second move", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  const write = { action: "write_goal", id: "tea", body: COFFEE, journal: "coffee" } as const;
  await tickOnce(profile, { decider: scripted(write).decide });
  const { PATH } = profile.environment as Record<string, string>;
  await killAt(profile, "undid move");
  await using looop = looopOn(profile, ["undo"]);
  assertEquals((await looop.end).status, 137);
  (profile.environment as Record<string, string>).PATH = PATH;
  assertEquals(await profile.read("goals/tea.md"), TEA);
  assertMatch(
    (await cliOn(profile, ["undo"])).stderr,
    /^looop: move \w+ \(coffee\) is undone already; /,
  );
  assertEquals((await tickOnce(profile, { decider: scripted().decide })).outcome, "moved");
  assertEquals((await subjects(profile.paths.dataDir)).slice(1, 2), ["Edits since the last move"]);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
});

Deno.test("makeEdit waits for a move that is being made, and can be stopped while it does", async () => {
  await using profile = await tempProfile({ files: { "goals/tea.md": TEA } });
  const write = { kind: "goal", path: "goals/tea.md", body: COFFEE } as const;
  const held = await lock(profile.paths.moveLock);
  const writing = writeText(profile, write);
  const stop = new AbortController();
  const stopped = writeText(profile, { ...write, signal: stop.signal });
  stop.abort(new Error("stopped"));
  await assertRejects(() => stopped, Error, "stopped");
  assertEquals(await profile.read("goals/tea.md"), TEA);
  held.release();
  assertEquals(await writing, "replaced");
});

Deno.test("makeEdit writes no secret of an ask into history, and none of its own line", async () => {
  const secret = "hunter2-hunter2";
  await using profile = await tempProfile({ env: { MY_TOKEN: secret } });
  await tickOnce(profile, { decider: scripted().decide });
  const ask = {
    id: "abc123",
    kind: "question",
    question: `Is it ${secret}?`,
    asked_at: "2026-11-23T09:30:00.000Z",
    run_id: "r",
  };
  await profile.write("asks/abc123.json", JSON.stringify(ask));
  await cliOn(profile, ["goal", "write", secret, "-"], { input: TEA });
  const { dataDir } = profile.paths;
  assertEquals((await subjects(dataDir))[0], "wrote goals/[masked MY_TOKEN].md");
  assertMatch(await git(dataDir, "show", "HEAD~1:asks/abc123.json"), /Is it \[masked MY_TOKEN\]\?/);
  assertMatch(await profile.read("journal.md"), /wrote goals\/\[masked MY_TOKEN\]\.md$/m);
});

Deno.test("makeEdit without git writes and journals all the same", async () => {
  await using profile = await tempProfile({ env: { PATH: "/nowhere" } });
  const { status, stdout } = await cliOn(profile, ["goal", "write", "tea", "-"], { input: TEA });
  assertEquals([status, stdout], [0, "wrote goals/tea.md (new)\n"]);
  assertMatch(await profile.read("journal.md"), /wrote goals\/tea\.md$/m);
});
